"""Stores as a whole: copies, checks, backups.

store_test.py CASE runs on SQLite; store_test.py --mongodb all cases of MIXED
between SQLite and MongoDB, in both directions, on one real server.
"""
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.append(str(pathlib.Path(__file__).parents[1] / "mongod"))

import csvs
import svf
from svf import World, contains, equal, midnight

servers = None
KINDS = ("sqlite", "sqlite")  # of FROM and TO


def uri(w, name, kind):
    if kind == "sqlite":
        return w.path(name + ".db")
    return servers.uri(f"{w.dir.name}-{name}")


def first(w, name):
    return uri(w, name, KINDS[0])


def second(w, name):
    return uri(w, name, KINDS[1])


def content(w, store):
    """What `store check` sums up; nothing may be wrong."""
    doc = w.json("--store", store, "store", "check")
    equal((doc["ok"], doc["wrong"], doc["findings"]), (True, 0, []), store)
    return doc["content"]


def said(w, store):
    """All that people ask a store."""
    at = ("--store", store)
    asked = (("export",), ("top", "--top", "20", "-o", "ids"),
             ("source", "list"), ("--json", "curves"),
             ("quota", "--at", midnight(0)))
    return [w.run(*at, *x)[0] for x in asked]


# ---- copy ----

def a_copy_answers_alike():
    """A mined store: its ledger, frontier, reports and samples come along, so
    the next night goes on in the copy as it does in the store itself."""
    with World() as w:
        sim = w.sim("--videos", "600", "--channels", "12")
        a, b = first(w, "a"), second(w, "b")
        sim.add_channels(a)
        sim.mine(a, sets=["quota.general=40"])
        w.run("--store", a, "rank")
        report = w.json("store", "copy", a, b)
        equal((report["kind"], report["resumed"]), ("local", False))
        assert report["content"]["channels"] == 12, report
        assert report["content"]["counters"] >= 1, report
        assert report["content"]["documents"] > 12, report
        equal(content(w, b), content(w, a))
        equal(content(w, b), report["content"])
        equal(said(w, b), said(w, a))
        spent = w.json("--store", b, "quota", "--at", midnight(0))
        equal(spent["buckets"][0]["spent"], sim.ledger()["general"]["spent"])
        for day in (1, 2):
            there = sim.mine(a, now=midnight(day))
            here = sim.mine(b, now=midnight(day))
            equal(here["outcomes"], there["outcomes"], f"day {day}")
        equal(said(w, b)[0], said(w, a)[0])
        back = first(w, "back")
        w.run("store", "copy", b, back)
        equal(content(w, back), content(w, b))


def a_copy_stays_live():
    with World() as w:
        a, b = first(w, "a"), second(w, "b")
        w.run("--store", a, "init", "--kind", "live")
        equal(w.json("store", "copy", a, b)["kind"], "live")
        _, err = w.run("--store", b, "import",
                       w.write("t.csv", csvs.trending(3)), code=78)
        contains(err, "live")
        c = second(w, "c")
        w.run("--store", c, "init", "--kind", "local")
        _, err = w.run("store", "copy", a, c, code=78)
        contains(err, "local store")


def what_is_not_copied():
    with World() as w:
        a, b = first(w, "a"), second(w, "b")
        _, err = w.run("store", "copy", a, b, code=66)
        contains(err, "no store")
        _, err = w.run("--store", b, "status", code=66)
        csv = w.write("t.csv", csvs.trending(50))
        w.run("--store", a, "import", csv)
        for words in (["copy"], ["copy", a], ["copy", a, b, b], ["copy", a, a],
                      ["copy", a, "mem:"], ["copy", "mem:", b], [], ["chekc"],
                      ["copy", "env:NO_SUCH", b], ["check", a]):
            w.run("store", *words, code=64)
        w.run("--store", b, "status", code=66)
        w.run("--store", b, "import", w.write("u.csv", csvs.trending(1, 9)))
        doc = w.json("store", "copy", a, b, code=73)
        equal(doc["error"]["code"], "exists")
        equal(w.json("--store", b, "status")["store"]["videos"], 1)
        out = w.json("store", "copy", "env:MY_STORE", second(w, "c"),
                     env={"MY_STORE": a})
        equal(out["content"]["videos"], 50)
        _, err = w.run("store", "copy", a, w.path("no.txt/x"), code=0)
        w.run("store", "copy", a, w.path("t.csv/x"), code=(73, 74))
        for place in ("sqlite::memory:", "sqlite:file::memory:"):
            w.run("store", "copy", a, place, code=78)
            w.run("--store", place, "init", code=78)


def killed(w, command, seconds):
    """Run, kill -9 after a while; was it still running?"""
    p = subprocess.Popen([svf.SVF, *command], cwd=w.dir,
                         env=svf.environment(w.dir),
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        p.wait(seconds)
        return False
    except subprocess.TimeoutExpired:
        p.send_signal(signal.SIGKILL)
        p.wait()
        return True


def kills(n, videos=24000, seed=1):
    """kill -9 at @n random moments of copies; each is taken up again until
    it is whole, and then is what its source is."""
    rng = random.Random(seed)
    with World() as w:
        a = first(w, "a")
        w.run("--store", a, "import", w.write("t.csv", csvs.trending(videos)))
        w.run("--store", a, "source", "add", "@x")
        w.run("--store", a, "rank")
        begun = time.monotonic()
        w.run("store", "copy", a, second(w, "timed"))
        whole = time.monotonic() - begun
        want, hit, halves, copies = content(w, a), 0, 0, 0
        while (hit < n or halves < 1 + n // 4) and copies < 10 * n:
            b = second(w, f"b{copies}")
            copies += 1
            command = ["store", "copy", a, b]
            while killed(w, command, rng.uniform(0, whole)):
                hit += 1
                _, err = w.run("--store", b, "status", code=(0, 65, 66))
                halves += "not finished" in err
                if "not finished" in err:
                    w.run("--store", b, "mine", "@x", code=(65, 78))
                    w.run("sim", "--from", b, code=65)
                    doc = w.json("--store", b, "store", "check", code=65)
                    contains(" ".join(doc["findings"]), "not finished")
                    w.run("store", "copy", b, w.path("x.db"), code=65)
            out, err = w.run("--json", "store", "copy", a, b, code=(0, 73))
            # 73: it was whole when it was killed, on its way to say so.
            equal(content(w, b), want, f"copy {copies}")
        assert halves > n // 4, f"{halves} of {hit} kills hit a copy"
        equal(w.run("--store", b, "export")[0], w.run("--store", a,
                                                      "export")[0])
        print(f"{hit} kills, {halves} of them half way, {copies} copies")


def killed_copies_go_on():
    kills(6 if servers is None else 3)


# ---- check ----

def damage_is_told():
    """Line by line, with exit code 65; SQLite only, through its own door."""
    rows = [
        ("UPDATE total SET n = n + 1 WHERE type = 0", "the figures say 301"),
        ("UPDATE total SET n = 'many' WHERE type = 0", "figures: "),
        ("DELETE FROM video WHERE nr = 7", "belongs to no video"),
        ("UPDATE video SET v = 'many' WHERE nr = 9", "damaged"),
        ("UPDATE video SET lv = 77 WHERE nr = 9", "live"),
        ("INSERT INTO sample(id, day, fence, v) VALUES(5, 3, 0, 1)",
         "no such video"),
        ("INSERT INTO counter VALUES('quota/p/general/2026-11-20', -4)", "-4"),
        ("INSERT INTO counter VALUES('quota/p/general/2026-11-20', "
         "2000000000)", "2000000000"),
        ("INSERT INTO counter VALUES('quota/x', 1)", "quota/x"),
        ("INSERT INTO doc(key, version, fence, body) VALUES('source/video/x', 1, 0, x'7b')", "source/"),
        ("INSERT INTO doc(key, version, fence, body) VALUES('rank/current', 1, 0, x'31')", "rank/"),
    ]
    with World() as w:
        good = w.path("good.db")
        w.run("--store", good, "import", w.write("t.csv", csvs.trending(300)))
        out, _ = w.run("--store", good, "store", "check")
        contains(out, "300 videos", "nothing wrong")
        for i, (sql, line) in enumerate(rows):
            bad = w.path(f"bad{i}.db")
            shutil.copy(good, bad)
            db = sqlite3.connect(bad)
            db.execute(sql)
            db.commit()
            db.close()
            out, _ = w.run("--store", bad, "store", "check", code=65)
            contains(out, "wrong: ", line)
            doc = w.json("--store", bad, "store", "check", code=65)
            assert any(line in x for x in doc["findings"]), (sql, doc)
            assert not doc["ok"] and doc["wrong"] >= 1, doc
        bad = bytearray(pathlib.Path(good).read_bytes())
        page = 4096
        for at in range(5 * page, len(bad) - page, 3 * page):
            bad[at:at + 40] = b"\xff" * 40
        pathlib.Path(w.path("torn.db")).write_bytes(bad)
        out, _ = w.run("--store", w.path("torn.db"), "store", "check", code=65)
        contains(out, "SQLite: ")
        out, _ = w.run("--store", w.path("torn.db"), "store", "check",
                       "--findings", "1", code=65)
        equal(out.count("wrong: "), 1)
        w.run("--store", good, "store", "check", "--findings", "0", code=64)


# ---- backup and restore ----

def ids(w, store):
    return set(w.run("--store", store, "export", "-o", "ids")[0].split())


def backup_while_it_is_written():
    """SQLite's own backups of a store in use are whole stores."""
    with World() as w:
        a = w.path("a.db")
        w.run("--store", a, "import", w.write("0.csv", csvs.trending(2000)))
        base = ids(w, a)
        files = [w.write(f"{i}.csv", csvs.trending(4000, seed=100 + i))
                 for i in range(8)]
        writer = subprocess.Popen(
            [svf.SVF, "--store", a, "import", *files], cwd=w.dir,
            env=svf.environment(w.dir), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        w.running.append(writer)
        for n in (1, 2, 3):
            if n == 3:
                equal(writer.wait(), 0)
            else:
                assert writer.poll() is None, "backups of a store in use"
            db = sqlite3.connect(a, timeout=60)
            to = sqlite3.connect(w.path(f"o{n}.db"))
            db.backup(to)
            to.close()
            db.execute(f"VACUUM INTO '{w.path(f'v{n}.db')}'")
            db.close()
        final = ids(w, a)
        equal(len(final), 34000)
        for i in (1, 2, 3):
            for name in ("o", "v"):
                copy = w.path(f"{name}{i}.db")
                content(w, copy)
                there = ids(w, copy)
                assert base <= there <= final, copy
        equal(content(w, w.path(f"o{n}.db")), content(w, a))
        equal(content(w, w.path(f"v{n}.db")), content(w, a))


def copied_files_are_a_backup():
    """With nothing running; the log is a part of the store."""
    with World() as w:
        a = w.path("a.db")
        files = [w.write(f"{i}.csv", csvs.trending(3000, seed=i))
                 for i in range(1, 9)]
        w.run("--store", a, "import", files[0])
        log = pathlib.Path(a + "-wal")
        writer = subprocess.Popen(
            [svf.SVF, "--store", a, "import", *files], cwd=w.dir,
            env=svf.environment(w.dir), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        w.running.append(writer)
        svf.until(lambda: log.exists() and log.stat().st_size > 100000,
                  "its log is in use")
        writer.kill()
        writer.wait()
        assert log.stat().st_size > 100000, "killed too late"
        for end in ("", "-wal"):
            shutil.copy(a + end, w.path("b.db") + end)
        equal(content(w, w.path("b.db")), content(w, a))
        shutil.copy(a, w.path("c.db"))
        w.run("--store", a, "import", *files)
        shutil.copy(a, w.path("d.db"))
        assert not os.path.exists(a + "-wal") or \
            os.path.getsize(a + "-wal") == 0, "a clean end leaves no log"
        equal(content(w, w.path("d.db")), content(w, a))


def an_older_copy_put_back_is_noticed():
    """Its index and who followed the feed are ahead of it: they start anew."""
    with World() as w:
        a = w.path("a.db")
        w.run("--store", a, "import", w.write("t.csv", csvs.trending(400)))
        w.run("--store", a, "rank")
        first_answer = w.run("--store", a, "top", "--top", "30", "-o", "ids")[0]
        shutil.copy(a, w.path("backup.db"))
        w.run("--store", a, "import", w.write("u.csv", csvs.trending(400, 7)))
        w.run("--store", a, "rank")
        assert w.run("--store", a, "top", "--top", "30", "-o", "ids")[0] != \
            first_answer
        assert os.path.exists(a + ".index")
        for end in ("-wal", "-shm"):
            pathlib.Path(a + end).unlink(missing_ok=True)
        shutil.copy(w.path("backup.db"), a)
        equal(len(ids(w, a)), 400)
        equal(w.run("--store", a, "top", "--top", "30", "-o", "ids")[0],
              first_answer)
        # It goes its own way now, with as many changes as it had before.
        w.run("--store", a, "import", w.write("v.csv", csvs.trending(400, 8)))
        equal(ids(w, a), {json.loads(x)["id"] for x in w.run(
            "--store", a, "export")[0].splitlines()})
        equal(len(ids(w, a)), 800)


def a_copy_is_a_backup():
    """Of a database into a file, and from there into another database."""
    with World() as w:
        a, backup, back = first(w, "a"), second(w, "b"), first(w, "c")
        w.run("--store", a, "import", w.write("t.csv", csvs.trending(300)))
        w.run("--store", a, "rank")
        w.run("--store", a, "top")
        w.run("store", "copy", a, backup)
        before = said(w, a)
        w.run("--store", a, "import", w.write("u.csv", csvs.trending(300, 7)))
        w.run("store", "copy", backup, back)
        equal(said(w, back), before)
        equal(content(w, back), content(w, backup))
        assert len(ids(w, a)) == 600


MIXED = [a_copy_answers_alike, a_copy_stays_live, what_is_not_copied,
         killed_copies_go_on, a_copy_is_a_backup]
CASES = [*MIXED, damage_is_told, backup_while_it_is_written,
         copied_files_are_a_backup, an_older_copy_put_back_is_noticed]


def mixed(cases):
    global KINDS, servers
    import mongod
    with mongod.Set() as servers:
        for KINDS in (("sqlite", "mongo"), ("mongo", "sqlite")):
            for case in cases:
                case()
                print(f"ok {case.__name__} {KINDS[0]} to {KINDS[1]}",
                      flush=True)


if sys.argv[1:2] == ["--mongodb"]:
    mixed([x for x in MIXED if x.__name__ in sys.argv[2:]] or MIXED)
elif sys.argv[1:2] == ["--kills"]:
    kills(int(sys.argv[2]), seed=int(sys.argv[3]))
else:
    svf.main({f.__name__: f for f in CASES})
