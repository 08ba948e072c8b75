/*
 * tests/miner/import_file_test.c - every edition and every odd case as a
 * small file: what the report says and what the store holds afterwards. Each
 * row is imported a second time, which must change nothing.
 */
#include "base/gz.h"
#include "tests/miner/import_kit.h"
#include "tests/t.h"

#include <stdio.h>

#define ALL (~(VIDEO_BIT(origin) | VIDEO_BIT(discovered_by)))
#define SOURCE                                                                 \
    (VIDEO_BIT(dislikes) | VIDEO_BIT(dislikes_from) | VIDEO_BIT(dislikes_at) | \
     VIDEO_BIT(origin) | VIDEO_BIT(discovered_by))
#define OLD_HEAD                                                               \
    "video_id,title,channel_title,category_id,tags,views,likes,dislikes,"      \
    "comment_total,thumbnail_link,date\r\n"
#define HEAD_2018                                                              \
    "video_id,trending_date,title,channel_title,category_id,publish_time,"     \
    "tags,views,likes,dislikes,comment_count,thumbnail_link,"                  \
    "comments_disabled,ratings_disabled,video_error_or_removed,"               \
    "description\n"
#define BR_HEAD                                                                \
    "snapshot,channel,video_id,title,views,likes,dislikes,comments,"           \
    "publishedAt,duration,category\n"
#define CHANNEL_HEAD                                                           \
    "snapshot,actor,channel_id,subscribers,video_count,view_count,"            \
    "comment_count,creation_date\r\n"
#define ADVIEW_HEAD                                                            \
    "vidid,adview,views,likes,dislikes,comment,published,duration,category\n"

/* Expected numbers of a report, in the order people read them. */
struct sums {
    uint64_t read, fresh, updated, sampled, unchanged, rejected, hidden;
};

struct file_case {
    const char *name;
    const char *text;
    int year;
    bool foreign;
    uint64_t cols;             /* 0 = KIT_COUNTS */
    enum import_format format; /* that the report tells */
    struct sums sums;
    const char *dump;
};

/* clang-format off */
static const struct file_case editions[] = {
    { "first edition: BOM, CRLF, DD.MM and a year given",
      "\xef\xbb\xbf" OLD_HEAD
      "aaaaaaaaaaA,\"One, two\",\"A channel\",28,a b|\"c\"|,100,10,1,2,http://x,13.09\r\n"
      "bbbbbbbbbbA,Two,B,1,[none],0,0,0,0,http://x,14.09\r\n",
      .year = 2017, .cols = ALL, .format = IMPORT_TRENDING,
      .sums = { 2, 2, 0, 0, 0, 0, 0 },
      .dump = "aaaaaaaaaaA v=100 l=10 d=1 c=2 sa=2017-09-13 ta=2017-09-13 cat=28 df=measured da=2017-09-13 t=One, two tg=a b/c ct=A channel\n"
              "bbbbbbbbbbA v=0 l=0 d=0 c=0 sa=2017-09-14 ta=2017-09-14 cat=1 df=measured da=2017-09-14 t=Two ct=B\n" },
    { "first edition: 0 likes and 0 dislikes are hidden from 1,000 views on",
      OLD_HEAD
      "aaaaaaaaaaA,t,c,1,g,999,0,0,5,x,13.09\n"
      "bbbbbbbbbbA,t,c,1,g,1000,0,0,5,x,13.09\n"
      "ccccccccccA,t,c,1,g,1001,0,1,5,x,13.09\n"
      "ddddddddddA,t,c,1,g,1001,1,0,5,x,13.09\n",
      .year = 2017, .format = IMPORT_TRENDING, .sums = { 4, 4, 0, 0, 0, 0, 1 },
      .dump = "aaaaaaaaaaA v=999 l=0 d=0 c=5 sa=2017-09-13\n"
              "bbbbbbbbbbA v=1000 c=5 sa=2017-09-13\n"
              "ccccccccccA v=1001 l=0 d=1 c=5 sa=2017-09-13\n"
              "ddddddddddA v=1001 l=1 d=0 c=5 sa=2017-09-13\n" },
    { "2017-18 edition: YY.DD.MM, flags clear counts, quoted tags",
      HEAD_2018
      "aaaaaaaaaaA,17.14.11,T,C,22,2017-11-13T17:13:01.000Z,\"x|\"\"y z\"\"\",5000,50,5,7,l,False,False,False,D\n"
      "bbbbbbbbbbA,17.14.11,T,C,22,2017-11-13T17:13:01.000Z,[none],5000,0,0,7,l,False,True,False,D\n"
      "ccccccccccA,17.14.11,T,C,22,2017-11-13T17:13:01.000Z,[none],5000,0,0,0,l,True,False,False,D\n",
      .cols = KIT_COUNTS | VIDEO_BIT(published) | VIDEO_BIT(tags) | VIDEO_BIT(description),
      .format = IMPORT_TRENDING, .sums = { 3, 3, 0, 0, 0, 0, 0 },
      .dump = "aaaaaaaaaaA v=5000 l=50 d=5 c=7 sa=2017-11-14 p=2017-11-13T17:13:01Z de=D tg=x/y z\n"
              "bbbbbbbbbbA v=5000 c=7 sa=2017-11-14 p=2017-11-13T17:13:01Z de=D\n"
              "ccccccccccA v=5000 l=0 d=0 sa=2017-11-14 p=2017-11-13T17:13:01Z de=D\n" },
    { "2018-11 edition: other names, CRLF and LF mixed",
      "video_id,title,publishedAt,channelId,channelTitle,categoryId,trending_date,tags,view_count,likes,dislikes,comment_count,thumbnail_link,comments_disabled,ratings_disabled,description\r\n"
      "\"aaaaaaaaaaA\",\"T\",\"2018-10-31T13:00:03.000Z\",\"UCaaaaaaaaaaaaaaaaaaaaaA\",\"C\",\"23\",\"18.01.11\",\"a|b\",\"496119\",\"30198\",\"262\",\"859\",\"x\",\"False\",\"False\",\"D\"\n",
      .cols = ALL, .format = IMPORT_TRENDING, .sums = { 1, 1, 0, 0, 0, 0, 0 },
      .dump = "aaaaaaaaaaA v=496119 l=30198 d=262 c=859 sa=2018-11-01 ta=2018-11-01 p=2018-10-31T13:00:03Z cat=23 df=measured da=2018-11-01 t=T de=D tg=a/b ch=UCaaaaaaaaaaaaaaaaaaaaaA ct=C\n" },
    { "2020 edition: ISO dates",
      "video_id,title,view_count,likes,dislikes,comment_count,trending_date\n"
      "aaaaaaaaaaA,T,10,1,0,0,2020-08-12T00:00:00Z\n",
      .format = IMPORT_TRENDING, .sums = { 1, 1, 0, 0, 0, 0, 0 },
      .dump = "aaaaaaaaaaA v=10 l=1 d=0 c=0 sa=2020-08-12\n" },
    { "the same edition after dislikes became private: 0 is not told",
      "video_id,title,view_count,likes,dislikes,comment_count,trending_date\n"
      "aaaaaaaaaaA,T,10,1,0,0,2021-12-12T00:00:00Z\n"
      "bbbbbbbbbbA,T,10,1,0,0,2021-12-13T00:00:00Z\n"
      "ccccccccccA,T,10,1,4,0,2021-12-13T00:00:00Z\n",
      .cols = SOURCE, .format = IMPORT_TRENDING, .sums = { 3, 3, 0, 0, 0, 0, 0 },
      .dump = "aaaaaaaaaaA d=0 o=trending db=import df=measured da=2021-12-12\n"
              "bbbbbbbbbbA o=trending db=import\n"
              "ccccccccccA d=4 o=trending db=import df=estimated da=2021-12-13\n" },
    { "2021 edition: plural names, instants, durations, Python lists",
      "sequence,today,videoIds,publishedAt,titles,channelIds,channelTitles,thumbnails,categoryIds,descriptions,tags,views,likes,dislikes,comments,durations,regionRestrictions,channelViewCount,channelSubscriberCount,channelVideoCount\n"
      "1,2021-02-01T18:01:19Z,aaaaaaaaaaA,2021-02-01T00:48:42Z,T,UCaaaaaaaaaaaaaaaaaaaaaA,C,x,20,\"two\nlines\",\"['a b', \"\"c's\"\"]\",2682340,324790,2769,28175,PT9M37S,{},1,2,3\n",
      .cols = ALL, .format = IMPORT_TRENDING, .sums = { 1, 1, 0, 0, 0, 0, 0 },
      .dump = "aaaaaaaaaaA v=2682340 l=324790 d=2769 c=28175 sa=2021-02-01T18:01:19Z ta=2021-02-01T18:01:19Z p=2021-02-01T00:48:42Z du=577 cat=20 df=measured da=2021-02-01T18:01:19Z t=T de=two/lines tg=a b/c's ch=UCaaaaaaaaaaaaaaaaaaaaaA ct=C\n" },
    { "Brazilian videos: disabled, likes above views, growth becomes samples",
      BR_HEAD
      "2018-05-07T00:00:01,C,aaaaaaaaaaA,T,10,disabled,disabled,disabled,,,\n"
      "2018-05-07T00:00:01,C,bbbbbbbbbbA,T,22,40,0,1,,,\n"
      "2018-05-21T14:41:37,C,bbbbbbbbbbA,T,55,70,0,1,2018-05-04T18:18:49.000Z,PT1M1S,Pessoas\n"
      "2018-05-31,C,bbbbbbbbbbA,T,60,80,1,disabled,,,\n",
      .cols = KIT_COUNTS | VIDEO_BIT(published) | VIDEO_BIT(duration) | VIDEO_BIT(category),
      .format = IMPORT_SNAPSHOTS, .sums = { 4, 2, 2, 0, 0, 0, 0 },
      .dump = "aaaaaaaaaaA v=10 sa=2018-05-07T00:00:01Z\n"
              "bbbbbbbbbbA v=60 l=80 d=1 sa=2018-05-31 p=2018-05-04T18:18:49Z du=61\n"
              "bbbbbbbbbbA@2018-05-07 v=22 l=40 d=0 c=1 a=2018-05-07T00:00:01Z\n"
              "bbbbbbbbbbA@2018-05-21 v=55 l=70 d=0 c=1 a=2018-05-21T14:41:37Z\n" },
    { "Brazilian channels: actors, missing ids, none found, a day later",
      CHANNEL_HEAD
      "2018-04-29T17:09:32,\"An\nActor\",UCaaaaaaaaaaaaaaaaaaaaaA,294,6,1853,,\r\n"
      "2018-04-29T17:09:32,Nobody,,,,,,\r\n"
      "2018-05-21T14:41:37,Nobody,null,null,null,null,null,null\r\n"
      "2018-05-20T13:45:50,An Actor,UCaaaaaaaaaaaaaaaaaaaaaA,302,7,1870,0,2015-10-09\r\n",
      .format = IMPORT_SNAPSHOTS, .sums = { 4, 1, 1, 0, 1, 1, 0 },
      .dump = "UCaaaaaaaaaaaaaaaaaaaaaA s=302 v=1870 n=7 sa=2018-05-20T13:45:50Z ta=2018-05-20T13:45:50Z p=2015-10-09 t=An Actor\n" },
    { "ad views without --foreign-ids",
      ADVIEW_HEAD "VID_18655,40,1031602,8523,363,1095,2016-09-14,PT7M37S,F\n",
      .format = IMPORT_ADVIEW, .sums = { 1, 0, 0, 0, 0, 1, 0 }, .dump = "" },
    { "ad views with it: F is missing, the letter is no category",
      ADVIEW_HEAD
      "VID_1,40,1031602,8523,363,1095,2016-09-14,PT7M37S,F\n"
      "VID_2,1,78,F,F,F,2016-05-09,P0D,D\n"
      "VID_3,1,2000,0,0,3,2016-05-09,PT1H,D\n",
      .foreign = true, .cols = ALL, .format = IMPORT_ADVIEW, .sums = { 3, 3, 0, 0, 0, 0, 1 },
      .dump = "UZrSXDxNs0g v=78 sa=2017-04-24 p=2016-05-09 f=1\n"
              "Ua1LosOwHJs v=1031602 l=8523 d=363 c=1095 sa=2017-04-24 p=2016-09-14 du=457 f=1 df=measured da=2017-04-24\n"
              "yejtwErHnBo v=2000 c=3 sa=2017-04-24 p=2016-05-09 du=3600 f=1\n" },
    { "our own export, CSV with short names: seconds, no hidden counts inferred",
      "id,title,views,likes,dislikes,comments,duration,published,statsAt\n"
      "aaaaaaaaaaA,T,5000,0,0,0,61,2016-09-14T00:00:00Z,2026-11-20T07:59:59Z\n"
      "bbbbbbbbbbA,,5000,,,,,,2026-11-20T07:59:59Z\n",
      .cols = ALL, .format = IMPORT_SVF, .sums = { 2, 2, 0, 0, 0, 0, 0 },
      .dump = "aaaaaaaaaaA v=5000 l=0 c=0 sa=2026-11-20T07:59:59Z ta=2026-11-20T07:59:59Z p=2016-09-14 du=61 t=T\n"
              "bbbbbbbbbbA v=5000 sa=2026-11-20T07:59:59Z\n" },
    { "our own export, NDJSON: every field, null is absent",
      "{\"id\":\"aaaaaaaaaaA\",\"title\":\"T\",\"channelId\":\"UCaaaaaaaaaaaaaaaaaaaaaA\",\"channelTitle\":\"C\",\"viewCount\":7,\"likeCount\":null,\"dislikeCount\":3,\"dislikesSource\":\"archived\",\"dislikesAt\":\"2021-12-01T00:00:00Z\",\"duration\":\"PT1M1S\",\"durationSeconds\":61,\"statsAt\":\"2026-11-20T07:59:59Z\",\"textAt\":\"2026-11-19T07:59:59Z\",\"tags\":[\"a\",\"b\"],\"foreign\":true,\"madeForKids\":false,\"embeddable\":true,\"language\":\"en\",\"audioLanguage\":\"de\",\"liveBroadcastContent\":\"none\",\"categoryId\":22,\"ratios\":{\"likesViews\":{\"value\":0.5}}}\n"
      "\n"
      "{\"id\":\"bbbbbbbbbbA\",\"statistics\":{\"viewCount\":\"8\",\"likeCount\":\"9\"},\"snippet.title\":\"U\",\"statsAt\":\"2026-11-20T07:59:59Z\"}\n",
      .cols = ALL, .format = IMPORT_SVF, .sums = { 2, 2, 0, 0, 0, 0, 0 },
      .dump = "aaaaaaaaaaA v=7 d=3 sa=2026-11-20T07:59:59Z ta=2026-11-19T07:59:59Z du=61 cat=22 lv=none mk=0 em=1 f=1 df=archived da=2021-12-01 t=T tg=a/b ch=UCaaaaaaaaaaaaaaaaaaaaaA ct=C la=en al=de\n"
              "bbbbbbbbbbA v=8 l=9 sa=2026-11-20T07:59:59Z ta=2026-11-20T07:59:59Z t=U\n" },
    { "an undated table: counted now; of two rows the one with more views stays",
      "id,title,viewCount,likeCount\n"
      "aaaaaaaaaaA,T,7,1\n"
      "aaaaaaaaaaA,U,9,2\n"
      "aaaaaaaaaaA,V,8,3\n",
      .cols = ALL, .format = IMPORT_SVF, .sums = { 3, 1, 1, 0, 1, 0, 0 },
      .dump = "aaaaaaaaaaA v=9 l=2 sa=2026-11-20T08:00:00Z ta=2026-11-20T08:00:00Z t=U\n" },
    { "an archive of dislikes makes records of its own",
      "id,likes,dislikes,date\n"
      "aaaaaaaaaaA,10,2,2021-11-30\n"
      "bbbbbbbbbbA,10,,2021-11-30\n",
      .cols = KIT_COUNTS | SOURCE, .format = IMPORT_DISLIKES, .sums = { 2, 2, 0, 0, 0, 0, 0 },
      .dump = "aaaaaaaaaaA l=10 d=2 sa=2021-11-30 o=dislikes db=import df=archived da=2021-11-30\n"
              "bbbbbbbbbbA l=10 sa=2021-11-30 o=dislikes db=import\n" },
    { "of two archives of one day the one with more dislikes counts",
      "id,likes,dislikes,date\n"
      "aaaaaaaaaaA,10,2,2021-11-30\n"
      "aaaaaaaaaaA,10,4,2021-11-30\n"
      "aaaaaaaaaaA,10,3,2021-11-30\n",
      .cols = VIDEO_BIT(likes) | VIDEO_BIT(dislikes), .format = IMPORT_DISLIKES,
      .sums = { 3, 1, 1, 0, 1, 0, 0 }, .dump = "aaaaaaaaaaA l=10 d=4\n" },
    { "JSON: of two members with one meaning the first that tells something",
      "{\"id\":\"aaaaaaaaaaA\",\"viewCount\":7,\"likeCount\":null,\"statistics\":{\"viewCount\":\"8\",\"likeCount\":\"3\"},\"statsAt\":\"2020-01-01\"}\n"
      "{\"id\":\"bbbbbbbbbbA\",\"snippet\":{\"statistics\":{\"viewCount\":9}},\"viewCount\":4,\"statsAt\":\"2020-01-01\"}\n",
      .format = IMPORT_SVF, .sums = { 2, 2, 0, 0, 0, 0, 0 },
      .dump = "aaaaaaaaaaA v=7 l=3 sa=2020-01-01\nbbbbbbbbbbA v=4 sa=2020-01-01\n" },
    { "an answer of videos, spread over lines, dated by its latest publication",
      "{\n\"kind\":\"youtube#videoListResponse\",\n\"items\":[\n"
      "{\"kind\":\"youtube#video\",\"id\":\"aaaaaaaaaaA\",\"snippet\":{\"title\":\"T\",\"publishedAt\":\"2018-03-14T20:53:14.000Z\"},\"statistics\":{\"viewCount\":\"10\",\"likeCount\":\"3\",\"dislikeCount\":\"0\",\"commentCount\":\"1\"}},\n"
      "{\"kind\":\"youtube#video\",\"id\":\"bbbbbbbbbbA\",\"snippet\":{\"title\":\"U\",\"publishedAt\":\"2017-03-14T20:53:14.000Z\"},\"statistics\":{\"viewCount\":\"10\"}},\n"
      "{\"kind\":\"youtube#video\",\"id\":\"not an id\",\"statistics\":{\"viewCount\":\"10\"}}\n]}\n",
      .cols = ALL, .format = IMPORT_API, .sums = { 3, 2, 0, 0, 0, 1, 0 },
      .dump = "aaaaaaaaaaA v=10 l=3 d=0 c=1 sa=2018-03-14T20:53:14Z ta=2018-03-14T20:53:14Z p=2018-03-14T20:53:14Z df=measured da=2018-03-14T20:53:14Z t=T\n"
              "bbbbbbbbbbA v=10 sa=2018-03-14T20:53:14Z ta=2018-03-14T20:53:14Z p=2017-03-14T20:53:14Z t=U\n" },
    { "answers of channels and of a search, one a line; a playlist found is refused",
      "{\"kind\":\"youtube#channelListResponse\",\"items\":[{\"id\":\"UCaaaaaaaaaaaaaaaaaaaaaA\",\"snippet\":{\"title\":\"C\",\"publishedAt\":\"2010-01-01T00:00:00Z\"},\"statistics\":{\"viewCount\":\"5\",\"videoCount\":\"2\",\"subscriberCount\":\"9\"}}]}\n"
      "{\"kind\":\"youtube#searchListResponse\",\"items\":[{\"id\":{\"kind\":\"youtube#video\",\"videoId\":\"aaaaaaaaaaA\"},\"snippet\":{\"title\":\"S\",\"publishedAt\":\"2011-01-01T00:00:00Z\"}},{\"id\":{\"kind\":\"youtube#playlist\",\"playlistId\":\"PLx\"},\"snippet\":{\"title\":\"P\"}}]}\n",
      .cols = ALL, .format = IMPORT_API, .sums = { 3, 2, 0, 0, 0, 1, 0 },
      .dump = "aaaaaaaaaaA p=2011-01-01 t=S\n"
              "UCaaaaaaaaaaaaaaaaaaaaaA s=9 v=5 n=2 sa=2010-01-01 ta=2010-01-01 p=2010-01-01 t=C\n" },
    { "an unterminated quote in the last field ends with the file",
      "video_id,views,date,description\n"
      "aaaaaaaaaaA,5,2020-01-01,\"cut he",
      .cols = VIDEO_BIT(views) | VIDEO_BIT(description), .format = IMPORT_TRENDING,
      .sums = { 1, 1, 0, 0, 0, 0, 0 }, .dump = "aaaaaaaaaaA v=5 de=cut he\n" },
    { "mojibake stays, broken UTF-8 becomes U+FFFD",
      "video_id,views,date,title\n"
      "aaaaaaaaaaA,5,2020-01-01,caf\xc3\x83\xc2\xa9\n"
      "bbbbbbbbbbA,5,2020-01-01,caf\xe9 \xed\xa0\x80\n",
      .cols = VIDEO_BIT(title), .format = IMPORT_TRENDING, .sums = { 2, 2, 0, 0, 0, 0, 0 },
      .dump = "aaaaaaaaaaA t=caf\xc3\x83\xc2\xa9\n"
              "bbbbbbbbbbA t=caf\xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\n" },
    { "missing counts are cleared by a later row, missing facts are not",
      "video_id,views,likes,dislikes,comments,duration,title,date\n"
      "aaaaaaaaaaA,5,4,3,2,PT9S,T,2020-01-01\n"
      "aaaaaaaaaaA,6,null,F,disabled,,,2020-01-02\n",
      .cols = ALL, .format = IMPORT_TRENDING, .sums = { 2, 1, 1, 0, 0, 0, 0 },
      .dump = "aaaaaaaaaaA v=6 sa=2020-01-02 ta=2020-01-01 du=9 t=T\n"
              "aaaaaaaaaaA@2020-01-01 v=5 l=4 d=3 c=2 a=2020-01-01\n" },
    { "a row without any count tells text only",
      "video_id,views,likes,title,date\n"
      "aaaaaaaaaaA,5,4,T,2020-01-01\n"
      "aaaaaaaaaaA,,,U,2020-01-02\n"
      "aaaaaaaaaaA,,,V,2019-01-02\n",
      .cols = ALL, .format = IMPORT_TRENDING, .sums = { 3, 1, 1, 0, 1, 0, 0 },
      .dump = "aaaaaaaaaaA v=5 l=4 sa=2020-01-01 ta=2020-01-02 t=U\n" },
    { "an unknown column between the known ones, a duplicate of one",
      "x,video_id,VIEW COUNT,views,Trending_Date\n"
      "1,aaaaaaaaaaA,5,9,2020-01-01\n",
      .format = IMPORT_TRENDING, .sums = { 1, 1, 0, 0, 0, 0, 0 },
      .dump = "aaaaaaaaaaA v=5 sa=2020-01-01\n" },
    { "what only our own exports may say",
      "video_id,views,date,title,foreign,goneSince,textAt,dislikes,dislikesSource\n"
      "aaaaaaaaaaA,5,2020-01-01,T,true,2020-01-01,2019-01-01,1,archived\n",
      .cols = ALL, .format = IMPORT_TRENDING, .sums = { 1, 1, 0, 0, 0, 0, 0 },
      .dump = "aaaaaaaaaaA v=5 d=1 sa=2020-01-01 ta=2020-01-01 df=measured da=2020-01-01 t=T\n" },
    { "a header and no rows", "video_id,views\n", .format = IMPORT_TRENDING,
      .sums = { 0, 0, 0, 0, 0, 0, 0 }, .dump = "" },
};
/* clang-format on */

/* ---- running them ---- */

static void check_sums(const char *name, const struct import_report *r,
                       const struct sums *w)
{
    T_U64(name, r->read, w->read);
    T_U64(name, r->fresh, w->fresh);
    T_U64(name, r->updated, w->updated);
    T_U64(name, r->sampled, w->sampled);
    T_U64(name, r->unchanged, w->unchanged);
    T_U64(name, r->rejected, w->rejected);
    T_U64(name, r->hidden_inferred, w->hidden);
    T_U64(name, r->videos + r->channels, r->fresh);
    T_U64(name, r->fresh + r->updated + r->sampled + r->unchanged + r->rejected,
          r->read);
}

static void check_dump(const char *name, struct store *s, uint64_t cols,
                       const char *want)
{
    struct buf dump = BUF_INIT(1 << 20);
    kit_dump(s, cols ? cols : KIT_COUNTS, &dump);
    T_STR(name, buf_view(&dump), want);
    buf_fini(&dump);
}

static void import_twice(const struct file_case *c, struct store *s,
                         const char *path)
{
    struct import_options o = kit_options(s);
    struct import_report r;
    struct err e = ERR_INIT;
    o.year = c->year;
    o.foreign_ids = c->foreign;
    T_RC(c->name, import_file(&o, path, &r, &e), RC_OK, &e);
    T_STR(c->name, str_of(import_format_name(r.format)),
          import_format_name(c->format));
    check_sums(c->name, &r, &c->sums);
    check_dump(c->name, s, c->cols, c->dump);
    T_RC(c->name, import_file(&o, path, &r, &e), RC_OK, &e);
    struct sums again = { .read = c->sums.read,
                          .rejected = c->sums.rejected,
                          .hidden = c->sums.hidden };
    again.unchanged = again.read - again.rejected;
    check_sums(c->name, &r, &again);
    check_dump(c->name, s, c->cols, c->dump);
}

START_TEST(known_editions)
{
    char dir[64], path[128];
    kit_mkdir(dir);
    for (size_t i = 0; i < ARRAY_LEN(editions); i++) {
        struct store *s = kit_store("mem:", STORE_LOCAL);
        import_twice(&editions[i], s,
                     kit_file(dir, "in", str_of(editions[i].text), path));
        store_close(s);
    }
    kit_rmdir(dir);
}
END_TEST

START_TEST(gzip_and_standard_input)
{
    char dir[64], path[128];
    struct err e = ERR_INIT;
    struct buf gz = BUF_INIT(1 << 16);
    const struct file_case *c = &editions[0];
    T_OK(gz_deflate(str_of(c->text), 6, &gz, &e), &e);
    kit_mkdir(dir);
    kit_file(dir, "in.gz", buf_view(&gz), path);
    struct store *s = kit_store("mem:", STORE_LOCAL);
    import_twice(c, s, path);
    store_close(s);

    s = kit_store("mem:", STORE_LOCAL);
    struct import_options o = kit_options(s);
    struct import_report r;
    o.year = 2017;
    ck_assert_ptr_nonnull(freopen(path, "rb", stdin));
    T_OK(import_file(&o, "-", &r, &e), &e);
    check_dump("standard input", s, c->cols, c->dump);
    store_close(s);
    buf_fini(&gz);
    kit_rmdir(dir);
}
END_TEST

/* A year later nothing of an undated file has become newer. */
START_TEST(undated_again_later)
{
    char dir[64], path[128];
    struct err e = ERR_INIT;
    struct import_report r;
    struct clk_step later;
    clk_step_init(&later, wall_add(clk_wall(kit_clk()), DUR_S(31536000)));
    kit_file(kit_mkdir(dir), "in", STR("id,title,viewCount\naaaaaaaaaaA,T,7\n"),
             path);
    struct store *s = kit_store("mem:", STORE_LOCAL);
    struct import_options o = kit_options(s);
    T_OK(import_file(&o, path, &r, &e), &e);
    o.clk = &later.clk;
    T_OK(import_file(&o, path, &r, &e), &e);
    T_U64("unchanged", r.unchanged, 1);
    check_dump("undated", s, 0, "aaaaaaaaaaA v=7 sa=2026-11-20T08:00:00Z\n");
    store_close(s);
    kit_rmdir(dir);
}
END_TEST

START_TEST(archive_on_known_records)
{
    char dir[64], path[128];
    struct err e = ERR_INIT;
    struct import_report r;
    kit_mkdir(dir);
    struct store *s = kit_store("mem:", STORE_LOCAL);
    struct import_options o = kit_options(s);
    kit_file(dir, "in",
             STR("id,viewCount,likeCount,statsAt\n"
                 "aaaaaaaaaaA,7,1,2024-01-01\nbbbbbbbbbbA,8,2,2024-01-01\n"),
             path);
    T_OK(import_file(&o, path, &r, &e), &e);
    kit_file(dir, "in",
             STR("id,likes,dislikes,date\n"
                 "aaaaaaaaaaA,5,3,2021-11-30\naaaaaaaaaaA,5,4,2021-11-29\n"),
             path);
    T_OK(import_file(&o, path, &r, &e), &e);
    T_U64("updated", r.updated, 1);
    T_U64("unchanged", r.unchanged, 1);
    check_dump("likes stay, dislikes come with their own time", s,
               KIT_COUNTS | SOURCE,
               "aaaaaaaaaaA v=7 l=1 d=3 sa=2024-01-01 o=svf db=import "
               "df=archived da=2021-11-30\n"
               "bbbbbbbbbbA v=8 l=2 sa=2024-01-01 o=svf db=import\n");
    store_close(s);
    kit_rmdir(dir);
}
END_TEST

START_TEST(formats_have_names)
{
    struct err e = ERR_INIT;
    for (int f = IMPORT_AUTO; f <= IMPORT_DISLIKES; f++) {
        enum import_format back;
        const char *name = import_format_name((enum import_format)f);
        T_RC(name, import_format_parse(str_of(name), &back, &e), RC_OK, &e);
        ck_assert_int_eq((int)back, f);
    }
    enum import_format none = IMPORT_SVF;
    T_RC("an unknown one", import_format_parse(STR("rss"), &none, &e), RC_INPUT,
         &e);
    ck_assert_int_eq((int)none, IMPORT_SVF);
}
END_TEST

T_SUITE("import of files", 60, known_editions, gzip_and_standard_input,
        undated_again_later, archive_on_known_records, formats_have_names)
