"""Mining a local YouTube over HTTP within a daily quota."""
import http.server
import json
import signal
import subprocess
import threading

import csvs
import svf
from svf import START, World, contains, equal

DAY = [svf.midnight(day) for day in range(10)]


def asked_is_the_sum(report):
    equal(report["asked"], sum(report["outcomes"].values()), "outcomes")


def truth(sim, now=None):
    return {v["id"]: (v["viewCount"], v["likeCount"], v["title"])
            for v in sim.catalog(now)}


def stored(w, store):
    out, _ = w.run("--store", store, "export", "--columns",
                   "id,viewCount,likeCount,title", "-o", "ndjson")
    rows = map(json.loads, out.splitlines())
    return {r["id"]: (r["viewCount"], r["likeCount"], r["title"])
            for r in rows}


def harvest():
    """Everything the API tells is stored; ledger and simulator agree."""
    with World() as w:
        sim = w.sim("--videos", "4000", "--channels", "80")
        store = w.path("a.db")
        sim.add_channels(store)
        plan = sim.mine(store, "--plan")
        equal(sim.ledger()["general"]["spent"], 0)
        assert plan["units"]["general"] > 0
        r = sim.mine(store)
        equal(r["stoppedBy"], "done")
        asked_is_the_sum(r)
        equal(stored(w, store), truth(sim))
        equal(sim.ledger()["general"]["spent"], r["units"]["general"])
        quota = w.json("--store", store, "quota", "--at", START)
        equal(quota["buckets"][0]["spent"], r["units"]["general"])
        again = sim.mine(store)
        equal(again["asked"], 0)
        doc = w.json("--store", store, "source", "list")
        equal(len(doc["sources"]), 80)
        assert sum(s["videos"] for s in doc["sources"]) >= 4000 * 0.99


def refresh_the_next_day():
    with World() as w:
        sim = w.sim("--videos", "4000", "--channels", "80")
        store = w.path("a.db")
        sim.add_channels(store)
        sim.mine(store)
        r = sim.mine(store, now=DAY[1])
        equal(r["stoppedBy"], "done")
        asked_is_the_sum(r)
        assert r["outcomesPerUnit"] >= 49, r
        equal(stored(w, store), truth(sim, DAY[1]))


def a_small_quota_takes_days():
    """Each day goes on where the one before stopped, never over the limit."""
    with World() as w:
        sim = w.sim("--videos", "4000", "--channels", "80", "--quota",
                    "general=70")
        store = w.path("a.db")
        sim.add_channels(store)
        spent = []
        for day in DAY:
            r = sim.mine(store, now=day,
                         sets=("quota.general=70", "quota.adhoc_reserve=0",
                               "mine.refresh_after=20d"))
            spent.append(r["units"]["general"])
            assert r["units"]["general"] <= 70
            if r["stoppedBy"] == "done":
                break
            equal(r["stoppedBy"], "quota")
        equal(r["stoppedBy"], "done")
        days = sim.ledger()["days"]
        equal([d["general"]["spent"] for _, d in sorted(days.items())],
              [s for s in spent if s])
        first = sum(spent)
        assert first <= 4000 / 50 * 2 + 80 + 20, spent
        # Uploads since the first day are news to a channel read before them.
        got = set(stored(w, store))
        equal(set(truth(sim)) - got, set(), "lost")
        equal(got - set(truth(sim, day)), set(), "invented")


def a_reserve_is_left_for_calls_by_hand():
    """The kept sources leave it; what is named on the command line takes it."""
    with World() as w:
        sim = w.sim("--videos", "3000", "--channels", "50", "--quota",
                    "general=40")
        store = w.path("a.db")
        sets = ("quota.general=40", "quota.adhoc_reserve=10 %")
        sim.add_channels(store)
        r = sim.mine(store, sets=sets)
        equal((r["stoppedBy"], r["units"]["general"]), ("quota", 36))
        r = sim.mine(store, sets=sets)
        equal((r["stoppedBy"], r["units"]["general"]), ("quota", 0))
        r = sim.mine(store, *sim.channels(), sets=sets)
        equal((r["stoppedBy"], r["units"]["general"]), ("quota", 4))
        equal(sim.ledger()["general"]["spent"], 40)


def the_server_closes_the_day():
    """The ledger believes in more than the server grants."""
    with World() as w:
        sim = w.sim("--videos", "3000", "--channels", "50", "--quota",
                    "general=30")
        store = w.path("a.db")
        sim.add_channels(store)
        r = sim.mine(store)
        equal(r["stoppedBy"], "quota")
        equal(r["outcomes"]["failed"], 0, "refused is not failed")
        asked_is_the_sum(r)
        assert r["errors"].get("quota", 0) >= 1, r
        before = sim.ledger()["general"]["requests"]
        r = sim.mine(store)
        equal(r["stoppedBy"], "quota")
        equal(sim.ledger()["general"]["requests"], before, "sticky")
        sim.mine(store, "--strict", code=75)


def round_trip():
    """Imported records, served and mined: the exports are byte-equal."""
    with World() as w:
        a, b = w.path("a.db"), w.path("b.db")
        w.run("--store", a, "import",
              w.write("t.csv", csvs.trending(3000, seed=9)),
              w.write("k.csv", csvs.kaggle(500)), "--year", "2017")
        sim = w.sim("--from", a)
        ids, _ = w.run("--store", a, "export", "-o", "ids")
        path = w.write("ids.txt", ids)
        r = sim.mine(b, "--ids", path)
        equal(r["outcomes"]["gone"], 0)
        columns = "id,views,likes,comments,title,channelId"
        want, _ = w.run("--store", a, "export", "--columns", columns, "-o",
                        "csv")
        got, _ = w.run("--store", b, "export", "--columns", columns, "-o",
                       "csv")
        equal(got, want)
        for s in (a, b):
            w.run("--store", s, "rank")
        q = "id,q.likesViews"
        want, _ = w.run("--store", a, "export", "--columns", q, "-o", "csv")
        got, _ = w.run("--store", b, "export", "--columns", q, "-o", "csv")
        equal(got, want)


FAULTS = {
    "cut body": {"cutAfterBytes": 200},
    "slow drip": {"dripBytesPerSecond": 200000, "delayMs": 50},
    "5xx burst": {"status": 503, "reason": "backendError"},
    "html error": {"status": 502, "body": "<html>Bad gateway</html>"},
    "quota": {"status": 403, "reason": "quotaExceeded"},
    "rate": {"status": 429, "reason": "rateLimitExceeded"},
}


def titles(videos):
    return {(i, title) for i, (_, _, title) in videos.items()}


def nothing_lost_nor_invented(got, sim, r, name):
    """But what came or went, and counts that moved on, while it paused."""
    begun, ended = (titles(truth(sim, r[at])) for at in ("beganAt", "endedAt"))
    equal((begun & ended) - titles(got), set(), name + ": lost")
    equal(titles(got) - (begun | ended), set(), name + ": invented")


def each_fault_ends_with_a_report():
    with World() as w:
        for name, action in FAULTS.items():
            sim = w.sim("--videos", "600", "--channels", "12")
            store = w.path(name.replace(" ", "-") + ".db")
            sim.add_channels(store)
            sim.faults([{"match": {"every": 4}, "action": action}])
            for code in (0, 1):
                try:
                    r = sim.mine(store, code=code)
                    break
                except AssertionError:
                    if code:
                        raise
            asked_is_the_sum(r)
            assert r["stoppedBy"] in ("done", "quota"), (name, r)
            assert r["units"]["general"] >= sim.ledger()["general"]["spent"]
            doc = w.json("--store", store, "status")
            equal(doc["jobs"][0]["job"], r["job"], name)
            if name != "quota":
                nothing_lost_nor_invented(stored(w, store), sim, r, name)


def no_hope_at_all():
    """Every answer fails: the job ends, and says so."""
    with World() as w:
        sim = w.sim("--videos", "200", "--channels", "4")
        store = w.path("a.db")
        sim.add_channels(store)
        sim.faults([{"match": {}, "action": {"status": 500,
                                             "reason": "internalError"}}])
        args = ["--json", "--store", store, "mine", "--clock", "step:" + START]
        p = subprocess.run([svf.SVF, *args], capture_output=True,
                           env=svf.environment(w.dir, **sim.env()),
                           cwd=w.dir, timeout=120)
        assert p.returncode in (0, 1, 69, 75), p.stderr.decode()
        json.loads(p.stdout)


def key_refused():
    """A bad key is 77, and the key is nowhere to be read."""
    with World() as w:
        sim = w.sim("--videos", "200", "--channels", "4")
        store = w.path("a.db")
        sim.add_channels(store)
        sim.key = svf.CANARY
        out, err = w.run("--store", store, "-v", "mine", "--clock",
                         "step:" + START, code=77, env=sim.env())
        contains(err.lower(), "key")
        contains(out, "units of", "stopped by error")
        sim.key = "sim-key"
        w.run("--store", store, "config", "check", "--live", env=sim.env())
        sim.key = svf.CANARY
        w.run("--store", store, "config", "check", "--live", code=77,
              env=sim.env())
        assert svf.CANARY not in w.logs()
        for f in w.dir.rglob("*"):
            if f.is_file():
                assert svf.CANARY.encode() not in f.read_bytes(), f


class Gossip(http.server.BaseHTTPRequestHandler):
    """An API that repeats whatever it was told, also the key."""
    protocol_version = "HTTP/1.1"
    heads = []

    def do_GET(self):
        Gossip.heads.append((self.requestline, dict(self.headers)))
        key = self.headers["x-goog-api-key"]
        status, reason = [(400, "badRequest"), (500, "backendError"),
                          (200, key), (400, key),
                          (302, "found")][len(Gossip.heads) % 5]
        body = json.dumps({"error": {
            "code": status, "message": f"see {key}, {self.path}",
            "errors": [{"reason": reason}], "status": key}}).encode()
        self.send_response(status, "said " + key)
        self.send_header("Location", f"https://{key}.example/{key}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def attempts(url):
    """Ways to fail, each with the key at hand: (arguments, environment)."""
    key = {"SVF_API_KEY": svf.CANARY}
    api = {**key, "SVF_API_BASE_URL": url}
    mine = ("mine", "--clock", "step:" + START)
    yield mine, api
    yield ("--json", *mine), api
    yield ("--log-format", "json", *mine), api
    yield ("mine", "--plan"), api
    yield ("config", "check", "--live"), api
    yield ("config", "check"), api
    yield ("config", "print", "--origin"), api
    yield ("--set", "api.key=" + svf.CANARY, "status"), {}
    yield ("status",), api
    yield ("quota",), api
    yield ("--store", "sqlite:/nowhere/at/all.db", *mine), api
    yield mine, {**key, "SVF_API_BASE_URL": "http://127.0.0.1:9/youtube"}
    yield mine, {**key, "SVF_API_BASE_URL": "https://127.0.0.1:9/youtube"}
    yield mine, {**key, "SVF_API_BASE_URL": "http://example.invalid/"}
    yield mine, {**key, "SVF_API_BASE_URL": f"{url}?key={svf.CANARY}"}
    yield mine, {**key, "SVF_API_BASE_URL": f"{url}#{svf.CANARY}"}
    yield mine, {**api, "SVF_API_KEY": svf.CANARY + "\n" + svf.CANARY}
    yield mine, {**api, "SVF_API_KEY": svf.CANARY + " \u00e9"}
    yield mine, {**api, "SVF_API_KEY": svf.CANARY * 20}


def attempt(w, said, args, env):
    p = subprocess.run([svf.SVF, "-v", "--set", "log.level=debug",
                        "--store", w.path("a.db"), *args],
                       capture_output=True, cwd=w.dir, timeout=120,
                       env=svf.environment(w.dir, SVF_TRACE="net,quota,mine",
                                           **env))
    out = (p.stdout + p.stderr).decode()
    assert 0 <= p.returncode < 128 and p.returncode != 70, (args, out)
    said.append((args, env.get("SVF_API_BASE_URL"), out))


def the_key_is_nowhere():
    """In no log, error, report, store or URL, whatever goes wrong where."""
    with World() as w:
        said = []
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gossip)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = "http://127.0.0.1:%d/youtube/v3" % server.server_port
        w.run("--store", w.path("a.db"), "source", "add", "@x",
              env={"SVF_API_BASE_URL": url})
        for args, env in [*attempts(url), *attempts(url)]:
            attempt(w, said, args, env)
        server.shutdown()
        server.server_close()
        sim = w.sim("--videos", "300", "--channels", "6", "--key", svf.CANARY)
        sim.key = svf.CANARY
        sim.add_channels(w.path("a.db"))
        for action in FAULTS.values():
            sim.faults([{"match": {"every": 3}, "action": action}])
            attempt(w, said, ("mine", "--clock", "step:" + START), sim.env())
        assert len(Gossip.heads) >= 10, len(Gossip.heads)
        for line, headers in Gossip.heads:
            equal(headers.pop("x-goog-api-key"), svf.CANARY)
            assert svf.CANARY not in line + str(headers), line
        for args, base, out in said:
            if svf.CANARY in (base or ""):
                continue  # written into the address by hand
            assert svf.CANARY not in out, (args, out)
        assert svf.CANARY not in w.logs()
        for f in w.dir.rglob("*"):
            if f.is_file():
                assert svf.CANARY.encode() not in f.read_bytes(), f


def nobody_answers():
    with World() as w:
        store = w.path("a.db")
        env = {"SVF_API_BASE_URL": "http://127.0.0.1:9/youtube/v3",
               "SVF_API_KEY": "k"}
        w.run("--store", store, "source", "add", "@x", env=env)
        p = subprocess.run([svf.SVF, "--store", store, "mine", "--clock",
                            "step:" + START], capture_output=True,
                           env=svf.environment(w.dir, **env), timeout=120)
        assert p.returncode in (1, 69), p.stderr.decode()
        contains(p.stdout.decode() + p.stderr.decode(), "network")


def one_job_at_a_time():
    with World() as w:
        sim = w.sim("--videos", "2000", "--channels", "40", "--latency",
                    "50ms")
        store = w.path("a.db")
        sim.add_channels(store)
        env = svf.environment(w.dir, **sim.env())
        args = [svf.SVF, "--store", store, "mine", "--clock", "step:" + START]
        first = subprocess.Popen(args, env=env, cwd=w.dir,
                                 stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        w.running.append(first)
        svf.until(lambda: sim.ledger()["general"]["spent"] > 3, "it begins")
        _, err = w.run("--store", store, "mine", "--clock", "step:" + START,
                       code=75, env=sim.env())
        contains(err, str(first.pid))
        first.send_signal(signal.SIGTERM)
        equal(first.wait(svf.DEADLINE), 128 + signal.SIGTERM)
        r = sim.mine(store)
        equal(r["stoppedBy"], "done")
        equal(stored(w, store), truth(sim))


def sources_come_and_go():
    with World() as w:
        sim = w.sim("--videos", "500", "--channels", "10")
        store = w.path("a.db")
        one, two = sim.channels()[:2]
        w.run("--store", store, "source", "add", one,
              f"https://www.youtube.com/channel/{two}", env=sim.env())
        w.run("--store", store, "source", "remove", two)
        w.run("--store", store, "source", "remove", two, code=66)
        doc = w.json("--store", store, "source", "list")
        equal([s["ref"] for s in doc["sources"]], [one])
        r = sim.mine(store)
        want = {v["id"] for v in sim.catalog() if v["channelId"] == one}
        equal(set(stored(w, store)), want)
        r = sim.mine(store, two)
        want |= {v["id"] for v in sim.catalog() if v["channelId"] == two}
        equal(set(stored(w, store)), want)
        asked_is_the_sum(r)


def units_and_ids():
    with World() as w:
        sim = w.sim("--videos", "500", "--channels", "10")
        store = w.path("a.db")
        ids = [v["id"] for v in sim.catalog()][:120]
        unknown = "AAAAAAAAAAA"
        path = w.write("ids.txt", "\n".join([*ids, unknown]) + "\n")
        r = sim.mine(store, "--ids", path, "--units", "2")
        equal(r["stoppedBy"], "units")
        equal(r["units"]["general"], 2)
        r = sim.mine(store, "--ids", path)
        equal(r["stoppedBy"], "done")
        equal(r["outcomes"]["gone"], 1)
        equal(set(stored(w, store)), set(ids))
        nothing = w.write("nothing.txt", "# none today\n\n")
        spent = sim.ledger()
        _, err = w.run("--store", store, "mine", "--ids", nothing, code=65,
                       env=sim.env())
        contains(err, "nothing.txt: no source in it")
        equal(sim.ledger(), spent, "none is not all")


def the_day_is_that_of_the_configured_rule():
    """In the report as in the ledger: here one that begins at noon UTC."""
    with World() as w:
        sim = w.sim("--videos", "50", "--channels", "1")
        store = w.path("a.db")
        rule = "quota.reset_rule=NZST-12"
        now = "2026-11-20T20:00:00Z"
        r = sim.mine(store, sim.channels()[0], now=now, sets=(rule,))
        q = w.json("--store", store, "--set", rule, "quota", "--at", now)
        equal((r["day"], q["day"]), ("2026-11-21", "2026-11-21"))
        equal(q["buckets"][0]["spent"], r["units"]["general"])


svf.main({f.__name__: f for f in (
    harvest, refresh_the_next_day, a_small_quota_takes_days,
    a_reserve_is_left_for_calls_by_hand, the_server_closes_the_day, round_trip, each_fault_ends_with_a_report,
    no_hope_at_all, key_refused, the_key_is_nowhere, nobody_answers, one_job_at_a_time,
    sources_come_and_go, units_and_ids,
    the_day_is_that_of_the_configured_rule)})
