"""Options, configuration, exit codes: what a script relies on."""
import json
import os

import csvs
import svf
from svf import World, contains, equal


def help_everywhere():
    with World() as w:
        out, _ = w.run()
        contains(out, "svf demo", "svf top", "svf --help")
        out, _ = w.run("--help")
        for name in ("import", "rank", "top", "show", "curves", "export",
                     "status", "config", "init", "source", "mine", "quota",
                     "sim", "serve", "demo"):
            contains(out, f"  {name} ")
            text, _ = w.run(name, "--help")
            contains(text, f"usage: svf {name}", "--store")
        out, _ = w.run("--version")
        contains(out, "svf 0.")


def usage_errors():
    """Each is one clear sentence and exit code 64."""
    rows = [
        (["ipmort"], "did you mean 'import'"),
        (["top", "--limitt", "3"], "did you mean --limit"),
        (["top", "--limit"], "needs a value"),
        (["top", "--limit", "0"], "between 1 and"),
        (["top", "--top", "101"], "--top"),
        (["top", "--ratio", "views/likes"], "allowed: likesViews, "),
        (["top", "--duration", ".."], "range"),
        (["top", "--views", "2M..1k"], "--views: the range"),
        (["top", "--sort", "beauty"], "--sort"),
        (["top", "--output", "yaml"], "ndjson"),
        (["export", "--columns", "id,veiws"], "views"),
        (["import"], "no file"),
        (["--set", "api.key=x", "status"], "api.key"),
        (["--set", "quota.genral=1", "status"], "quota.general"),
        (["--set", "nonsense", "status"], "section.key=value"),
        (["config", "frobnicate"], "print, check or sample"),
        (["source", "add", "not a source!"], "source"),
        (["mine", "--clock", "step:2026-11-20T08:00:00Z"], "loopback"),
        (["init", "--kind", "both"], "live or local"),
        (["sim", "--quota", "genral=1"], "general"),
        (["sim", "--listen", "0.0.0.0:0"], "loopback"),
        (["sim", "--listen", "nonsense"], "HOST:PORT"),
        (["export", "--sort", "views"], "unknown option --sort"),
        (["export", "-o", "table"], "ndjson, csv or ids"),
        (["top", "none.csv", "--year", "2017"], "--year is for data files"),
        (["top", "cats", "--foreign-ids"], "--foreign-ids is for data files"),
        (["--store", "x.db", "top", __file__], "one or the other"),
        (["top", "a" * 513], "longer than 512"),
        (["--json", "top", "-o", "csv"], "exclude each other"),
        (["mine", "--pace", "day"], "not built yet"),
        (["mine", "--daemon"], "not built yet"),
        (["source", "list", "--ids", "x"], "--ids"),
        (["source", "add"], "no source"),
        (["show"], "no video"),
        (["serve", "surplus"], "surplus"),
        (["export", "surplus.csv"], "surplus.csv"),
    ]
    rows += [([name], f"{name} is not built yet") for name in (
        "similar", "index", "audit", "purge", "node", "witness",
        "doctor")]
    with World() as w:
        for args, sentence in rows:
            out, err = w.run(*args, code=64)
            contains(err, sentence)
            assert not out or "--json" in args, args
            lines = err.splitlines()
            assert lines[0].startswith("svf"), args
            assert len(lines) <= 2, (args, "a sentence and a hint")
            if "-o" not in args:
                doc = w.json(*args, code=64)
                contains(doc["error"]["message"], sentence)


def json_errors():
    """With --json a failure is one document too."""
    with World() as w:
        e = w.json("top", code=66)["error"]
        equal(e["code"], "notfound")
        contains(e["hint"], "svf import")
        e = w.json("top", "--limit", "x", code=64)["error"]
        equal(e["code"], "input")
        for args in (["top", "--limitt", "1", "-o", "json"],
                     ["top", "--bogus", "--json"], ["--bogus", "--json"],
                     ["top", "--output=json", "--limit"],
                     ["top", "-ojson", "--limit", "0"]):
            out, _ = w.run(*args, code=64)
            equal(json.loads(out)["error"]["code"], "input", args)
        out, _ = w.run("top", "--bogus", "--", "--json", code=64)
        equal(out, "", "--json behind -- is a word")


def json_of_texts():
    """What is a text by itself is one JSON document too."""
    with World() as w:
        equal(list(w.json("--version")), ["version"])
        assert w.json("--version")["version"][0].isdigit()
        for args in ((), ("--help",), ("help",), ("top", "--help"),
                     ("help", "top")):
            contains(w.json(*args)["help"], "svf")
        contains(w.json("config", "sample")["sample"], "[quota]")
        contains(w.run("help", "top")[0], "usage: svf top")
        w.run("help", "topp", code=64)


def configuration():
    with World() as w:
        out, _ = w.run("config", "print", "--origin")
        contains(out, "quota.general = 10000", "default")
        ini = w.write("a.ini", "[quota]\ngeneral = 500\n")
        out, _ = w.run("--config", ini, "config", "print", "--origin")
        contains(out, "quota.general = 500", "a.ini:2")
        out, _ = w.run("--config", ini, "config", "print", "--origin",
                       env={"SVF_QUOTA_GENERAL": "600"})
        contains(out, "quota.general = 600", "SVF_QUOTA_GENERAL")
        out, _ = w.run("--config", ini, "--set", "quota.general=700",
                       "config", "print", "--origin",
                       env={"SVF_QUOTA_GENERAL": "600"})
        contains(out, "quota.general = 700", "--set")
        out, _ = w.run("config", "print", env={"SVF_API_KEY": svf.CANARY})
        contains(out, "***")
        assert svf.CANARY not in out
        doc = w.json("config", "print", env={"SVF_API_KEY": svf.CANARY})
        assert svf.CANARY not in json.dumps(doc)
        w.run("config", "check")


def passwords_are_nowhere():
    """The one in store.uri is in no output, log line or error."""
    secret = "canary-5f1e"
    good = f"mongodb://me:{secret}@127.0.0.1:1/x?serverSelectionTimeoutMS=1"
    hosts = ",".join(f"127.0.0.1:{i}" for i in range(1, 99))
    with World() as w:
        for uri in (good, good.replace("127.0.0.1:1", hosts)):
            ini = w.write("a.ini", f"[store]\nuri = {uri}\n")
            ways = [["--store", uri], ["--set", f"store.uri={uri}"]]
            if uri == good:
                ways.append(["--config", ini])
            else:
                _, err = w.run("--config", ini, "status", code=78)
                contains(err, "a.ini:2", "environment")
            for how in ways:
                out, _ = w.run(*how, "config", "print")
                shown = uri.split("?")[0].replace(":" + secret, "")
                contains(out, f"store.uri = {shown}\n")
                doc = w.json(*how, "config", "print", "--origin")
                equal(doc["store.uri"]["value"], shown)
                _, err = w.run("-v", *how, "status", code=(69, 78))
                contains(err, "mongodb:")
        uris = [f"mongodb://me:{x}@h.invalid/{y}" for x, y in (
            (secret + "/x", "db"), (secret + "@x", "db"), ("x@" + secret, "db"),
            (secret + "%zz", "db"), (secret + "%", "db"), (secret + ":x", "db"),
            (secret + "?x", "db"), (secret, ""), (secret, "d b"),
            (secret, "db?tsl=" + secret), (secret, "db?tls=" + secret),
            (secret, "db?socketTimeoutMS=" + secret),
            (secret, "db?authMechanism=" + secret))]
        uris += [x.replace("//", "/") for x in uris]
        uris += [f"mongodb+srv://me:{secret}@none.invalid/x",
                 f"mongo://me:{secret}@h/x", f"me:{secret}@h/x"]
        quick = "serverSelectionTimeoutMS=1"
        uris = [u + ("&" if "?" in u else "?") + quick for u in uris]
        for uri in uris:
            w.run("-v", "--store", uri, "--set", "log.level=debug", "status",
                  code=(66, 69, 78))
            w.run("-v", "--json", "--store", uri, "init", code=(69, 78, 73))
        _, err = w.run("--store", "x" * 4097, "status", code=64)
        contains(err, "4096 bytes")
        said = w.logs()
        assert secret not in said, said[said.index(secret) - 300:][:400]


def who_may_only_read():
    """Reads where SQLite can, and is told where it cannot."""
    with World() as w:
        store = w.path("a.db")
        csv = w.write("t.csv", csvs.trending(300))
        w.run("--store", store, "import", csv)

        def allow(folder, file):
            for path in (w.dir, *w.dir.glob("a.db*")):
                path.chmod(folder if path.is_dir() else file)

        def reader(*args, code=0):
            """Root becomes somebody else, others give up their rights."""
            root = os.geteuid() == 0
            allow(*((0o755, 0o644) if root else (0o555, 0o444)))
            try:
                return w.run("--store", store, *args, code=code,
                             user=65534 if root else None)
            finally:
                allow(0o755, 0o644)
        _, err = reader("status", code=74)
        contains(err, "may be read", "folder")
        w.start("--store", store, "serve", "--listen", "127.0.0.1:0")
        out, _ = reader("status")
        contains(out, "300 videos")
        equal(reader("export")[0], w.run("--store", store, "export")[0])
        equal(reader("top")[0], w.run("--store", store, "top")[0])
        reader("show", "--ids", w.write("ids", reader(
            "export", "-o", "ids")[0].split()[0] + "\n"))
        w.run("--store", store, "import",
              w.write("u.csv", csvs.trending(900, seed=5)))
        _, err = reader("top", "--top", "50")
        contains(err, "may not write", "svf rank")
        _, err = reader("rank", code=74)
        contains(err, "permission")


def bad_configuration():
    rows = [
        ("[quota]\ngenerall = 5\n", "bad.ini:2", "quota.general"),
        ("[quota]\ngeneral = many\n", "bad.ini:2", "many"),
        ("[nowhere]\na = 1\n", "bad.ini:2", "nowhere.a"),
        ("[quota]\nreset_rule = PST\n", "quota.reset_rule", "PST"),
        ("[compliance]\nderived_metrics = perhaps\n", "derived_metrics",
         "perhaps"),
        ("[log]\nlevel = loud\n", "bad.ini:2", "loud"),
        ("[server]\nlisten = nonsense\n", "bad.ini:2", "nonsense"),
        ("[api]\nbase_url = http://example.org/\n", "bad.ini:2",
         "example.org"),
    ]
    with World() as w:
        for text, where, what in rows:
            ini = w.write("bad.ini", text)
            _, err = w.run("--config", ini, "config", "check", code=78)
            contains(err, where, what)
        w.run("--config", w.path("none.ini"), "config", "check", code=78)
        _, err = w.run("--config", "a/" * 300, "config", "check", code=78)
        contains(err, "600 bytes")
        _, err = w.run("config", "check", code=78,
                       env={"SVF_API_KEY": svf.CANARY,
                            "SVF_API_KEY_FILE": "key.txt"})
        contains(err, "SVF_API_KEY", "SVF_API_KEY_FILE", "both")
        assert svf.CANARY not in err
        _, err = w.run("config", "check", code=78,
                       env={"SVF_QUOTA_GENRAL": "1"})
        contains(err, "SVF_QUOTA_GENRAL")


def sample_is_a_configuration():
    with World() as w:
        out, _ = w.run("config", "sample")
        ini = w.write("sample.ini", out)
        w.run("--config", ini, "config", "check")
        plain = "\n".join(line.lstrip("; ") if "=" in line else line
                          for line in out.splitlines()) + "\n"
        contains(plain, "general = 10000")


def files_and_stores():
    """Missing, unreadable and damaged things: their own codes."""
    with World() as w:
        _, err = w.run("import", w.path("none.csv"), code=66)
        contains(err, "none.csv")
        junk = w.write("junk.csv", "a,b\n1,2\n")
        _, err = w.run("import", junk, code=65)
        contains(err, "junk.csv", "trending")
        assert not list(w.dir.rglob("*.db*")), "a refused file makes no store"
        _, err = w.run("top", str(w.dir), code=65)
        contains(err, f"'{w.dir}' is a folder")
        _, err = w.run("--store", "/proc/x.db", "import",
                       w.write("fine.csv", csvs.trending(2)), code=73)
        contains(err, "/proc/x.db", "allowed to write")
        _, err = w.run("top", "nofile.csv", code=66)
        contains(err, "there is no file 'nofile.csv'")
        db = w.write("junk.db", "this is not a database, " * 200)
        _, err = w.run("--store", db, "status", code=65)
        contains(err, "junk.db")
        _, err = w.run("--store", w.path("none.db"), "status", code=66)
        contains(err, "none.db")
        _, err = w.run("--store", "oracle://x", "status", code=78)
        contains(err, "sqlite:")
        w.run("sim", "--replay", w.path("none"), code=66)
        w.run("sim", "--replay", junk, code=66)
        w.run("sim", "--from", w.path("none.db"), code=66)
        w.run("sim", "--faults", w.path("none"), code=66)
        w.run("sim", "--faults", w.write("f.json", "{"), code=65)
        w.run("serve", "--web-dir", w.path("none"), code=66)
        _, err = w.run("serve", "--web-dir", junk, code=66)
        contains(err, "no folder")
        w.run("show", "--ids", w.path("none"), code=66)
        csv = w.write("k.csv", csvs.kaggle(5))
        _, err = w.run("import", csv, code=65)
        contains(err, "--year")
        if os.geteuid() != 0:
            os.chmod(csv, 0)
            w.run("import", csv, code=74)


def kinds_are_for_ever():
    with World() as w:
        store = w.path("live.db")
        w.run("--store", store, "init", "--kind", "live")
        _, err = w.run("--store", store, "init", "--kind", "local", code=78)
        contains(err, "for ever")
        csv = w.write("t.csv", csvs.trending(5))
        _, err = w.run("--store", store, "import", csv, code=78)
        contains(err, "local")
        for args in (["top"], ["rank"], ["curves"],
                     ["export", "--columns", "id,q.likesViews"]):
            _, err = w.run("--store", store, *args, code=78)
            contains(err, "III.E.4.h", "derived_metrics")
        w.run("--store", store, "--set",
              "compliance.derived_metrics=approved 2026-10-01 REF-1", "rank")
        local = w.path("local.db")
        w.run("--store", local, "import", csv)
        _, err = w.run("--store", local, "mine", "@somebody", code=78,
                       env={"SVF_API_KEY": "x"})
        contains(err, "local store")


def sources_all_or_none():
    """A bad line changes nothing; what is so already is counted."""
    with World() as w:
        good = "UC" + "a" * 21 + "A"
        bad = w.write("bad.txt", f"{good}\n# a remark\n\nnot one!\n")
        _, err = w.run("source", "add", "--ids", bad, code=65)
        contains(err, "bad.txt:4", "not one!")
        w.run("source", "list", code=66)
        equal(w.json("source", "add", good), {"added": 1, "known": 0})
        equal(w.json("source", "add", good, "@b"), {"added": 1, "known": 1})
        equal(len(w.json("source", "list")["sources"]), 2)
        equal(w.json("source", "remove", "@b", "@c", code=1),
              {"removed": 1, "missing": 1})
        w.run("source", "remove", "@c", code=66)


def no_key():
    with World() as w:
        _, err = w.run("mine", "@somebody", code=78)
        contains(err, "no API key", "api.key_file")
        _, err = w.run("config", "check", "--live", code=78)
        contains(err, "no API key", "api.key_file")
        _, err = w.run("--set", "api.base_url=http://example.org/", "mine",
                       "@somebody", code=78, env={"SVF_API_KEY": "x"})
        contains(err, "loopback")
        assert not (w.dir / "state").exists(), "no store for nothing"


def no_store_for_nothing():
    """What fails before it begins does not decide that a store is local."""
    with World() as w:
        csv = w.write("t.csv", csvs.trending(3))
        for args, code in ((["none.csv"], 66), ([csv, "none.csv"], 66),
                           ([csv, "--format", "bogus"], 64),
                           ([csv, "--rejects", "no/where"], 73)):
            w.run("import", *args, code=code)
            assert not (w.dir / "state").exists(), args
        empty = w.write("empty.csv", csvs.trending(0))
        _, err = w.run("import", empty)
        assert "made" not in err and not (w.dir / "state").exists(), err
        _, err = w.run("import", empty, csv)
        contains(err, "made a local store: sqlite:")
        _, err = w.run("import", csv)
        assert "made" not in err, err
        new = w.path("new.db")
        w.run("--store", new, "init", "--kind", "local")
        _, err = w.run("--store", new, "top")
        contains(err, "no videos yet")
        equal(w.json("--store", new, "status")["rank"]["epochId"], 0)


svf.main({f.__name__: f for f in (
    help_everywhere, usage_errors, json_errors, json_of_texts, configuration,
    bad_configuration, sample_is_a_configuration, files_and_stores,
    kinds_are_for_ever, sources_all_or_none, no_key,
    passwords_are_nowhere, who_may_only_read,
    no_store_for_nothing)})
