"""The simulator as a program: what travels over HTTP, its control routes,
and where its records come from."""
import gzip
import http.client
import json
import pathlib
import select
import signal
import socket
import urllib.parse

import csvs
import svf
from svf import DEADLINE, START, World, contains, equal, get

KEY = {"x-goog-api-key": "sim-key"}
CHART = "/youtube/v3/videos?part=snippet,statistics&chart=mostPopular" \
        "&maxResults=50"


def simulator(w, *args):
    return w.sim("--videos", "2000", "--channels", "40", *args)


def ask(sim, target, headers=None, method="GET"):
    return get(sim.url + target, {**KEY, **(headers or {})}, method)


def reason(body):
    return json.loads(body)["error"]["errors"][0]["reason"]


# ---- transport ----

def compression_and_etags():
    """gzip goes out only when both headers ask for it."""
    with World() as w:
        sim = simulator(w)
        plain = ask(sim, CHART)[2]
        for accept, agent, zipped in (
                ("gzip", "test (gzip)", True), ("gzip", "test", False),
                ("identity", "test (gzip)", False),
                ("deflate, gzip;q=0.5", "gzip", True)):
            _, headers, body = ask(sim, CHART, {"Accept-Encoding": accept,
                                                "User-Agent": agent})
            equal(headers["Content-Encoding"], "gzip" if zipped else None)
            contains(headers["Vary"], "Accept-Encoding", "User-Agent")
            if zipped:
                assert len(body) < len(plain) / 3
                body = gzip.decompress(body)
            equal(body, plain)
        tag = headers["ETag"]
        equal(tag, '"' + json.loads(plain)["etag"] + '"')
        status, headers, body = ask(sim, CHART, {
            "If-None-Match": tag, "Accept-Encoding": "gzip",
            "User-Agent": "gzip"})
        equal((status, body, headers["ETag"]), (304, b"", tag))
        equal(sim.ledger()["general"]["spent"], 6, "a 304 costs, too")
        small = ask(sim, CHART + "&prettyPrint=false")[2]
        equal(json.loads(small)["items"], json.loads(plain)["items"])
        assert b"\n" not in small and plain.endswith(b"}\n")


def odd_requests():
    with World() as w:
        sim = simulator(w)
        status, headers, body = ask(sim, "/youtube/v3/captions?part=id")
        equal((status, headers["Content-Type"]),
              (404, "text/html; charset=UTF-8"))
        contains(body.decode(), "<title>Error 404</title>")
        status, headers, _ = ask(sim, CHART, method="POST")
        equal((status, headers["Allow"]), (405, "GET"))
        long = "/youtube/v3/videos?part=id&id=" + "A" * 16384
        equal(ask(sim, long)[0], 400)
        assert ask(sim, "/youtube/v3/videos?id=" + "A" * 80000)[0] in (
            400, 414, 431)
        status, _, body = get(sim.url + CHART)
        equal((status, reason(body)), (403, "forbidden"), "no key")
        status, _, body = get(sim.url + CHART + "&key=sim-key")
        equal(status, 200)
        ids = [v["id"] for v in sim.catalog()][:3]
        query = "&".join("id=" + i for i in ids)
        body = ask(sim, "/youtube/v3/videos?part=id&" + query)[2]
        equal([x["id"] for x in json.loads(body)["items"]], ids)


def one_connection_many_requests():
    with World() as w:
        sim = simulator(w)
        host = urllib.parse.urlsplit(sim.url).netloc
        c = http.client.HTTPConnection(host, timeout=DEADLINE)
        c.connect()
        port = c.sock.getsockname()
        for _ in range(20):
            c.request("GET", CHART, headers=KEY)
            r = c.getresponse()
            equal((r.status, r.version), (200, 11))
            r.read()
            equal(c.sock.getsockname(), port, "the same connection")
        c.close()


# ---- faults ----

def sent(sim, target):
    """A connection on which @target was asked for."""
    host = urllib.parse.urlsplit(sim.url)
    s = socket.create_connection((host.hostname, host.port), DEADLINE)
    s.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\nx-goog-api-key: "
              "sim-key\r\nConnection: close\r\n\r\n".encode())
    return s


def rest_of(sim, target):
    """Status line, announced length and all bytes of the body that came."""
    with sent(sim, target) as s:
        pieces = list(iter(lambda: s.recv(65536), b""))
    sim.pieces = len(pieces)
    head, _, body = b"".join(pieces).partition(b"\r\n\r\n")
    length = [int(h.split(b":")[1]) for h in head.split(b"\r\n")
              if h.lower().startswith(b"content-length")]
    return head.split(b"\r\n")[0].decode(), length, body


def five_kinds_of_faults():
    with World() as w:
        sim = simulator(w)
        whole = ask(sim, CHART)[2]

        sim.faults([{"match": {"nth": 1}, "action": {"cutAfterBytes": 200}}])
        line, length, body = rest_of(sim, CHART)
        equal((line, length, body),
              ("HTTP/1.1 200 OK", [len(whole)], whole[:200]), "cut body")
        equal(ask(sim, CHART)[2], whole, "only the first was cut")

        sim.faults([{"action": {"cutAfterBytes": 0}}])
        equal(rest_of(sim, CHART)[2], b"", "cut before the first byte")
        sim.faults([{"action": {"cutAfterBytes": len(whole)}}])
        equal(rest_of(sim, CHART)[2], whole, "cut behind the last byte")

        ids = CHART.replace("snippet,statistics", "id")
        sim.faults([])
        small = ask(sim, ids)[2]
        sim.faults([{"action": {"dripBytesPerSecond": len(small)}}])
        line, length, body = rest_of(sim, ids)
        equal((length, body), ([len(small)], small), "slow drip")
        assert sim.pieces >= 4, f"{sim.pieces} pieces"

        sim.faults([{"match": {"method": "videos", "count": 3},
                     "action": {"status": 503, "reason": "backendError",
                                "retryAfter": 7}}])
        for _ in range(3):
            status, headers, body = ask(sim, CHART)
            equal((status, reason(body), headers["Retry-After"]),
                  (503, "backendError", "7"), "5xx burst")
        equal(ask(sim, CHART)[0], 200)

        page = "<html><body>Bad gateway</body></html>"
        sim.faults([{"action": {"status": 502, "body": page}}])
        status, headers, body = ask(sim, CHART)
        equal((status, headers["Content-Type"].split(";")[0], body.decode()),
              (502, "text/html", page), "HTML error")

        before = sim.ledger()["general"]
        for status, why in ((403, "quotaExceeded"),
                            (429, "rateLimitExceeded")):
            sim.faults([{"action": {"status": status, "reason": why}}])
            got, _, body = ask(sim, CHART)
            equal((got, reason(body)), (status, why))
        after = sim.ledger()["general"]
        equal(after["spent"], before["spent"], "refused is not charged")

        sim.faults([{"action": {"redirect": "http://127.0.0.1:1/"}}])
        line, _, _ = rest_of(sim, CHART)
        contains(line, "302")


def delays_hold_up_nobody():
    """What waits has no answer yet when others have theirs, and ends with
    the simulator."""
    with World() as w:
        sim = simulator(w)
        sim.faults([{"match": {"method": "search"},
                     "action": {"delayMs": 600000}}])
        waiting = [sent(sim, "/youtube/v3/search?part=id&q=a")
                   for _ in range(10)]
        svf.until(lambda: sim.ledger()["search"]["spent"] == 10, "ten asked")
        for _ in range(10):
            equal(ask(sim, CHART)[0], 200)
        equal(select.select(waiting, [], [], 0)[0], [])
        sim.process.terminate()
        equal(sim.process.wait(DEADLINE), 128 + signal.SIGTERM)
        for s in waiting:
            s.close()


def faults_from_a_file():
    with World() as w:
        path = w.write("faults.json", json.dumps(
            [{"match": {"nth": 2}, "action": {"status": 500}}]))
        sim = simulator(w, "--faults", path)
        equal([ask(sim, CHART)[0] for _ in range(3)], [200, 500, 200])
        status, _, body = get(sim.url + "/_sim/faults")
        equal((status, json.loads(body)["faults"]),
              (200, [{"seen": 3, "hit": 1}]))
        try:
            sim.faults([{"match": {"first": 1}}])
            raise AssertionError("a wrong rule was taken")
        except svf.urllib.error.HTTPError as e:
            equal(e.code, 400)
            contains(e.read().decode(), "fault 1", "first")
        equal(json.loads(get(sim.url + "/_sim/faults")[2])["faults"],
              [{"seen": 3, "hit": 1}], "the old rules stay")
        equal(get(sim.url + "/_sim/faults", method="DELETE")[0], 200)
        equal(json.loads(get(sim.url + "/_sim/faults")[2])["faults"], [])
        page = pathlib.Path(__file__).parents[2] / "docs/simulator.md"
        example = page.read_text().split("survive:\n\n```\n")[1]
        sim.faults(json.loads(example.split("```")[0]))
        equal(len(json.loads(get(sim.url + "/_sim/faults")[2])["faults"]), 5,
              "the example of the page")
        bad = w.write("bad.json", '[{"action":{"status":99}}]')
        _, err = w.run("sim", "--listen", "127.0.0.1:0", "--faults", bad,
                       code=65)
        contains(err, "bad.json", "fault 1", "status")


# ---- control routes ----

def the_ledger():
    with World() as w:
        sim = simulator(w, "--quota", "general=3,search=1,batch_stats=2")
        equal(set(sim.ledger()),
              {"day", "general", "search", "batchStats", "days"})
        none = {"limit": 3, "spent": 0, "requests": 0, "invalid": 0}
        got = sim.ledger()["general"]
        equal({k: got[k] for k in none}, none)
        ask(sim, "/youtube/v3/videos?part=id")
        later = {"X-Svf-Sim-Now": "2026-11-21T08:00:00Z"}
        ask(sim, CHART, later)
        for _ in range(4):
            ask(sim, CHART)
        doc = sim.ledger()
        equal(sorted(doc["days"]), ["2026-11-20", "2026-11-21"])
        first = doc["days"]["2026-11-20"]["general"]
        equal([first[k] for k in ("spent", "requests", "invalid")],
              [3, 5, 1])
        equal(doc["days"]["2026-11-21"]["general"]["spent"], 1)
        equal(json.loads(ask(sim, "/_sim/ledger", later)[2])["day"],
              "2026-11-21")
        equal(get(sim.url + "/_sim/ledger", method="POST")[0], 405)


def uploads_of(sim, channel, now):
    token, found = "", []
    while True:
        body = ask(sim, "/youtube/v3/playlistItems?part=contentDetails"
                   f"&maxResults=50&playlistId=UU{channel[2:]}{token}",
                   {"X-Svf-Sim-Now": now})[2]
        page = json.loads(body)
        found += [x["contentDetails"]["videoId"] for x in page["items"]]
        if "nextPageToken" not in page:
            return found
        token = "&pageToken=" + page["nextPageToken"]


def the_catalogue_is_the_truth():
    """Exactly what the API tells, all of it in its channel's list."""
    with World() as w:
        sim = simulator(w)
        start = sim.catalog()
        assert len(start) >= 2000 * 0.99
        keys = {"id", "channelId", "title", "viewCount", "likeCount",
                "commentCount", "publishedAt", "durationSeconds", "tags"}
        assert keys <= set(start[0]), set(start[0])
        equal(sim.catalog(START), start)
        for now in (START, "2026-12-20T08:00:00Z"):
            told = {}
            for v in sim.catalog(now):
                told.setdefault(v["channelId"], set()).add(v["id"])
            for channel in list(told)[:12]:
                found = uploads_of(sim, channel, now)
                equal(len(found), len(set(found)))
                equal(set(found), told[channel], channel)
        body = ask(sim, "/_sim/catalog.ndjson", {"X-Svf-Sim-Now": now})[2]
        equal([json.loads(x) for x in body.splitlines()], sim.catalog(now),
              "the header says the same as now=")
        line = ask(sim, "/_sim/catalog.ndjson?fields=id,viewCount")[2]
        equal(set(json.loads(line.splitlines()[0])), {"id", "viewCount"})
        equal(ask(sim, "/_sim/catalog.ndjson?now=noon")[0], 400)
        equal(ask(sim, "/_sim/catalog.ndjson?then=1")[0], 400)


def flags():
    with World() as w:
        titles = []
        for args in (("--seed", "7"), ("--seed", "8"), ()):
            sim = simulator(w, *args)
            titles.append([v["title"] for v in sim.catalog()][:20])
        assert titles[0] != titles[1] and titles[0] == titles[2]
        sim = simulator(w, "--start", "2030-01-01T00:00:00Z", "--key",
                        "another", "--latency", "1ms")
        equal(sim.ledger()["day"], "2029-12-31")
        equal(ask(sim, CHART)[0], 400, "the default key")
        ok = get(sim.url + CHART, {"x-goog-api-key": "another"})
        equal(ok[0], 200)
        port = urllib.parse.urlsplit(sim.url).netloc
        _, err = w.run("sim", "--listen", port, code=73)
        contains(err, port, "in use")
        _, err = w.run("sim", "--quota", "colour=1", code=64)
        contains(err, "colour")
        _, err = w.run("sim", "--from", w.path("none.db"), code=66)
        contains(err, "none.db")
        p, url = w.start("sim", "--listen", "[::1]:0", "--videos", "10")
        contains(url, "http://[::1]:")


# ---- records from elsewhere ----

def from_a_store():
    with World() as w:
        store = w.path("a.db")
        w.run("--store", store, "import",
              w.write("t.csv", csvs.trending(400, seed=3)))
        columns = "id,title,viewCount,likeCount,commentCount,channelId"
        out, _ = w.run("--store", store, "export", "--columns", columns,
                       "-o", "ndjson")
        stored = {v["id"]: v for v in map(json.loads, out.splitlines())}
        sim = w.sim("--from", store)
        equal({v["id"] for v in sim.catalog()}, set(stored))
        ids = list(stored)[:50]
        body = ask(sim, "/youtube/v3/videos?part=snippet,statistics&id=" +
                   ",".join(ids))[2]
        for x in json.loads(body)["items"]:
            v, n = stored[x["id"]], x["statistics"]
            equal(x["snippet"]["title"], v["title"])
            equal(x["snippet"]["channelId"], v["channelId"])
            for name in ("viewCount", "likeCount", "commentCount"):
                want = v.get(name)
                equal(n.get(name), None if want is None else str(want))
            assert "dislikeCount" not in n
        channel = stored[ids[0]]["channelId"]
        own = {i for i, v in stored.items() if v["channelId"] == channel}
        equal(set(uploads_of(sim, channel, START)), own)


def replay():
    with World() as w:
        pages = pathlib.Path(w.path("pages"))
        pages.mkdir()
        first = b'{"items" : [ ],\r\n\t"nextPageToken":"CAUQAA"}'
        (pages / "playlistItems.UUx.json").write_bytes(first)
        (pages / "playlistItems.UUx.CAUQAA.json").write_bytes(b"{}")
        sim = w.sim("--replay", str(pages))
        target = "/youtube/v3/playlistItems?part=id&playlistId=UUx"
        equal(ask(sim, target)[2], first)
        equal(ask(sim, target + "&pageToken=CAUQAA")[2], b"{}")
        equal(ask(sim, target + "&pageToken=CDIQAA")[0], 404)
        equal(sim.ledger()["general"]["spent"], 3)


# ---- size ----

def resident(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def fifteen_million_videos():
    """They cost no memory: nothing is made before it is asked for."""
    with World() as w:
        sizes = {}
        for n, channels in ((2000, 40), (15000000, 300000)):
            sim = w.sim("--videos", str(n), "--channels", str(channels))
            equal(len(json.loads(ask(sim, CHART)[2])["items"]), 50)
            found = json.loads(ask(
                sim, "/youtube/v3/search?part=snippet&q=a&type=video"
                "&maxResults=50")[2])
            equal(len(found["items"]), 50)
            channel = found["items"][7]["snippet"]["channelId"]
            assert uploads_of(sim, channel, START)
            sizes[n] = resident(sim.process)
        more = sizes[15000000] - sizes[2000]
        assert more < 40000, f"{sizes} kB"


CASES = {f.__name__: f for f in (
    compression_and_etags, odd_requests, one_connection_many_requests,
    five_kinds_of_faults, delays_hold_up_nobody, faults_from_a_file, the_ledger,
    the_catalogue_is_the_truth, flags, from_a_store, replay,
    fifteen_million_videos)}

if __name__ == "__main__":
    svf.main(CASES)
