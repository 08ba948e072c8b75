"""The main job with its store in MongoDB: the cases of the other files run
once more there, and both stores give the same answers."""
import os
import re
import subprocess
import sys

import csvs
import data_test
import mine_test
import serve_test
import stores
import svf
from svf import contains, equal

servers = None


def World():
    return stores.MongoWorld(servers)


def once_more(case):
    """The case of another file, in such a world."""
    def run():
        sys.modules[case.__module__].World = World
        case()
    return run


def epoch(store, which):
    """A rank epoch as it is stored, less the second it was made in."""
    text = subprocess.run([os.environ["T_DOC"], store, f"rank/{which}"],
                          check=True, capture_output=True).stdout
    made = re.compile(rb'"computedAt":[0-9]+')
    assert len(text) > 1000 and made.search(text), text[:200]
    return made.sub(b"", text)


def both_stores_agree():
    """The same files give the same exports, ranks, epochs, answers and
    curves; byte for byte, and again when more was imported."""
    with World() as w:
        a = f"sqlite:{w.dir}/a.sqlite"
        b = w.path("b.db")
        files = [w.write("t.csv", csvs.trending(3000)),
                 w.write("u.csv", csvs.trending(3000, seed=2,
                                                date="18.02.11"))]
        said = {}
        for store in (a, b):
            at = ("--store", store)
            w.run(*at, "import", files[0])
            w.run(*at, "rank")
            w.run(*at, "import", *files)
            w.run(*at, "rank")
            said[store] = [
                w.run(*at, *command)[0] for command in (
                    ("export", "-o", "ndjson"),
                    ("export", "-o", "csv", "--columns",
                     "id,q.likesViews,bucket.likesViews,q.likesDislikes"),
                    ("top", "--top", "2", "--limit", "500", "-o", "ids"),
                    ("top", "piano", "--top", "50", "--views", "1k..",
                     "-o", "ids"),
                    ("--json", "curves"))]
            said[store] += [epoch(store, "current"), epoch(store, "previous")]
        for x, y in zip(said[a], said[b]):
            assert len(x) > 10, x
            equal(y, x)


def the_index_is_kept():
    """In the folder for state: the next question reads it, and only what
    was written meanwhile."""
    with World() as w:
        store = w.path("a.db")
        at = ("--store", store)
        ask = (*at, "top", "--top", "50", "--limit", "5000", "-o", "ids")
        w.run(*at, "import", w.write("t.csv", csvs.trending(2000)))
        w.run(*ask)
        kept = w.index(store).stat().st_mtime_ns
        w.run(*ask)
        equal(w.index(store).stat().st_mtime_ns, kept, "it was up to date")
        w.run(*at, "import", w.write("u.csv", csvs.trending(500, seed=3)))
        followed, _ = w.run(*ask)
        assert w.index(store).stat().st_mtime_ns > kept
        w.index(store).unlink()
        built, _ = w.run(*ask)
        equal(followed, built)


def every_name_of_a_database_has_its_index():
    """It is known by the store's id, not by what the store is called."""
    with World() as w:
        store = w.path("a.db")
        w.run("--store", store, "import",
              w.write("t.csv", csvs.trending(500)))
        first = w.run("--store", store, "top", "-o", "ids")[0]
        file = w.index(store)
        assert re.search(r"-[0-9a-f]{32}\.index$", file.name), file
        before = file.stat().st_ino
        again, err = w.run("--store", store + "?appname=x", "top", "-o", "ids")
        equal(again, first)
        assert "index" not in err, err
        equal(file.stat().st_ino, before, "not written again")
        file.write_bytes(b"junk")
        again, err = w.run("--store", store, "top", "-o", "ids")
        equal(again, first)
        contains(err, "index_damaged")


def errors_say_what_to_do():
    with World() as w:
        _, err = w.run("--store", "mongodb://127.0.0.1:1/x?"
                       "serverSelectionTimeoutMS=300", "status", code=69)
        contains(err, "127.0.0.1:1")
        _, err = w.run("--store", w.path("none.db"), "status", code=66)
        contains(err, "no store")
        _, err = w.run("--store", "mongodb://127.0.0.1/", "status", code=78)
        contains(err, "names no database")
        _, err = w.run("--store", "mongodb://h.invalid/admin", "top", code=78)
        contains(err, "'admin' is the server's own")
        _, err = w.run("--store", w.path("a.db") + "?tsl=true", "status",
                       code=78)
        contains(err, "tsl")


CASES = [both_stores_agree, the_index_is_kept,
         every_name_of_a_database_has_its_index, errors_say_what_to_do]
AGAIN = [
    data_test.import_twice, data_test.ranks_agree_with_a_second_opinion,
    data_test.exports_import_again, data_test.words_and_ranges,
    mine_test.harvest, mine_test.refresh_the_next_day,
    mine_test.a_small_quota_takes_days, mine_test.round_trip,
    mine_test.one_job_at_a_time, mine_test.sources_come_and_go,
    serve_test.follows_the_store, serve_test.demo_into_a_store,
    serve_test.api_answers_as_the_command_line_does,
]

if __name__ == "__main__":
    with stores.mongod.Set() as servers:
        svf.main({c.__name__: c for c in CASES} |
                 {c.__name__: once_more(c) for c in AGAIN})
