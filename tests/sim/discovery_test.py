"""The simulator, driven by the official Python client over HTTP; each answer
is held against the schemas of the official discovery document."""
import collections
import contextlib
import json
import urllib.parse

import googleapiclient.errors
import httplib2
from googleapiclient.discovery import build

import discovery
import svf
from svf import World, contains, equal

PARTS = {
    "videos.list": "id,snippet,contentDetails,statistics,status,"
    "topicDetails,liveStreamingDetails,recordingDetails,localizations,"
    "player,paidProductPlacementDetails,brandPartner",
    "videos.batchGetStats": "id,snippet,statistics,contentDetails",
    "channels.list": "id,snippet,contentDetails,statistics,status,"
    "topicDetails,localizations,brandingSettings,contentOwnerDetails",
    "playlistItems.list": "id,snippet,contentDetails,status",
    "search.list": "snippet",
}
UNKNOWN = "AAAAAAAAAAA"


class Recorder(httplib2.Http):
    """Keeps status and headers of the last answer."""

    def request(self, *args, **kw):
        self.last, body = super().request(*args, **kw)
        return self.last, body


class Client:
    """The official client, pointed at a simulator; checks what it gets."""

    def __init__(self, sim, key="sim-key"):
        self.sim, self.key = sim, key
        self.http = Recorder()
        self.api = build("youtube", "v3", developerKey=key, http=self.http,
                         static_discovery=True,
                         client_options={"api_endpoint": sim.url})

    def request(self, method, **params):
        resource, verb = method.split(".")
        params.setdefault("part", PARTS[method])
        return getattr(getattr(self.api, resource)(), verb)(**params)

    def call(self, method, **params):
        answer = self.request(method, **params).execute()
        discovery.check_answer(method, answer)
        return answer

    def pages(self, method, **params):
        """All pages, by the client's own paging."""
        resource = getattr(self.api, method.split(".")[0])()
        request = self.request(method, **params)
        while request is not None:
            answer = request.execute()
            discovery.check_answer(method, answer)
            yield answer
            request = resource.list_next(request, answer)

    def refused(self, method, status, reason, **params):
        """The answer must be this error, as the client understands it."""
        try:
            self.request(method, **params).execute()
        except googleapiclient.errors.HttpError as e:
            got = e.error_details[0].get("reason") if e.error_details else None
            body = json.loads(e.content)["error"]
            reasons = [x["reason"] for x in body["errors"]]
            equal((e.resp.status, reasons[0], body["code"]),
                  (status, reason, status), f"{method} {params} {got}")
            return body
        raise AssertionError(f"{method} {params} was answered")


class Raw:
    """Single requests, for what the client itself would not send."""

    def __init__(self, sim):
        self.sim = sim

    def ask(self, method, pairs):
        path = discovery.METHODS[method]["path"]
        query = urllib.parse.urlencode([("key", "sim-key"), *pairs])
        status, _, body = svf.get(f"{self.sim.url}/{path}?{query}")
        return status, json.loads(body)

    def reason(self, method, pairs):
        status, doc = self.ask(method, pairs)
        if status == 200:
            return None, None
        error = doc["error"]  # without `errors` when $.xgafv=2 asks so
        first = error.get("errors", [{"reason": error.get("status")}])[0]
        return first["reason"], first.get("location")


@contextlib.contextmanager
def simulated(*args):
    with World() as w:
        yield w.sim(*args)


def batches(ids, n=50):
    return [ids[i:i + n] for i in range(0, len(ids), n)]


def by_channel(sim):
    told = collections.defaultdict(list)
    for v in sim.catalog():
        told[v["channelId"]].append(v)
    return told


# ---- shapes ----

def every_video_fits(client, sim):
    truth = {v["id"]: v for v in sim.catalog()}
    seen, keys = {}, collections.Counter()
    for ids in batches(list(truth)):
        answer = client.call("videos.list", id=",".join(ids))
        equal([x["id"] for x in answer["items"]], ids, "order")
        for x in answer["items"]:
            seen[x["id"]] = x
            for part in ("statistics", "contentDetails", "snippet"):
                keys.update(list(x[part]))
            keys[x["contentDetails"]["duration"]] += 1
    equal(set(seen), set(truth))
    for i, x in seen.items():
        for name in ("viewCount", "likeCount", "commentCount"):
            want = truth[i][name]
            equal(x["statistics"].get(name),
                  None if want is None else str(want), f"{i} {name}")
        equal(x["statistics"]["favoriteCount"], "0")
        equal(x["snippet"]["title"], truth[i]["title"])
    assert "dislikeCount" not in keys, "dislikes are private"
    for rare in ("likeCount", "commentCount", "tags", "defaultLanguage",
                 "regionRestriction"):
        assert 0 < keys[rare] < len(seen), (rare, keys[rare], len(seen))
    assert keys["P0D"] > 0, "no video is live"


def statistics_agree(client, sim):
    ids = [v["id"] for v in sim.catalog()][:50]
    stats = client.call("videos.batchGetStats", id=ids)["items"]
    videos = client.call("videos.list", id=ids)["items"]
    for s, v in zip(stats, videos, strict=True):
        equal(s["id"], v["id"])
        equal(s["kind"], "youtube#videoStats")
        for name in ("viewCount", "likeCount", "commentCount"):
            equal(s["statistics"].get(name), v["statistics"].get(name))
        equal(s["snippet"]["publishTime"], v["snippet"]["publishedAt"])


def every_channel_fits(client, sim):
    told = by_channel(sim)
    for ids in batches(list(told)):
        answer = client.call("channels.list", id=",".join(ids))
        equal([x["id"] for x in answer["items"]], ids)
        for x in answer["items"]:
            equal(int(x["statistics"]["videoCount"]), len(told[x["id"]]))
            digits = x["statistics"].get("subscriberCount", "0")
            equal(digits[3:].strip("0"), "", "three digits count")
            equal(x["contentDetails"]["relatedPlaylists"]["uploads"],
                  "UU" + x["id"][2:])
            named = client.call("channels.list",
                                forHandle=x["snippet"]["customUrl"])
            equal(named["items"][0]["id"], x["id"])


# ---- paging ----

def uploads_page_by_page(client, sim):
    told = by_channel(sim)
    channel = max(told, key=lambda c: len(told[c]))
    assert len(told[channel]) > 100
    playlist = "UU" + channel[2:]
    pages = list(client.pages("playlistItems.list", playlistId=playlist,
                              maxResults=50))
    items = [x for p in pages for x in p["items"]]
    equal(len({x["snippet"]["resourceId"]["videoId"] for x in items}),
          len(items), "no repetition")
    equal({x["contentDetails"]["videoId"] for x in items},
          {v["id"] for v in told[channel]})
    equal([x["snippet"]["position"] for x in items],
          list(range(len(items))))
    times = [x["contentDetails"]["videoPublishedAt"] for x in items]
    equal(times, sorted(times, reverse=True), "newest first")
    for p in pages:
        equal(p["pageInfo"], {"totalResults": len(items),
                              "resultsPerPage": 50})
        assert all(len(q["items"]) == 50 for q in pages[:-1])
    assert "prevPageToken" not in pages[0]
    back = client.call("playlistItems.list", playlistId=playlist,
                       maxResults=50, pageToken=pages[1]["prevPageToken"])
    equal(back["items"], pages[0]["items"], "one page back")
    one = client.call("playlistItems.list", playlistId=playlist,
                      videoId=items[7]["contentDetails"]["videoId"])
    equal(one["items"], [items[7]])


def the_chart(client, sim):
    items = [x for p in client.pages("videos.list", chart="mostPopular",
                                     maxResults=50) for x in p["items"]]
    equal(len(items), 200)
    views = [int(x["statistics"]["viewCount"]) for x in items]
    equal(views, sorted(views, reverse=True))
    music = client.call("videos.list", chart="mostPopular",
                        videoCategoryId="10")
    equal({x["snippet"]["categoryId"] for x in music["items"]}, {"10"})
    equal(len(music["items"]), 5, "maxResults is 5 by default")


def searching(client, sim):
    told = by_channel(sim)
    pages = list(client.pages("search.list", q="a|e|i", type="video",
                              order="date", maxResults=50))
    items = [x for p in pages for x in p["items"]]
    assert 100 < len(items) <= 500, len(items)
    equal(len({x["id"]["videoId"] for x in items}), len(items))
    times = [x["snippet"]["publishedAt"] for x in items]
    equal(times, sorted(times, reverse=True))
    middle = times[len(times) // 2]
    later = client.call("search.list", q="a|e|i", type="video", order="date",
                        maxResults=50, publishedAfter=middle)
    assert later["items"]
    assert all(x["snippet"]["publishedAt"] >= middle for x in later["items"])
    channel = next(iter(told))
    own = client.call("search.list", channelId=channel, type="video",
                      maxResults=50)
    equal({x["snippet"]["channelId"] for x in own["items"]}, {channel})
    both = client.call("search.list", q="a", maxResults=50)
    equal({x["id"]["kind"] for x in both["items"]},
          {"youtube#video", "youtube#channel"})
    long = client.call("search.list", type="video", videoDuration="long",
                       maxResults=10)
    found = client.call("videos.list", id=[x["id"]["videoId"]
                                           for x in long["items"]])
    assert found["items"]
    for v in found["items"]:
        contains(v["contentDetails"]["duration"], "PT")
        assert "H" in v["contentDetails"]["duration"] or int(
            v["contentDetails"]["duration"][2:].split("M")[0]) >= 20


# ---- ids, fields, transport ----

def ids_in_batches(client, sim):
    ids = [v["id"] for v in sim.catalog()]
    equal(len(client.call("videos.list", id=ids[:50])["items"]), 50)
    client.refused("videos.list", 400, "invalidParameter", id=ids[:51])
    client.refused("videos.batchGetStats", 400, "invalidParameter",
                   id=ids[:51])
    channels = list(by_channel(sim))
    client.refused("channels.list", 400, "invalidParameter",
                   id=channels[:51])
    some = client.call("videos.list", id=[ids[3], UNKNOWN, "no id", ids[1],
                                          ids[3]])
    equal([x["id"] for x in some["items"]], [ids[3], ids[1]])
    equal(some["pageInfo"]["totalResults"], 2)
    equal(client.call("videos.list", id=UNKNOWN)["items"], [])
    assert "items" not in client.call("channels.list",
                                      id="UC" + "A" * 22)


def fields_and_parts(client, sim):
    ids = [v["id"] for v in sim.catalog()][:3]
    answer = client.request("videos.list", id=ids,
                            fields="items(id,statistics/viewCount)").execute()
    for x in answer["items"]:
        equal((set(x), set(x["statistics"])),
              ({"id", "statistics"}, {"viewCount"}))
    equal(set(answer), {"items"})
    for part in PARTS["videos.list"].split(","):
        item = client.call("videos.list", id=ids, part=part)["items"][0]
        extra = set(item) - {"kind", "etag", "id"}
        assert extra <= {part}, (part, extra)
    equal(client.call("videos.list", id=ids, part="id,snippet"),
          client.call("videos.list", id=ids, part=["id", "snippet"]),
          "repeated or joined by commas")


def every_name_can_be_selected(client, raw):
    base = {"videos.list": [("chart", "mostPopular")],
            "videos.batchGetStats": [("id", UNKNOWN)],
            "channels.list": [("id", "UC" + "A" * 22)],
            "playlistItems.list": [("playlistId", client.uploads)],
            "search.list": [("q", "a")]}
    for method, pairs in base.items():
        start = [("part", "id"), ("maxResults", "1"), *pairs]
        if method == "videos.batchGetStats":
            start.remove(("maxResults", "1"))
        names = list(discovery.leaves(discovery.METHODS[method]["response"]))
        assert len(names) > 5
        for some in batches(names, 40):
            query = [*start, ("fields", ",".join(some))]
            equal(raw.reason(method, query), (None, None), some)
        query = [*start, ("fields", "items/colour")]
        equal(raw.reason(method, query), ("invalidParameter", "fields"))


def gzip_and_etags(client, sim):
    ids = [v["id"] for v in sim.catalog()][:50]
    answer = client.call("videos.list", id=ids)
    last = client.http.last
    equal(last["-content-encoding"], "gzip", "httplib2's note of gzip")
    equal(last["etag"], '"' + answer["etag"] + '"')
    contains(last["content-type"], "application/json")
    again = client.request("videos.list", id=ids)
    again.headers["if-none-match"] = last["etag"]
    try:
        again.execute()
        raise AssertionError("304 is told as an HttpError by the client")
    except googleapiclient.errors.HttpError as e:
        equal((e.resp.status, e.content), (304, b""))
    other = client.call("videos.list", id=ids[:49])
    assert other["etag"] != answer["etag"]
    equal(other["items"][0]["etag"], answer["items"][0]["etag"])


# ---- parameters ----

# Values of @alt that the document knows and the simulator does not serve.
NOT_SERVED = {("alt", "media"), ("alt", "proto")}


def accepted(raw, method, base, name, value):
    if (name, value) in NOT_SERVED:
        return
    reason, where = raw.reason(method, [*base, (name, value)])
    assert reason not in ("invalidParameter", "badRequest"), \
        (method, name, value, reason, where)


def check_bounds(raw, method, base, name, spec):
    low, high = int(spec["minimum"]), int(spec["maximum"])
    for value in (low, high):
        accepted(raw, method, base, name, value)
    for value in (low - 1, high + 1, "x", "1.5", 2**32 + low):
        got = raw.reason(method, [*base, (name, value)])
        equal(got, ("invalidParameter", name), f"{method} {name}={value}")


def check_parameter(raw, method, base, name, spec):
    bad = None
    if "enum" in spec:
        bad = "colour"
        for value in spec["enum"]:
            accepted(raw, method, base, name, value)
    elif spec["type"] == "boolean":
        bad = "yes"
        accepted(raw, method, base, name, "true")
        accepted(raw, method, base, name, "false")
    elif spec.get("format") == "google-datetime":
        bad = "yesterday"
        accepted(raw, method, base, name, "2026-01-01T00:00:00Z")
    elif "minimum" in spec:
        check_bounds(raw, method, base, name, spec)
    if bad:
        equal(raw.reason(method, [*base, (name, bad)]),
              ("invalidParameter", name), f"{method} {name}={bad}")
    if not spec.get("repeated"):
        value = spec.get("minimum", "1")
        got = raw.reason(method, [*base, (name, value), (name, value)])
        assert got[0] == "invalidParameter", (method, name, got)


def parameters_are_as_declared(client, raw):
    for method, spec in discovery.METHODS.items():
        base = [("part", "id")]
        if method == "search.list":
            base.append(("type", "video"))
        common = {k: v for k, v in discovery.DOCUMENT["parameters"].items()
                  if k not in ("key", "fields")}
        for name, p in [*spec["parameters"].items(), *common.items()]:
            kept = [b for b in base if b[0] != name]
            check_parameter(raw, method, kept, name, p)
            if p.get("required"):
                equal(raw.reason(method, kept),
                      ("missingRequiredParameter", name))
        equal(raw.reason(method, [*base, ("colour", "red")])[0],
              "badRequest")


# ---- errors ----

def errors_as_the_client_sees_them(client, sim):
    body = client.refused("playlistItems.list", 404, "playlistNotFound",
                          playlistId="UU" + "A" * 22)
    equal(body["errors"][0]["location"], "playlistId")
    client.refused("playlistItems.list", 400, "invalidPageToken",
                   playlistId=client.uploads, pageToken="CAUQAA")
    client.refused("videos.list", 400, "missingRequiredParameter")
    client.refused("videos.list", 400, "missingRequiredParameter",
                   chart="chartUnspecified")
    client.refused("channels.list", 400, "invalidCriteria",
                   id="UC" + "A" * 22, forHandle="@a1")
    client.refused("search.list", 400, "invalidSearchFilter", q="a",
                   videoDuration="long")
    client.refused("videos.list", 403, "forbidden", id=UNKNOWN,
                   part="fileDetails")
    client.refused("videos.list", 401, "authorizationRequired",
                   myRating="like")
    body = Client(sim, key="wrong").refused("videos.list", 400, "badRequest",
                                            id=UNKNOWN)
    equal(body["message"],
          "API key not valid. Please pass a valid API key.")
    equal(body["details"][0]["reason"], "API_KEY_INVALID")


def used_up_buckets():
    quota = "general=2,search=1,batch_stats=1"
    with simulated("--videos", "100", "--channels", "5", "--quota",
                   quota) as sim:
        client = Client(sim)
        for _ in range(2):
            client.call("videos.list", id=UNKNOWN)
        body = client.refused("videos.list", 403, "quotaExceeded",
                              id=UNKNOWN)
        equal(body["errors"][0]["domain"], "youtube.quota")
        client.call("search.list", q="a")
        body = client.refused("search.list", 429, "rateLimitExceeded", q="a")
        equal(body["status"], "RESOURCE_EXHAUSTED")
        contains(body["message"], "Search Queries per day")
        detail = body["details"][0]
        equal(detail["reason"], "RATE_LIMIT_EXCEEDED")
        contains(detail["metadata"]["quota_metric"], "search")
        client.call("videos.batchGetStats", id=UNKNOWN)
        client.refused("videos.batchGetStats", 403, "quotaExceeded",
                       id=UNKNOWN)
        equal([sim.ledger()[b]["spent"]
               for b in ("general", "search", "batchStats")], [2, 1, 1])


def main():
    with simulated("--videos", "3000", "--channels", "60", "--quota",
                   "search=10000") as sim:
        client, raw = Client(sim), Raw(sim)
        told = by_channel(sim)
        client.uploads = "UU" + next(iter(told))[2:]
        for case in (every_video_fits, statistics_agree, every_channel_fits,
                     uploads_page_by_page, the_chart, searching,
                     ids_in_batches, fields_and_parts, gzip_and_etags,
                     errors_as_the_client_sees_them):
            case(client, sim)
            print("ok", case.__name__)
        for case in (every_name_can_be_selected,
                     parameters_are_as_declared):
            case(client, raw)
            print("ok", case.__name__)
    used_up_buckets()
    print("ok used_up_buckets")


if __name__ == "__main__":
    main()
