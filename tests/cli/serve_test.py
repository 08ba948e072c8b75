"""The HTTP service, the page's files, the demo."""
import datetime
import gzip
import http.client
import json
import pathlib
import signal
import socket
import urllib.error
import urllib.request

import csvs
import svf
from svf import World, contains, equal, get


def service(w, rows=3000, *args, env=None):
    w.run("import", w.write("t.csv", csvs.trending(rows)))
    p, url = w.start("serve", "--listen", "127.0.0.1:0", *args, env=env)
    return p, url


def answer(url, path, status=200):
    got, headers, body = get(url + path)
    equal(got, status, path)
    return json.loads(body), headers


def api_answers_as_the_command_line_does():
    with World() as w:
        _, url = service(w)
        doc, headers = answer(url, "/api/v1/videos?top=2&limit=100")
        equal(doc["page"]["totalRelation"], "eq")
        ids = [v["id"] for v in doc["data"]]
        cli = w.json("top", "--top", "2", "--limit", "100")
        equal([v["id"] for v in cli["data"]], ids)
        equal(cli["data"], doc["data"])
        equal(cli["meta"]["total"], doc["page"]["total"])
        contains(doc["meta"]["disclosure"], "not by YouTube")
        v = doc["data"][0]
        r = v["ratios"]["likesViews"]
        equal(r["derived"], True)
        assert r["percentile"] > 98 and r["isTop10"]
        assert abs(r["value"] - v["likeCount"] / v["viewCount"]) < 1e-6
        one, _ = answer(url, f"/api/v1/videos/{v['id']}")
        equal(one["data"], v)


def pages_neither_repeat_nor_skip():
    with World() as w:
        _, url = service(w, 1000)
        seen, path = [], "/api/v1/videos?top=50&limit=37"
        while path:
            doc, headers = answer(url, path)
            seen += [v["id"] for v in doc["data"]]
            link = headers.get("Link")
            path = link[1:link.index(">")] if link else None
            equal(bool(link), doc["page"]["nextCursor"] is not None)
        equal(len(seen), doc["page"]["total"])
        equal(len(set(seen)), len(seen))


PROBLEMS = [
    ("?topp=1", "topp"), ("?top=0", "top"), ("?top=101", "top"),
    ("?top=1&top=2", "top"), ("?limit=101", "limit"), ("?limit=x", "limit"),
    ("?durationMin=9&durationMax=3", "duration"), ("?sort=beauty", "sort"),
    ("?ratio=x", "ratio"), ("?ids=xyz", "ids"), ("?cursor=zzz", "cursor"),
    ("?facets=category", "facets"), ("?highlight=1", "highlight"),
    ("?explain=1", "explain"), ("?q=word*", "q"), ("?exclude=cats", "exclude"),
    ("?publishedAfter=yesterday", "publishedAfter"),
]
LATER = ["/api/v1/channels/UC1", "/api/v1/suggest?q=a", "/api/v1/facets",
         "/api/v1/feed.atom", "/api/v1/export.ndjson", "/api/v1/openapi.json",
         "/api/v1/docs", "/ready", "/api/v1/videos/AAAAAAAAAAA/similar"]


def problems_name_the_parameter():
    with World() as w:
        _, url = service(w, 100)
        for query, name in PROBLEMS:
            status, headers, body = get(url + "/api/v1/videos" + query)
            equal(status, 400, query)
            equal(headers["Content-Type"], "application/problem+json")
            p = json.loads(body)
            equal(p["status"], 400)
            contains(json.dumps(p), name)
            equal(p["requestId"], headers["X-Request-Id"])
        p, _ = answer(url, "/nowhere", 404)
        equal(p["code"], "not-found")
        p, _ = answer(url, "/api/v1/videos/AAAAAAAAAAA", 404)
        p, _ = answer(url, "/api/v1/videos?q=" + "x" * 5000, 414)
        p, _ = answer(url, "/api/v1/videos?%zz", 400)
        p, _ = answer(url, "/api/v1/videos?q=a%00b", 400)
        status, headers, _ = get(url + "/api/v1/videos", method="POST")
        equal((status, headers["Allow"]), (405, "GET, HEAD"))
        p, _ = answer(url, "/api/v1/status?x=1", 400)
        p, _ = answer(url, "/api/v1/buckets?top=1", 400)
        equal(p["errors"][0]["allowed"], "ratio")
        p, _ = answer(url, "/api/v1/buckets?ratio=likesViews&ratio=likesViews",
                      400)
        contains(p["detail"], "twice")
        p, _ = answer(url, "/api/v1/videos/AAAAAAAAAAA?top=1", 400)
        for path in LATER:
            p, _ = answer(url, path, 404)
            equal(p["code"], "not-built", path)
        p, _ = answer(url, "/api/v1/videosx", 404)
        equal(p["code"], "not-found")


def bodies_methods_and_types():
    """405 for a method, 413 for a body, 406 for a type: each by its own."""
    with World() as w:
        _, url = service(w, 50)
        videos = url + "/api/v1/videos"
        for method, body, want in (("POST", b"x=1", 405), ("PUT", b"x", 405),
                                   ("DELETE", None, 405), ("GET", b"x", 413)):
            request = urllib.request.Request(videos, body, method=method)
            try:
                urllib.request.urlopen(request, timeout=svf.DEADLINE)
                raise AssertionError(method)
            except urllib.error.HTTPError as e:
                equal(e.code, want, method)
                equal(e.headers["Allow"], "GET, HEAD" if want == 405 else None)
                p = json.loads(e.read())
                equal(p["requestId"], e.headers["X-Request-Id"])
                assert p["requestId"]
        for accept, want in (("text/html", 406), ("*/*", 200),
                             ("application/*;q=0.5", 200),
                             ("text/html, application/json", 200),
                             ("application/json;q=0, text/html", 406),
                             ("application/json;q=0, */*", 406),
                             ("application/jsonx", 406)):
            equal(get(videos, {"Accept": accept})[0], want, accept)
        equal(get(url + "/health", {"Accept": "text/html"})[2], b"alive")


def one_connection_many_questions():
    """A client keeps its connection; the next answer is not shifted."""
    with World() as w:
        _, url = service(w, 50)
        c = http.client.HTTPConnection(url.removeprefix("http://"),
                                       timeout=svf.DEADLINE)
        c.connect()
        port = c.sock.getsockname()
        for method, path in (("GET", "/health"), ("HEAD", "/api/v1/videos"),
                             ("GET", "/api/v1/videos?top=200"),
                             ("GET", "/health")):
            c.request(method, path)
            r = c.getresponse()
            body = r.read()
            equal(r.getheader("Connection"), None, path)
            equal(c.sock.getsockname(), port, path)
        equal(body, b"alive")


def caching_and_compression():
    with World() as w:
        _, url = service(w, 500)
        path = url + "/api/v1/videos?top=50"
        status, headers, body = get(path)
        etag = headers["ETag"]
        contains(headers["Cache-Control"], "max-age=60")
        assert "Age" in headers and "Server-Timing" in headers
        for match in (etag, etag.removeprefix("W/"), f'"x", {etag}', "*"):
            status, headers, empty = get(path, {"If-None-Match": match})
            equal((status, empty), (304, b""), match)
            equal(headers["ETag"], etag)
        equal(get(path, {"If-None-Match": '"x"'})[0], 200)
        other = {query: get(url + "/api/v1/videos" + query)[1]["ETag"]
                 for query in ("?top=50&limit=20", "?limit=20&top=50",
                               "?maxResults=20&top=50", "?top=50&limit=21",
                               "?top=50&fields=id", "?top=49")}
        equal(len(set([etag, *other.values()])), 4, "equal questions, and no "
              "others, share an ETag")
        equal(other["?top=50&limit=20"], other["?maxResults=20&top=50"])
        status, headers, packed = get(path, {"Accept-Encoding": "gzip"})
        equal(headers["Content-Encoding"], "gzip")
        equal(gzip.decompress(packed), body)
        for no in ("gzip;q=0", "gzip; q=0.00", "gzipx", "br"):
            _, headers, _ = get(path, {"Accept-Encoding": no})
            equal(headers["Content-Encoding"], None, no)
        _, headers, _ = get(path, {"Accept-Encoding": "br, GZIP;q=0.5"})
        equal(headers["Content-Encoding"], "gzip")
        status, headers, nothing = get(path, method="HEAD")
        equal((status, nothing), (200, b""))
        equal(int(headers["Content-Length"]), len(body))


def answers_that_move_with_the_clock():
    """A relative date means another instant a second later."""
    with World() as w:
        _, url = service(w, 50)
        path = url + "/api/v1/videos?publishedAfter=-30d"
        etag = get(path)[1]["ETag"]
        svf.until(lambda: get(path, {"If-None-Match": etag})[0] == 200,
                  "another ETag")


def cors_only_for_those_named():
    with World() as w:
        _, url = service(w, 50, env={
            "SVF_SERVER_CORS_ORIGINS": "https://a.example, https://b.example"})
        path = url + "/api/v1/videos"
        for origin, want in (("https://a.example", "https://a.example"),
                             ("https://b.example", "https://b.example"),
                             ("https://evil.example", None),
                             ("https://a.example.evil", None)):
            _, headers, _ = get(path, {"Origin": origin})
            equal(headers["Access-Control-Allow-Origin"], want, origin)
            equal(headers["Vary"], "Accept-Encoding, Origin")


def what_is_unknown_is_counted():
    """Unknown facts are kept by exclude and left out by ranges: both told."""
    with World() as w:
        _, url = service(w, 50)
        doc, _ = answer(url, "/api/v1/videos?exclude=shorts,live,kids")
        unknown = doc["meta"]["unknown"]
        equal(doc["page"]["total"], 50)
        equal([unknown[k] for k in ("shorts", "live", "kids")], [50] * 3)
        doc, _ = answer(url, "/api/v1/videos?durationMin=1")
        equal((doc["page"]["total"], doc["meta"]["unknown"]["duration"]),
              (0, 50))


def health_status_metrics_page():
    with World() as w:
        _, url = service(w, 300)
        equal(get(url + "/health")[2], b"alive")
        doc, _ = answer(url, "/api/v1/status")
        equal(doc["store"]["videos"], 300)
        equal(doc["store"]["kind"], "local")
        text = get(url + "/metrics")[2].decode()
        contains(text, "svf_api_requests_total", "# TYPE", "# HELP")
        status, headers, page = get(url + "/")
        contains(page.decode(), "Smart Video Filter", "/app.js")
        contains(headers["Content-Security-Policy"], "default-src 'self'")
        for f in ("/app.js", "/style.css", "/icon.svg"):
            equal(get(url + f)[0], 200, f)
        equal(get(url + "/../etc/passwd")[0], 404)
        doc, _ = answer(url, "/api/v1/buckets?ratio=likesViews")
        assert doc["buckets"]


def follows_the_store():
    """What another process writes is seen within seconds."""
    with World() as w:
        _, url = service(w, 500)
        equal(answer(url, "/api/v1/status")[0]["store"]["videos"], 500)
        w.run("import", w.write("u.csv", csvs.trending(200, seed=77)))
        svf.until(lambda: answer(
            url, "/api/v1/videos?sort=-views&limit=1")[0]["page"]["total"]
            == 700, "the new videos")
        w.run("source", "add", "@nobody")  # the index does not change
        svf.until(lambda: answer(url, "/api/v1/status")[0]["sources"] == 1,
                  "the new source")


def live_stores_keep_ratios_back():
    with World() as w:
        sim = w.sim("--videos", "300", "--channels", "6")
        store = w.path("live.db")
        w.run("--store", store, "init", "--kind", "live")
        ids = w.write("c.txt", "\n".join(sim.channels()))
        sim.mine(store, "--ids", ids)
        _, url = w.start("--store", store, "serve", "--listen",
                         "127.0.0.1:0")
        doc, _ = answer(url, "/api/v1/videos")
        assert doc["data"]
        assert all("ratios" not in v for v in doc["data"])
        dates = [v["publishedAt"] for v in doc["data"]]
        equal(dates, sorted(dates, reverse=True))
        for query in ("top=1", "ratio=likesViews", "sort=-percentile"):
            p, _ = answer(url, "/api/v1/videos?" + query, 403)
            equal(p["code"], "derived-metrics-off")
        answer(url, "/api/v1/buckets", 403)
        contains(get(url + "/api/v1/videos")[1]["Cache-Control"], "public")
        base = url
        today = datetime.datetime.now(datetime.timezone.utc).date()
        _, url = w.start("--store", store, "--set",
                         f"compliance.derived_metrics=review {today}",
                         "serve", "--listen", "127.0.0.1:0")
        plain = get(base + "/api/v1/videos?sort=-views")
        doc, headers = answer(url, "/api/v1/videos?sort=-views")
        assert "ratios" in doc["data"][0]
        assert headers["ETag"] != plain[1]["ETag"], "another body"
        contains(headers["Cache-Control"], "private")
        contains(doc["meta"]["banner"], "this machine only")
        for name in ("X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"):
            status, _, _ = get(url + "/api/v1/videos?top=1", {name: "a"})
            equal(status, 403, name + ": another machine asks a proxy here")
        long_ago = today - datetime.timedelta(days=182)
        _, err = w.run("--store", store, "--set",
                       f"compliance.derived_metrics=review {long_ago}",
                       "rank", code=78)
        contains(err, "III.E.4.h")
        for wrong in (f"review {today.year + 1}-12-31",
                      f"review {today} REF-7"):
            w.run("--store", store, "--set",
                  f"compliance.derived_metrics={wrong}", "rank", code=78)


def port_in_use():
    with World() as w:
        _, url = service(w, 50)
        port = url.rsplit(":", 1)[1]
        _, err = w.run("serve", "--listen", f"127.0.0.1:{port}", code=73)
        contains(err, port, "in use")
        w.run("serve", "--listen", "nonsense", code=64)


def clean_stop():
    with World() as w:
        p, url = service(w, 50)
        shared = [f.name for f in pathlib.Path("/dev/shm").glob("*")]
        assert f"mongoc-{p.pid}" not in shared, "a kill would leave it"
        p.send_signal(signal.SIGTERM)
        equal(p.wait(svf.DEADLINE), 128 + signal.SIGTERM)
        try:
            get(url + "/health")
            raise AssertionError("still there")
        except OSError:
            pass


def a_signal_twice_is_one():
    """As timeout(1) sends it: to the process and to its group."""
    with World() as w:
        p, url = service(w, 50)
        for _ in range(2):
            p.send_signal(signal.SIGTERM)
        equal(p.wait(svf.DEADLINE), 128 + signal.SIGTERM)
        assert (w.dir / "state/svf/svf.db.index").exists(), "saved at the end"


def hostile_clients():
    """Ambiguous requests are refused; the service answers on."""
    with World() as w:
        _, url = service(w, 50)
        port = int(url.rsplit(":", 1)[1])
        rows = [
            (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
             b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
             b"Content-Length: 3\r\n\r\nabc", 400),
            (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
             405),
            (b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
            (b"GET /" + b"a" * 8000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            (b"\x16\x03\x01\x00\xff" * 20, None),
            (b"GET /" + b"a" * 60000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
             None),
        ]
        for raw, want in rows:
            reply = b""
            with socket.create_connection(("127.0.0.1", port), 25) as s:
                try:
                    s.sendall(raw)
                    s.shutdown(socket.SHUT_WR)
                    while piece := s.recv(65536):
                        reply += piece
                except OSError:  # the server may close as soon as it refuses
                    pass
            if reply:
                status = int(reply.split()[1])
                assert 400 <= status < 500, (raw[:60], reply[:80])
            if want and reply:
                equal(status, want, raw[:60])
        equal(get(url + "/health")[2], b"alive")


def slow_clients_are_cut():
    """A byte now and then does not hold a connection for ever."""
    with World() as w:
        _, url = service(w, 50)
        with socket.create_connection(
                ("127.0.0.1", int(url.rsplit(":", 1)[1]))) as s:
            s.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\nX-Slow: ")
            s.settimeout(0.5)  # between two bytes

            def cut():
                try:
                    s.sendall(b"x")
                    return s.recv(100) == b""
                except TimeoutError:
                    return False
                except OSError:
                    return True
            svf.until(cut, "the end of the connection")
        contains(get(url + "/metrics")[2].decode(),
                 "svf_api_late_clients_total 1")


def demo_once():
    with World() as w:
        (w.dir / "tmp").mkdir()
        doc = w.json("demo", "--once", env={"TMPDIR": w.path("tmp")})
        equal(list((w.dir / "tmp").iterdir()), [], "nothing is left behind")
        assert doc["mined"] > 10000 and doc["units"] > 200
        assert len(doc["top"]) >= 1
        contains(doc["url"], "http://127.0.0.1:")
        out, _ = w.run("demo", "--once")
        contains(out, "listening on", "top ", "views")
        # Stores of the user's are left alone.
        store = w.path("mine.db")
        w.run("--store", store, "import", w.write("t.csv", csvs.trending(5)))
        before = w.run("--store", store, "export")
        w.run("demo", "--once", env={"SVF_STORE_URI": store})
        _, err = w.run("--store", store, "demo", "--once", code=73)
        contains(err, "holds 5 videos", "wants a new store", "or none")
        equal(w.run("--store", store, "export"), before)
        live = w.path("live.db")
        w.run("--store", live, "init", "--kind", "live")
        _, err = w.run("--store", live, "demo", "--once", code=78)
        contains(err, "live store")


def demo_into_a_store():
    with World() as w:
        (w.dir / "tmp").mkdir()
        store = w.path("new.db")
        doc = w.json("--store", store, "demo", "--once",
                     env={"TMPDIR": w.path("tmp")})
        equal(list((w.dir / "tmp").iterdir()), [], "nothing is left behind")
        status = w.json("--store", store, "status")
        equal(status["store"]["videos"], doc["mined"])
        ids, _ = w.run("--store", store, "top", "--top", "1", "--views",
                       "100..", "--limit", "10", "-o", "ids")
        equal(ids.split(), [v["id"] for v in doc["top"]])
        w.run("--store", store, "demo", "--once", code=73)


svf.main({f.__name__: f for f in (
    api_answers_as_the_command_line_does, pages_neither_repeat_nor_skip,
    problems_name_the_parameter, caching_and_compression,
    health_status_metrics_page, follows_the_store,
    live_stores_keep_ratios_back, port_in_use, clean_stop,
    a_signal_twice_is_one, hostile_clients,
    bodies_methods_and_types, one_connection_many_questions,
    answers_that_move_with_the_clock, cors_only_for_those_named,
    what_is_unknown_is_counted, slow_clients_are_cut, demo_once,
    demo_into_a_store)})
