"""How the server finds what svf asks for: the profiler writes down every
operation of a harvest, a refresh, ranks and answers, and each must go by _id,
but for the full scans that are meant."""
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).parents[1] / "mongod"))

import csvs
import mongod
import svf
from svf import contains, equal, get

servers = None
OURS = ("video", "video_text", "channel", "channel_text", "sample", "count",
        "doc", "meta")
BY_ID = ("IDHACK", "IXSCAN { _id: 1 }")
# An insert has no plan; a collection that is empty has nothing to find.
NONE = ("", "EOF", "RECORD_STORE_FAST_COUNT")
IDS = {"$getField": {"field": {"$literal": "$in"},
                     "input": "$command.filter._id"}}
FILTER = {"$size": {"$objectToArray": {"$ifNull": ["$command.filter", {}]}}}


def start_profile(db):
    servers.run(db, create="system.profile", capped=True, size=256 << 20)
    servers.run(db, profile=2)


def profile(db):
    """Operations of one kind, summed up; `waste` is the worst of them."""
    number = {x: {"$ifNull": [f"${x}", 0]}
              for x in ("docsExamined", "keysExamined", "nreturned",
                        "nModified", "ndeleted")}
    found = {"$add": [number["nreturned"], number["nModified"],
                      number["ndeleted"]]}
    looked_for = {"$add": [number["docsExamined"],
                           {"$size": {"$ifNull": [IDS, []]}}, 1]}
    answer = servers.run(
        db, aggregate="system.profile", cursor={"batchSize": 1000}, pipeline=[
            {"$match": {"ns": {"$in": [f"{db}.{x}" for x in OURS]}}},
            {"$group": {
                "_id": {"on": "$ns", "op": "$op",
                        "plan": {"$ifNull": ["$planSummary", ""]},
                        "filtered": {"$gt": [FILTER, 0]}},
                "n": {"$sum": 1},
                "docs": {"$sum": number["docsExamined"]},
                "mostDocs": {"$max": number["docsExamined"]},
                "waste": {"$max": {"$subtract": [number["docsExamined"],
                                                 found]}},
                "wasteKeys": {"$max": {"$subtract": [number["keysExamined"],
                                                     looked_for]}}}},
            {"$sort": {"_id": 1}}])
    rows = [{**x.pop("_id"), **x} for x in answer["cursor"]["firstBatch"]]
    for x in rows:
        x["on"] = x["on"].removeprefix(db + ".")
        print(x)
    return rows


def why_not(x):
    """What is wrong with such operations; "" = nothing."""
    if x["plan"] == "COLLSCAN":
        if x["on"] == "meta":
            return "" if x["mostDocs"] <= 2 else "meta is read whole"
        if x["on"] == "video" and not x["filtered"]:
            return ""  # the full scan
        return "a scan of the collection"
    if x["plan"] not in BY_ID + NONE:
        return "another plan"
    # An update that changes nothing has looked at one document.
    if x["waste"] > (x["op"] in ("update", "command")):
        return "looked at more documents than it found"
    if x["op"] == "query" and x["wasteKeys"] > 0:
        return "looked at more keys than it was asked for"
    return ""


def complaints(rows):
    return [(why_not(x), x) for x in rows if why_not(x)]


def work(w, store):
    """All that svf does with a store; returns how often the miner asked what
    is due."""
    sim = w.sim("--videos", "3000", "--channels", "60")
    sim.add_channels(store)
    sim.mine(store)
    _, url = w.start("serve", "--store", store, "--listen", "127.0.0.1:0")
    sim.mine(store, now=svf.midnight(1))
    at = ("--store", store)
    w.run(*at, "rank")
    id = w.run(*at, "top", "-o", "ids")[0].split()[0]
    for path in ("/api/v1/videos?top=5", f"/api/v1/videos/{id}",
                 "/api/v1/status", "/health"):
        equal(get(url + path)[0], 200, path)
    for command in (("show", id), ("export",), ("status",), ("quota",),
                    ("curves",), ("source", "list")):
        w.run(*at, *command)
    for seed, date in ((1, "18.01.11"), (1, "18.02.11"), (2, "18.01.11")):
        w.run(*at, "import", w.write("t.csv", csvs.trending(
            300, seed=seed, date=date)))
    return 2


def all_goes_by_id():
    with svf.World() as w:
        db = "plans"
        store = servers.uri(db)
        w.run("--store", store, "init", "--kind", "local")
        start_profile(db)
        scans = work(w, store)
        rows = profile(db)
        equal(complaints(rows), [])
        seen = {x["on"] for x in rows}
        equal(set(OURS) - seen, set(), "collections nobody asked for")
        whole = sum(x["n"] for x in rows if x["on"] == "video" and
                    x["plan"] == "COLLSCAN" and x["op"] == "query")
        assert whole <= scans, f"{whole} full scans in {scans} jobs"


def a_bad_plan_is_noticed():
    with svf.World() as w:
        db = "bad"
        w.run("--store", servers.uri(db), "import",
              w.write("t.csv", csvs.trending(300)))
        start_profile(db)
        for bad, why in ((dict(find="video", filter={"v": 1}),
                          "a scan of the collection"),
                         (dict(find="sample", filter={}),
                          "a scan of the collection"),
                         (dict(find="video", filter={"_id": {"$gt": 0},
                                                     "v": 1}),
                          "looked at more documents")):
            servers.run(db, **bad)
            contains(str(complaints(profile(db))), why)


CASES = (all_goes_by_id, a_bad_plan_is_noticed)

if __name__ == "__main__":
    with mongod.Set() as servers:
        svf.main({c.__name__: c for c in CASES})
