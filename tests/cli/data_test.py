"""Files in, right answers out: import, rank, top, show, curves, export."""
import csv
import gzip
import io
import json
from math import inf

import csvs
import svf
from svf import World, contains, equal


def check_sum(report):
    for f in report["files"]:
        parts = ("new", "updated", "sampled", "unchanged", "rejected")
        equal(f["read"], sum(f[p] for p in parts), f["path"])


def import_twice():
    with World() as w:
        path = w.write("t.csv", csvs.trending(3000))
        gz = w.write("t.csv.gz", gzip.compress(csvs.trending(3000).encode()))
        first = w.json("import", path)
        check_sum(first)
        equal(first["videos"], 3000)
        again = w.json("import", gz)
        check_sum(again)
        equal(again["files"][0]["unchanged"], 3000)
        equal(again["videos"], 0)
        out, _ = w.run("import", "-", stdin=csvs.kaggle(50).encode(),
                       code=65)
        doc = w.json("import", "--year", "2017", "-",
                     stdin=csvs.kaggle(50).encode())
        equal(doc["videos"], 50)


def naive_percentiles(rows, num, den, n_min=1000):
    """The definition once more, in another language: q per id."""
    import struct

    def vid(text):
        import base64
        return int.from_bytes(base64.urlsafe_b64decode(text + "="), "big")

    def cell(v):
        if v < 128:
            return v
        e = v.bit_length() - 1
        return ((e - 7 + 1) << 7) + ((v >> (e - 7)) & 127)

    def h32(x):
        m = (1 << 64) - 1
        x ^= x >> 33
        x = x * 0xff51afd7ed558ccd & m
        x ^= x >> 33
        x = x * 0xc4ceb9fe1a85ec53 & m
        x ^= x >> 33
        return x >> 32

    def f32(x):
        return struct.unpack("<f", struct.pack("<f", x))[0]

    good = [r for r in rows if r[num] is not None and r[den] is not None
            and r["viewCount"] is not None and r["viewCount"] >= 1]
    by_cell = {}
    for r in good:
        by_cell.setdefault(cell(r["viewCount"]), []).append(r)
    buckets, now, left = [], [], len(good)
    for c in sorted(by_cell):
        now += by_cell[c]
        left -= len(by_cell[c])
        if len(now) >= n_min and left >= n_min:
            buckets.append(now)
            now = []
    if now:
        buckets.append(now)
    q = {}
    for b in buckets:
        b.sort(key=lambda r: (-f32(r[num] / r[den]), h32(vid(r["id"])),
                              vid(r["id"])))
        for t, r in enumerate(b):
            q[r["id"]] = min(((2 * t + 1) << 31) // len(b), 0xfffffffe)
    return q


def ranks_agree_with_a_second_opinion():
    with World() as w:
        w.run("import", w.write("t.csv", csvs.trending(6000, seed=5)))
        doc = w.json("rank")
        equal(doc["videos"], 6000)
        out, _ = w.run("export", "--columns",
                       "id,viewCount,likeCount,q.likesViews", "-o", "ndjson")
        rows = [json.loads(x) for x in out.splitlines()]
        want = naive_percentiles(rows, "likeCount", "viewCount")
        got = {r["id"]: r["q.likesViews"] for r in rows
               if r["q.likesViews"] is not None}
        equal(got, want, "q.likesViews")
        equal(doc["ratios"]["likesViews"]["eligible"], len(want))
        top = w.json("top", "--top", "5", "--limit", "1000")
        chosen = {v["id"] for v in top["data"]}
        limit = 0.05 * 2 ** 32
        equal(chosen, {i for i, v in want.items() if v < limit}, "top 5 %")


def export_is_ordered_and_stable():
    with World() as w:
        w.run("import", w.write("t.csv", csvs.trending(500)))
        a, _ = w.run("export", "-o", "ndjson")
        b, _ = w.run("export", "-o", "ndjson")
        equal(a, b)
        ids = [json.loads(x)["id"] for x in a.splitlines()]
        order = {c: i for i, c in enumerate(csvs.ALPHABET)}
        keys = [[order[c] for c in i] for i in ids]
        equal(keys, sorted(keys), "order by id")
        out, _ = w.run("export", "--columns", "id,views,likes,title", "-o",
                       "csv")
        table = list(csv.reader(io.StringIO(out)))
        equal(table[0], ["id", "views", "likes", "title"])
        equal(len(table), 501)
        assert any(r[2] == "" for r in table[1:]), "hidden likes are empty"
        out, _ = w.run("export", "-o", "ids")
        equal(out.split(), ids)


def exports_import_again():
    """Our own export is an import format; nothing is lost on the way."""
    with World() as w:
        w.run("import", w.write("t.csv", csvs.trending(300)))
        columns = "id,title,channelId,viewCount,likeCount,dislikeCount"
        for form in ("ndjson", "csv"):
            out, _ = w.run("export", "-o", form)
            back = w.write(f"back.{form}", out)
            other = w.path(f"{form}.db")
            w.run("--store", other, "import", back)
            a, _ = w.run("export", "--columns", columns, "-o", "csv")
            b, _ = w.run("--store", other, "export", "--columns", columns,
                         "-o", "csv")
            equal(b, a, form)


def top_of_files():
    with World() as w:
        path = w.write("USvideos.csv", csvs.kaggle(2500))
        doc = w.json("top", path, "--year", "2017", "--ratio",
                     "likes/dislikes", "--limit", "5")
        equal(len(doc["data"]), 5)
        assert doc["meta"]["total"] >= 20
        out, _ = w.run("top", path, "--year", "2017", "-o", "table",
                       "--ratio", "likes/dislikes")
        contains(out, ":1", "top")
        assert not (w.dir / "state").exists(), "a temporary store only"
        out, _ = w.run("top", path, "--year", "2017", "-o", "ids", "--limit",
                       "3")
        equal(len(out.split()), 3)
        small = w.write("few.csv", csvs.kaggle(20))
        doc = w.json("top", small, "--year", "2017")
        equal(doc["meta"]["oneBucket"], True)


def ranks_anew_when_the_population_moved():
    """Of a local store, by more than one in a hundred; not for less."""
    with World() as w:
        def add(rows, seed):
            w.run("import", w.write("t.csv", csvs.trending(rows, seed=seed)))
            return w.json("top")["meta"]["epochId"]
        equal(add(1000, 1), 1)
        equal(add(10, 2), 1, "1 %: not more")
        equal(add(1, 3), 2, "1.1 %")
        w.run("top", "-o", "ids")
        equal(w.json("status")["rank"]["epochId"], 2)


def words_and_ranges():
    with World() as w:
        w.run("import", w.write("t.csv", csvs.trending(2000)))
        (w.dir / "piano").mkdir()  # a folder is no data file
        doc = w.json("top", "piano", "night", "--top", "100", "--limit",
                     "2000")
        assert doc["data"]
        for v in doc["data"]:
            contains(v["title"], "Piano at night")
        doc = w.json("top", "--top", "100", "--views", "1k..10k", "--limit",
                     "2000")
        assert doc["data"]
        assert all(1000 <= v["viewCount"] <= 10000 for v in doc["data"])
        doc = w.json("top", "--top", "50", "--duration", "1m..")
        equal(doc["data"], [])
        assert doc["meta"]["unknown"]["duration"] > 0
        doc = w.json("top", "--top", "100", "--published",
                     "2018-10-03..2018-10-03", "--limit", "2000")
        assert doc["data"]
        assert all(v["publishedAt"].startswith("2018-10-03")
                   for v in doc["data"])


def show_and_curves():
    with World() as w:
        w.run("import", w.write("t.csv", csvs.trending(1500)))
        out, _ = w.run("export", "-o", "ids")
        ids = out.split()
        dash = next(i for i in ids if i.startswith("-"))
        doc = w.json("show", "--", dash)
        equal(doc["data"][0]["id"], dash)
        doc = w.json("show", f"https://youtu.be/{ids[3]}")
        equal(doc["data"][0]["id"], ids[3])
        w.run("show", "AAAAAAAAAAA", code=66)
        asked = [ids[9], ids[3], ids[9]]
        doc = w.json("show", "--", *asked)
        equal([v["id"] for v in doc["data"]], asked, "as asked for")
        out, _ = w.run("show", "-o", "ids", "--", ids[1], "AAAAAAAAAAA",
                       code=1)
        equal(out.split(), [ids[1]])
        many = w.write("ids.txt", "\n".join(ids[:1201]))
        out, _ = w.run("show", "-o", "ids", "--ids", many)
        equal(out.split(), ids[:1201], "more than one question holds")
        w.run("show", "nonsense", code=64)
        evil = csvs.trending(3).replace("Piano at", "\x1b[2J \x9b2J")
        w.run("import", w.write("evil.csv", evil))
        for command in (["show", "--", evil.split(chr(10))[1].split(",")[0]],
                        ["top", "--top", "100", "--limit", "2000"]):
            out, _ = w.run(*command[:1], "-o", "table", *command[1:])
            contains(out, "2J", "night")
            assert not set("\x1b\x9b") & set(out), "a terminal would act on it"
        doc = w.json("curves", "--ratio", "likes/dislikes")
        equal(doc["ratio"], "likesDislikes")
        assert sum(b["n"] for b in doc["buckets"]) > 1000
        for b in doc["buckets"]:
            q = [inf if b["quantiles"][p] is None else b["quantiles"][p]
                 for p in ("50", "90", "99")]
            equal(q, sorted(q), "quantiles of one bucket")
        out, _ = w.run("curves")
        contains(out, "likes/views", "|")
        w.run("curves", "--svg", w.path("c.svg"))
        contains((w.dir / "c.svg").read_text(), "<svg", "polyline")


def disk_full_on_output():
    with World() as w:
        w.run("import", w.write("t.csv", csvs.trending(2000)))
        some = w.run("export", "-o", "ids")[0].split()[0]
        import subprocess
        for args in (["export", "-o", "ndjson"],
                     ["show", "-o", "ids", "--", some, "AAAAAAAAAAA"]):
            with open("/dev/full", "wb") as full:
                p = subprocess.run([svf.SVF, *args], stdout=full,
                                   stderr=subprocess.PIPE, cwd=w.dir,
                                   env=svf.environment(w.dir))
            equal(p.returncode, 74, args)
            contains(p.stderr.decode(), "No space left")


def closed_pipe_is_quiet():
    with World() as w:
        w.run("import", w.write("t.csv", csvs.trending(3000)))
        import subprocess
        p = subprocess.run(
            ["sh", "-c", f"'{svf.SVF}' export -o ndjson | head -1"],
            capture_output=True, env=svf.environment(w.dir), cwd=w.dir)
        equal(p.stderr.decode(), "")


svf.main({f.__name__: f for f in (
    import_twice, ranks_agree_with_a_second_opinion,
    export_is_ordered_and_stable, exports_import_again, top_of_files,
    ranks_anew_when_the_population_moved, words_and_ranges, show_and_curves, disk_full_on_output,
    closed_pipe_is_quiet)})
