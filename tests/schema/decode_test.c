/*
 * tests/schema/decode_test.c - answers of the list methods, one odd case a
 * row. A page is compared as a line of text: every record with its id,
 * field=value for what is set and -field for what is cleared.
 */
#include "schema/schema.h"
#include "tests/t.h"

#include <inttypes.h>

enum { NOW = 1000, BODY_MAX = 4096 };

#define VID     "AAAAAAAAAAA"
#define VID2    "BBBBBBBBBBA"
#define CHANNEL "UCAAAAAAAAAAAAAAAAAAAAAA"

struct row {
    const char *name;
    enum decode_what expect;
    const char *body; /* ' stands for " */
    const char *want;
};

/* ---- a page as text ---- */

static void put_value(struct buf *b, const struct schema_field *f,
                      const void *at)
{
    char id[CID_TEXT];
    switch (f->kind) {
    case SCHEMA_STR:
    case SCHEMA_LIST:
        buf_f(b, "'%.*s'", STR_ARG(*(const struct str *)at));
        break;
    case SCHEMA_CID:
        buf_z(b, cid_text(*(const struct cid *)at, id));
        break;
    case SCHEMA_ENUM:
        buf_z(b, schema_enum_text(f, *(const uint64_t *)at));
        break;
    default: /* seconds of this test are not below 0 */
        buf_u64(b, *(const uint64_t *)at);
    }
}

static void put_record(struct buf *b, const struct schema_type *t,
                       const void *rec)
{
    const struct schema_head *h = rec;
    char id[CID_TEXT];
    struct err e = ERR_INIT;
    T_OK(schema_validate(t, rec, &e), &e);
    buf_z(b, b->n ? "; " : "");
    buf_z(b, t == &schema_video
                 ? vid_text(h->key[0], id)
                 : cid_text((struct cid){ h->key[0], h->key[1] }, id));
    for (size_t i = 0; i < t->n_fields; i++) {
        const struct schema_field *f = &t->fields[i];
        if (h->have >> i & 1) {
            buf_f(b, " %s=", f->name);
            put_value(b, f, schema_at_const(f, rec));
        }
        if (h->clear >> i & 1)
            buf_f(b, " -%s", f->name);
    }
}

static void put_page(struct buf *b, const struct decode_page *p)
{
    for (size_t i = 0; i < p->n_videos; i++)
        put_record(b, &schema_video, &p->videos[i]);
    for (size_t i = 0; i < p->n_channels; i++)
        put_record(b, &schema_channel, &p->channels[i]);
    size_t other = p->n_items - p->n_videos - p->n_channels - p->n_rejected;
    if (other)
        buf_f(b, "%s%zu other", b->n ? "; " : "", other);
    if (p->n_rejected)
        buf_f(b, "%s%zu rejected, %s", b->n ? "; " : "", p->n_rejected,
              p->first_reject);
}

static struct str body_of(const char *quoted, char out[static BODY_MAX])
{
    size_t n = strlen(quoted);
    ck_assert_uint_lt(n, BODY_MAX);
    for (size_t i = 0; i < n; i++)
        out[i] = quoted[i] == '\'' ? '"' : quoted[i];
    return str_n(out, n);
}

static void check_row(const struct row *row)
{
    struct arena arena = ARENA_INIT(1 << 22);
    struct decode_page page;
    struct err e = ERR_INIT;
    char body[BODY_MAX];
    struct buf b = BUF_INIT(1 << 16);
    int rc = decode_page(body_of(row->body, body), row->expect, NOW, &arena,
                         &page, &e);
    memset(body, 'x', sizeof(body)); /* nothing may point into the body */
    if (rc == RC_OK)
        put_page(&b, &page);
    else
        buf_f(&b, "%s: %s", err_name(rc), e.msg);
    T_STR(row->name, b.n ? buf_view(&b) : STR(""), row->want);
    buf_fini(&b);
    arena_fini(&arena);
}

#define CHECK_ROWS(rows)                                                       \
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)                               \
    check_row(&(rows)[i])

/* One item of videos.list. */
#define V(members)       DECODE_VIDEOS, "{'items':[{'id':'" VID "'" members "}]}"
#define STATS(members)   V(",'statistics':{" members "}")
#define SNIPPET(members) V(",'snippet':{" members "}")
#define DETAILS(members) V(",'contentDetails':{" members "}")
#define TEXT_GONE        " -tags -language -audio_language"

/* ---- videos.list ---- */

static const struct row videos[] = {
    { "a whole video", DECODE_VIDEOS,
      "{'kind':'youtube#videoListResponse','etag':'e','items':[{'kind':"
      "'youtube#video','etag':'x','id':'" VID "','snippet':{'publishedAt':"
      "'2026-11-20T08:00:00Z','channelId':'" CHANNEL "','title':'T',"
      "'description':'D','thumbnails':{'fhd':{'url':'u'}},'channelTitle':"
      "'C','tags':['a','b c'],'categoryId':'22','liveBroadcastContent':"
      "'none','defaultLanguage':'en','localized':{'title':'L'},"
      "'defaultAudioLanguage':'en-US'},'contentDetails':{'duration':"
      "'PT21M7S','caption':'true','contentRating':{}},'status':"
      "{'embeddable':true,'madeForKids':false},'statistics':{'viewCount':"
      "'4','likeCount':'3','favoriteCount':'0','commentCount':'1'}}]}",
      VID " views=4 likes=3 comments=1 stats_at=1000 text_at=1000 "
          "published=1795161600 duration=1267 category=22 live=none "
          "made_for_kids=0 embeddable=1 title='T' description='D' "
          "tags='a\nb c' channel=" CHANNEL " channel_title='C' "
          "language='en' audio_language='en-US'" },
    { "only an id", V(""), VID },
    { "an id that begins with a hyphen", DECODE_VIDEOS,
      "{'items':[{'id':'-_AAAAAAAAA'}]}", "-_AAAAAAAAA" },
    { "likes are hidden: cleared, not 0",
      STATS("'viewCount':'5',"
            "'commentCount':'0'"),
      VID " views=5 -likes comments=0 stats_at=1000" },
    { "comments are off: cleared, not 0",
      STATS("'viewCount':'5',"
            "'likeCount':'0'"),
      VID " views=5 likes=0 -comments stats_at=1000" },
    { "an empty statistics part", STATS(""),
      VID " -views -likes -comments stats_at=1000" },
    { "no statistics part touches no count", V(",'snippet':null"), VID },
    { "a statistics part that is null", V(",'statistics':null"), VID },
    { "a count that is null is absent",
      STATS("'viewCount':null,"
            "'likeCount':'1',"
            "'commentCount':'1'"),
      VID " -views likes=1 comments=1 stats_at=1000" },
    { "dislikes where the owner is told",
      STATS("'viewCount':'9',"
            "'likeCount':'1',"
            "'commentCount':'1',"
            "'dislikeCount':'7'"),
      VID " views=9 likes=1 dislikes=7 comments=1 stats_at=1000" },
    { "counts as numbers",
      STATS("'viewCount':160361638,'likeCount':0,"
            "'commentCount':1e3"),
      VID " views=160361638 likes=0 comments=1000 stats_at=1000" },
    { "more views than 2^31",
      STATS("'viewCount':'15123456789',"
            "'likeCount':'4294967296',"
            "'commentCount':'1'"),
      VID " views=15123456789 likes=4294967296 comments=1 stats_at=1000" },
    { "2^64 - 1 views",
      STATS("'viewCount':'18446744073709551615',"
            "'likeCount':'1','commentCount':'1'"),
      VID " views=18446744073709551615 likes=1 comments=1 stats_at=1000" },
    { "2^64 views", STATS("'viewCount':'18446744073709551616'"),
      "1 rejected, item 0: statistics.viewCount '18446744073709551616' "
      "cannot be read" },
    { "2^63 as a number is not exact",
      STATS("'viewCount':"
            "9223372036854775808"),
      "1 rejected, item 0: statistics.viewCount '9.2233720368547758e18' "
      "cannot be read" },
    { "more likes than views",
      STATS("'viewCount':'1','likeCount':'9',"
            "'commentCount':'1'"),
      VID " views=1 likes=9 comments=1 stats_at=1000" },
    { "a count below zero", STATS("'viewCount':'-5'"),
      "1 rejected, item 0: statistics.viewCount '-5' cannot be read" },
    { "a number below zero", STATS("'likeCount':-5"),
      "1 rejected, item 0: statistics.likeCount '-5' cannot be read" },
    { "a count with a fraction", STATS("'likeCount':1.5"),
      "1 rejected, item 0: statistics.likeCount '1.5' cannot be read" },
    { "a count that is a word", STATS("'likeCount':'disabled'"),
      "1 rejected, item 0: statistics.likeCount 'disabled' cannot be read" },
    { "a count that is empty", STATS("'likeCount':''"),
      "1 rejected, item 0: statistics.likeCount '' cannot be read" },
    { "a count with a blank", STATS("'likeCount':' 5'"),
      "1 rejected, item 0: statistics.likeCount ' 5' cannot be read" },
    { "a count that is true", STATS("'likeCount':true"),
      "1 rejected, item 0: statistics.likeCount 'true' cannot be read" },
    { "a count that is a list", STATS("'likeCount':[1]"),
      "1 rejected, item 0: statistics.likeCount '[...]' cannot be read" },
    { "live now: no length", DETAILS("'duration':'P0D'"), VID " -duration" },
    { "no length yet", DETAILS("'duration':'PT0S'"), VID " -duration" },
    { "a day and a second", DETAILS("'duration':'P1DT1S'"),
      VID " duration=86401" },
    { "a part without a length", DETAILS("'caption':'false'"), VID },
    { "a length of letters", DETAILS("'duration':'long'"),
      "1 rejected, item 0: contentDetails.duration 'long' cannot be read" },
    { "a length as a number has no unit", DETAILS("'duration':213"),
      "1 rejected, item 0: contentDetails.duration '213' cannot be read" },
    { "upcoming", SNIPPET("'liveBroadcastContent':'upcoming'"),
      VID " text_at=1000 live=upcoming" TEXT_GONE },
    { "a live state of the future is not known",
      SNIPPET("'liveBroadcastContent':'premiere'"),
      VID " text_at=1000 -live" TEXT_GONE },
    { "a live state that is no word", SNIPPET("'liveBroadcastContent':1"),
      "1 rejected, item 0: snippet.liveBroadcastContent '1' cannot be "
      "read" },
    { "times with fractions",
      SNIPPET("'publishedAt':"
              "'2019-11-29T23:11:33.999Z'"),
      VID " text_at=1000 published=1575069093" TEXT_GONE },
    { "the first second", SNIPPET("'publishedAt':'1970-01-01T00:00:00Z'"),
      VID " text_at=1000 published=0" TEXT_GONE },
    { "a time before it", SNIPPET("'publishedAt':'1969-12-31T23:59:59Z'"),
      "1 rejected, item 0: snippet.publishedAt '1969-12-31T23:59:59Z' "
      "cannot be read" },
    { "a day that does not exist",
      SNIPPET("'publishedAt':"
              "'2026-02-30T00:00:00Z'"),
      "1 rejected, item 0: snippet.publishedAt '2026-02-30T00:00:00Z' "
      "cannot be read" },
    { "the category as a number", SNIPPET("'categoryId':10"),
      VID " text_at=1000 category=10" TEXT_GONE },
    { "a title beyond the basic plane",
      SNIPPET("'title':'\\ud83d\\ude00 "
              "\xf0\x9f\x8e\xac'"),
      VID " text_at=1000 title='\xf0\x9f\x98\x80 \xf0\x9f\x8e\xac'" TEXT_GONE },
    { "control characters in a title", SNIPPET("'title':'a\\u0001\\n\\u007f'"),
      VID " text_at=1000 title='a\x01\n\x7f'" TEXT_GONE },
    { "NUL in a title costs the item", SNIPPET("'title':'a\\u0000b'"),
      "1 rejected, item 0: snippet.title 'a?b' cannot be read" },
    { "an empty title is a title", SNIPPET("'title':'','description':''"),
      VID " text_at=1000 title='' description=''" TEXT_GONE },
    { "a title that is a number", SNIPPET("'title':5"),
      "1 rejected, item 0: snippet.title '5' cannot be read" },
    { "HTML in a video's title is its own", SNIPPET("'title':'R&amp;B'"),
      VID " text_at=1000 title='R&amp;B'" TEXT_GONE },
    { "no tags", SNIPPET("'tags':[]"), VID " text_at=1000" TEXT_GONE },
    { "only empty tags", SNIPPET("'tags':['','']"),
      VID " text_at=1000" TEXT_GONE },
    { "an empty tag among others", SNIPPET("'tags':['','a','','b']"),
      VID " text_at=1000 tags='a\nb' -language -audio_language" },
    { "a line feed inside a tag", SNIPPET("'tags':['a\\nb','c']"),
      VID " text_at=1000 tags='a b\nc' -language -audio_language" },
    { "a tag that is a number", SNIPPET("'tags':['a',5]"),
      "1 rejected, item 0: snippet.tags '[...]' cannot be read" },
    { "NUL in a tag", SNIPPET("'tags':['a\\u0000']"),
      "1 rejected, item 0: snippet.tags '[...]' cannot be read" },
    { "tags that are a text", SNIPPET("'tags':'a'"),
      "1 rejected, item 0: snippet.tags 'a' cannot be read" },
    { "a channel that is none", SNIPPET("'channelId':'UCx'"),
      "1 rejected, item 0: snippet.channelId 'UCx' cannot be read" },
    { "a flag that is a text", V(",'status':{'madeForKids':'true'}"),
      "1 rejected, item 0: status.madeForKids 'true' cannot be read" },
    { "a part that is a text", V(",'snippet':'s','statistics':[]"), VID },
    { "no id", DECODE_VIDEOS, "{'items':[{'snippet':{'title':'T'}}]}",
      "1 rejected, item 0: the item has no id" },
    { "an id that is an object", DECODE_VIDEOS,
      "{'items':[{'id':{'videoId':'" VID "'}}]}",
      "1 rejected, item 0: the item has no id" },
    { "an id that a spreadsheet broke", DECODE_VIDEOS,
      "{'items':[{'id':'#NAME?'}]}",
      "1 rejected, item 0: '#NAME?' is not a video id (11 characters A-Z "
      "a-z 0-9 _ -, the last one of AEIMQUYcgkosw048)" },
    { "items that are no objects", DECODE_VIDEOS,
      "{'items':[null,5,'x',[],{'id':'" VID "'}]}",
      VID "; 4 rejected, item 0: the item has no id" },
    { "a bad item costs only itself, the first reason is kept", DECODE_VIDEOS,
      "{'items':[{'id':'" VID2 "'},{'id':'x'},{'id':'y'},{'id':'" VID "'}]}",
      VID2 "; " VID "; 2 rejected, item 1: 'x' is not a video id (11 "
           "characters A-Z a-z 0-9 _ -, the last one of AEIMQUYcgkosw048)" },
    { "an id that comes twice is kept twice, in order", DECODE_VIDEOS,
      "{'items':[{'id':'" VID2 "'},{'id':'" VID "'},{'id':'" VID2 "'}]}",
      VID2 "; " VID "; " VID2 },
    { "of equal keys the last counts", DECODE_VIDEOS,
      "{'items':[{'id':'" VID2 "','id':'" VID "'}]}", VID },
};

START_TEST(videos_list)
{
    CHECK_ROWS(videos);
}
END_TEST

/* ---- videos:batchGetStats ---- */

#define B(members)                                                             \
    DECODE_VIDEOS, "{'kind':'youtube#batchGetStatsResponse','items':[{"        \
                   "'kind':'youtube#videoStats','id':'" VID "'" members "}]}"
#define COUNTS                                                                 \
    ",'statistics':{'viewCount':'5','likeCount':'4',"                          \
    "'commentCount':'3'}"
#define COUNTED VID " views=5 likes=4 comments=3 stats_at=1000"

static const struct row batch_stats[] = {
    { "all that it tells",
      B(",'snippet':{'publishTime':'2026-11-20T08:00:00.123456789Z'},"
        "'contentDetails':{'duration':'213s'}" COUNTS),
      COUNTED " published=1795161600 duration=213" },
    { "counts alone, as numbers",
      B(",'statistics':{'viewCount':5,'likeCount':4,'commentCount':3}"),
      COUNTED },
    { "hidden likes", B(",'statistics':{'viewCount':'5'}"),
      VID " views=5 -likes -comments stats_at=1000" },
    { "a length with nanoseconds",
      B(",'contentDetails':{'duration':'213.900000000s'}"),
      VID " duration=213" },
    { "a length as videos.list writes it",
      B(",'contentDetails':{'duration':'PT3M33S'}"), VID " duration=213" },
    { "a length in ms", B(",'contentDetails':{'durationMillis':'213999'}"),
      VID " duration=213" },
    { "a length in ms as a number",
      B(",'contentDetails':{'durationMillis':213000}"), VID " duration=213" },
    { "both: the first counts",
      B(",'contentDetails':{'duration':'5s','durationMillis':'9000'}"),
      VID " duration=5" },
    { "live now", B(",'contentDetails':{'duration':'0s'}"), VID " -duration" },
    { "live now, in ms", B(",'contentDetails':{'durationMillis':'0'}"),
      VID " -duration" },
    { "live now in one and not in the other",
      B(",'contentDetails':{'duration':'0s','durationMillis':'9000'}"),
      VID " -duration" },
    { "no length", B(",'contentDetails':{}"), VID },
    { "a length in ms that is none",
      B(",'contentDetails':{'durationMillis':'-1'}"),
      "1 rejected, item 0: contentDetails.durationMillis '-1' cannot be "
      "read" },
    { "text is not told here, whatever stands there",
      B(",'snippet':{'title':'T'}"), VID },
    { "a summary beside the items", DECODE_STATS,
      "{'summary':{'requestedVideoCount':2,'failedVideoIds':['" VID2
      "']},'items':[{'id':'" VID "'" COUNTS "}]}",
      COUNTED },
};

START_TEST(batch_get_stats)
{
    CHECK_ROWS(batch_stats);
}
END_TEST

/* ---- channels.list ---- */

#define C(members)                                                             \
    DECODE_CHANNELS, "{'items':[{'id':'" CHANNEL "'" members "}]}"

static const struct row channels[] = {
    { "a whole channel",
      C(",'snippet':{'title':'T','description':'D','customUrl':'@t',"
        "'publishedAt':'2026-11-20T08:00:00Z','country':'DE'},"
        "'contentDetails':{'relatedPlaylists':{'likes':'','uploads':"
        "'UUAAAAAAAAAAAAAAAAAAAAAA'}},'statistics':{'viewCount':'7',"
        "'subscriberCount':'123000','hiddenSubscriberCount':false,"
        "'videoCount':'3'},'status':{'madeForKids':true}"),
      CHANNEL " subscribers=123000 views=7 videos=3 stats_at=1000 "
              "text_at=1000 published=1795161600 made_for_kids=1 "
              "title='T' description='D' handle='@t' country='DE' "
              "-uploads" },
    { "an uploads list that cannot be derived",
      C(",'contentDetails':{'relatedPlaylists':{'uploads':"
        "'UUAAAAAAAAAAAAAAAAAAAAAB'}}"),
      CHANNEL " uploads='UUAAAAAAAAAAAAAAAAAAAAAB'" },
    { "hidden subscribers, told as 0",
      C(",'statistics':{'viewCount':'7','subscriberCount':'0',"
        "'hiddenSubscriberCount':true,'videoCount':'3'}"),
      CHANNEL " -subscribers views=7 videos=3 stats_at=1000" },
    { "hidden subscribers, not told",
      C(",'statistics':{'viewCount':'7','videoCount':'3'}"),
      CHANNEL " -subscribers views=7 videos=3 stats_at=1000" },
    { "no country, no handle", C(",'snippet':{'title':'T'}"),
      CHANNEL " text_at=1000 title='T' -handle -country" },
    { "a video's id is no channel's", DECODE_CHANNELS,
      "{'items':[{'id':'" VID "'}]}",
      "1 rejected, item 0: '" VID "' is not a channel id (UC and 22 "
      "characters A-Z a-z 0-9 _ -, the last one of AQgw)" },
};

START_TEST(channels_list)
{
    CHECK_ROWS(channels);
}
END_TEST

/* ---- playlistItems.list ---- */

#define P(members) DECODE_PLAYLIST_ITEMS, "{'items':[{'id':'x'," members "}]}"

static const struct row entries[] = {
    { "the owner of the video, not of the list",
      P("'snippet':{'publishedAt':'2020-01-01T00:00:00Z','channelId':"
        "'UCBBBBBBBBBBBBBBBBBBBBBA','title':'T','description':'D',"
        "'position':0,'resourceId':{'kind':'youtube#video','videoId':'" VID
        "'},'channelTitle':'List','videoOwnerChannelTitle':'Own',"
        "'videoOwnerChannelId':'" CHANNEL "'},'contentDetails':{'videoId':'" VID
        "','videoPublishedAt':'2026-11-20T08:00:00Z'}"),
      VID " published=1795161600 title='T' description='D' channel=" CHANNEL
          " channel_title='Own'" },
    { "contentDetails alone",
      P("'contentDetails':{'videoId':'" VID "','videoPublishedAt':"
        "'2026-11-20T08:00:00Z'}"),
      VID " published=1795161600" },
    { "snippet alone: the time of adding is not the video's",
      P("'snippet':{'publishedAt':'2020-01-01T00:00:00Z','title':'T',"
        "'resourceId':{'videoId':'" VID "'}}"),
      VID " title='T'" },
    { "a deleted video keeps its id and no title",
      P("'snippet':{'title':'Deleted video','description':'This video is "
        "unavailable.','resourceId':{'videoId':'" VID "'}},"
        "'contentDetails':{'videoId':'" VID "'}"),
      VID },
    { "a private video keeps its id and no title",
      P("'snippet':{'title':'Private video','resourceId':{'videoId':'" VID
        "'}},'contentDetails':{'videoId':'" VID "'}"),
      VID },
    { "a living video of that title keeps it",
      P("'snippet':{'title':'Private video'},'contentDetails':{'videoId':'" VID
        "','videoPublishedAt':'2026-11-20T08:00:00Z'}"),
      VID " published=1795161600 title='Private video'" },
    { "an entry without a video", P("'snippet':{'title':'T'}"),
      "1 rejected, item 0: the item has no id" },
};

START_TEST(playlist_items_list)
{
    CHECK_ROWS(entries);
}
END_TEST

/* ---- search.list ---- */

#define S(id, snippet)                                                         \
    DECODE_SEARCH, "{'items':[{'id':{" id "},'snippet':{" snippet "}}]}"

static const struct row found[] = {
    { "a video: escapes resolved, the cut description left out",
      S("'kind':'youtube#video','videoId':'" VID "'",
        "'publishedAt':'2026-11-20T08:00:00Z','publishTime':"
        "'2026-11-20T08:00:00Z','channelId':'" CHANNEL "','title':"
        "'Tom &amp; Jerry&#39;s &quot;&lt;3&quot;','description':'cut ...',"
        "'channelTitle':'A&amp;B','liveBroadcastContent':'live'"),
      VID " published=1795161600 live=live title='Tom & Jerry's \"<3\"' "
          "channel=" CHANNEL " channel_title='A&B'" },
    { "a channel",
      S("'channelId':'" CHANNEL "'",
        "'publishedAt':'2026-11-20T08:00:00Z','channelId':'" CHANNEL
        "','title':'T &amp; U','description':'d'"),
      CHANNEL " published=1795161600 title='T & U'" },
    { "a playlist is counted only", S("'playlistId':'PLx'", "'title':'T'"),
      "1 other" },
    { "all three", DECODE_SEARCH,
      "{'items':[{'id':{'playlistId':'PLx'}},{'id':{'channelId':'" CHANNEL
      "'}},{'id':{'videoId':'" VID "'}}]}",
      VID "; " CHANNEL "; 1 other" },
    { "an item without its snippet", DECODE_SEARCH,
      "{'items':[{'id':{'videoId':'" VID "'}}]}", VID },
    { "an id that is a text", DECODE_SEARCH, "{'items':[{'id':'" VID "'}]}",
      "1 rejected, item 0: the item has no id" },
    { "an id without any of the three", S("'kind':'youtube#show'", ""),
      "1 rejected, item 0: the item has no id" },
};

START_TEST(search_list)
{
    CHECK_ROWS(found);
}
END_TEST

/* ---- the envelope ---- */

static const struct row envelopes[] = {
    { "no items", DECODE_VIDEOS, "{'items':[]}", "" },
    { "items are missing", DECODE_VIDEOS,
      "{'kind':'youtube#videoListResponse'}", "" },
    { "items are null", DECODE_VIDEOS, "{'items':null}", "" },
    { "an empty object, as fields= makes it", DECODE_VIDEOS, "{}", "" },
    { "items are an object", DECODE_VIDEOS, "{'items':{}}",
      "input: 'items' of the answer is no array" },
    { "an array", DECODE_VIDEOS, "[]",
      "input: the answer is not a JSON object" },
    { "an error is no empty page", DECODE_VIDEOS,
      "{'error':{'code':403,'message':'m'}}", "input: the answer is an error" },
    { "kind decides against what was expected", DECODE_CHANNELS,
      "{'kind':'youtube#videoListResponse','items':[{'id':'" VID "'}]}", VID },
    { "an unknown kind is counted only", DECODE_VIDEOS,
      "{'kind':'youtube#videoCategoryListResponse','items':[{'id':'1'},"
      "{'id':'2'}]}",
      "2 other" },
    { "a kind that is a number is none", DECODE_VIDEOS,
      "{'kind':5,'items':[{'id':'" VID "'}]}", VID },
    { "cut JSON", DECODE_VIDEOS, "{'items':[{'id':'" VID "'",
      "input: not JSON: line 1 column 29: '}' expected near end of file" },
    { "HTML", DECODE_VIDEOS, "<!DOCTYPE html>",
      "input: not JSON: line 1 column 1: '[' or '{' expected near '<'" },
    { "nothing", DECODE_VIDEOS, "", "input: not JSON: the text is empty" },
};

START_TEST(envelope)
{
    CHECK_ROWS(envelopes);
}
END_TEST

static int decode(const char *quoted, struct arena *arena,
                  struct decode_page *page)
{
    char body[BODY_MAX];
    return decode_page(body_of(quoted, body), DECODE_OTHER, NOW, arena, page,
                       NULL);
}

START_TEST(envelope_values)
{
    struct arena arena = ARENA_INIT(1 << 20);
    struct decode_page p;
    ck_assert_int_eq(decode("{'kind':'youtube#searchListResponse','etag':"
                            "'\\u0022j6x/A\\u0022','nextPageToken':"
                            "'CAUQAA','pageInfo':{'totalResults':1000000,"
                            "'resultsPerPage':5},'items':[]}",
                            &arena, &p),
                     RC_OK);
    ck_assert_int_eq(p.what, DECODE_SEARCH);
    T_STR("kind", p.kind, "youtube#searchListResponse");
    T_STR("token", p.next_page_token, "CAUQAA");
    T_STR("etag", p.etag, "\"j6x/A\"");
    T_U64("total", p.total_results, 1000000);
    ck_assert_int_eq(decode("{'pageInfo':{'totalResults':-1}}", &arena, &p),
                     RC_OK);
    ck_assert_int_eq(p.what, DECODE_OTHER);
    T_STR("kind", p.kind, "");
    T_STR("token", p.next_page_token, "");
    T_U64("a bad total is none", p.total_results, 0);
    arena_fini(&arena);
}
END_TEST

/* A page of @n items of batchGetStats. */
static int decode_many(size_t n, struct decode_page *page, struct arena *arena)
{
    struct buf b = BUF_INIT(1 << 20);
    buf_z(&b, "{\"items\":[");
    for (size_t i = 0; i < n; i++)
        buf_z(&b, i ? ",{\"id\":\"" VID "\"}" : "{\"id\":\"" VID "\"}");
    buf_z(&b, "]}");
    int rc = decode_page(buf_view(&b), DECODE_STATS, NOW, arena, page, NULL);
    buf_fini(&b);
    return rc;
}

START_TEST(items_have_a_bound)
{
    struct arena arena = ARENA_INIT(1 << 24);
    struct decode_page p = { .n_items = 7 };
    ck_assert_int_eq(decode_many(DECODE_ITEMS_MAX + 1, &p, &arena), RC_INPUT);
    T_U64("the page is not touched", p.n_items, 7);
    ck_assert_int_eq(decode_many(DECODE_ITEMS_MAX, &p, &arena), RC_OK);
    T_U64("all of them", p.n_videos, DECODE_ITEMS_MAX);
    ck_assert_int_eq(decode_many(DECODE_ITEMS_MAX - 1, &p, &arena), RC_OK);
    T_U64("one less", p.n_videos, DECODE_ITEMS_MAX - 1);
    arena_fini(&arena);
}
END_TEST

/* One video with a description, or one tag, of @n bytes. */
static size_t decoded_with_text(const char *front, size_t n, const char *back)
{
    struct arena arena = ARENA_INIT(1 << 20);
    struct decode_page p = { .n_videos = 7 };
    struct buf b = BUF_INIT(1 << 20);
    buf_f(&b, "{\"items\":[{\"id\":\"" VID "\",\"snippet\":{%s", front);
    for (size_t i = 0; i < n; i++)
        buf_c(&b, 'x');
    buf_f(&b, "%s}}]}", back);
    ck_assert_int_eq(
        decode_page(buf_view(&b), DECODE_VIDEOS, NOW, &arena, &p, NULL), RC_OK);
    if (p.n_videos) {
        struct err e = ERR_INIT;
        T_OK(schema_validate(&schema_video, p.videos, &e), &e);
    }
    buf_fini(&b);
    arena_fini(&arena);
    return p.n_videos;
}

START_TEST(texts_have_a_bound)
{
    const char *text = "\"description\":\"", *tags = "\"tags\":[\"";
    T_U64("text", decoded_with_text(text, SCHEMA_TEXT_MAX - 1, "\""), 1);
    T_U64("text", decoded_with_text(text, SCHEMA_TEXT_MAX, "\""), 1);
    T_U64("text", decoded_with_text(text, SCHEMA_TEXT_MAX + 1, "\""), 0);
    T_U64("tags", decoded_with_text(tags, SCHEMA_TEXT_MAX - 1, "\"]"), 1);
    T_U64("tags", decoded_with_text(tags, SCHEMA_TEXT_MAX, "\"]"), 1);
    T_U64("tags", decoded_with_text(tags, SCHEMA_TEXT_MAX + 1, "\"]"), 0);
    T_U64("tags", decoded_with_text(tags, SCHEMA_TEXT_MAX - 2, "\",\"y\"]"), 1);
    T_U64("tags", decoded_with_text(tags, SCHEMA_TEXT_MAX - 1, "\",\"y\"]"), 0);
}
END_TEST

T_SUITE("schema decode", 60, videos_list, batch_get_stats, channels_list,
        playlist_items_list, search_list, envelope, envelope_values,
        items_have_a_bound, texts_have_a_bound)
