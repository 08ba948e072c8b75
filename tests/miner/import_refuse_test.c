/*
 * tests/miner/import_refuse_test.c - rows that are refused one by one, files
 * that are refused as a whole, and what stops an import.
 */
#include "miner/import_priv.h"
#include "tests/miner/import_kit.h"
#include "tests/t.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define OLD_HEAD                                                               \
    "video_id,title,channel_title,category_id,tags,views,likes,dislikes,"      \
    "comment_total,thumbnail_link,date\r\n"
/* ---- rows that are refused ---- */

#define SMALL  "video_id,title,views,date\n"
#define OK_ROW "aaaaaaaaaaA,T,5,2020-01-01\n"
#define CHANNEL_HEAD                                                           \
    "snapshot,actor,channel_id,subscribers,video_count,view_count,"            \
    "comment_count,creation_date\n"

static const struct {
    const char *name;
    const char *text;
    uint64_t read;
    const char *rejects; /* lines without "path:" */
} refused[] = {
    { "lines are physical, with line feeds inside of quotes",
      "video_id,title,views,date\n"
      "aaaaaaaaaaA,\"one\ntwo\r\nthree\",5,2020-01-01\n"
      "\n"
      "bad,\"x\n\ny\",5,2020-01-01\n"
      "worse,T,5,2020-01-01\n",
      3, "6: not a video id 'bad'\n9: not a video id 'worse'\n" },
    { "ids that a spreadsheet destroyed are never merged as one",
      SMALL "#NAME?,T,5,2020-01-01\n#NOME?,T,5,2020-01-01\n"
            "#VALUE!,T,5,2020-01-01\n",
      3,
      "2: id destroyed by a spreadsheet '#NAME?'\n"
      "3: id destroyed by a spreadsheet '#NOME?'\n"
      "4: id destroyed by a spreadsheet '#VALUE!'\n" },
    { "11 characters are the only length",
      SMALL "aaaaaaaaaA,T,5,2020-01-01\naaaaaaaaaaaA,T,5,2020-01-01\n" OK_ROW,
      3, "2: not a video id 'aaaaaaaaaA'\n3: not a video id 'aaaaaaaaaaaA'\n" },
    { "no id", SMALL ",T,5,2020-01-01\nnull,T,5,2020-01-01\n", 2,
      "2: no video id\n3: no video id 'null'\n" },
    { "markers of a merge conflict, also before the header",
      "<<<<<<< HEAD\n" SMALL OK_ROW "=======\n" OK_ROW ">>>>>>> other\n", 5,
      "1: marker of a merge conflict '<<<<<<< HEAD'\n"
      "4: marker of a merge conflict '======='\n"
      "6: marker of a merge conflict '>>>>>>> other'\n" },
    { "files joined with their headers", SMALL OK_ROW SMALL OK_ROW, 3,
      "3: the header again\n" },
    { "too few and too many fields",
      SMALL "aaaaaaaaaaA,T,5\naaaaaaaaaaA,T,5,2020-01-01,x\n", 2,
      "2: number of fields differs from the header's 'aaaaaaaaaaA'\n"
      "3: number of fields differs from the header's 'aaaaaaaaaaA'\n" },
    { "a row cut off by an unterminated last quote",
      SMALL OK_ROW "bbbbbbbbbbA,\"T,5,2020-01-01\nx", 2,
      "3: number of fields differs from the header's 'bbbbbbbbbbA'\n" },
    { "dates",
      SMALL
      "aaaaaaaaaaA,T,5,2020-02-30\naaaaaaaaaaA,T,5,\naaaaaaaaaaA,T,5,20.31.02\n"
      "aaaaaaaaaaA,T,5,yesterday\n",
      4,
      "2: date not understood '2020-02-30'\n3: date not understood\n"
      "4: date not understood '20.31.02'\n5: date not understood "
      "'yesterday'\n" },
    { "a date without year after rows with one",
      SMALL OK_ROW "bbbbbbbbbbA,T,5,13.09\n", 2,
      "3: date without a year: give --year '13.09'\n" },
    { "counts",
      SMALL "aaaaaaaaaaA,T,-1,2020-01-01\naaaaaaaaaaA,T,1.5,2020-01-01\n"
            "aaaaaaaaaaA,T,\"1,000\",2020-01-01\n"
            "aaaaaaaaaaA,T,18446744073709551616,2020-01-01\n"
            "aaaaaaaaaaA,T,5.0,2020-01-01\n",
      5,
      "2: count not understood '-1'\n3: count not understood '1.5'\n"
      "4: count not understood '1,000'\n"
      "5: count not understood '18446744073709551616'\n" },
    { "channels: only a null in every cell says that there is none",
      CHANNEL_HEAD "2018-05-31,A,null,null,null,null,null,null\n"
                   "2018-05-31,A,null,null,null,null,null,\n"
                   "2018-05-31,A,,null,null,null,null,null\n"
                   "2018-05-31,A,null,5,null,null,null,null\n"
                   "2018-05-31,A,,,,,,\n"
                   "null,null,null,null,null,null,null,null\n",
      6,
      "3: no channel id 'null'\n4: no channel id\n5: no channel id 'null'\n"
      "6: no channel id\n" },
    { "a refused row is one line whatever it held",
      SMALL "\"a\tb\nc\",T,5,2020-01-01\n", 1, "2: not a video id 'a?b?c'\n" },
    { "blank lines in front of JSON count",
      "\n \n{\"id\":\"aaaaaaaaaaA\",\"viewCount\":1}\n\n{\n", 2,
      "5: not a JSON object '{'\n" },
    { "the quoted text is cut behind 60 characters",
      SMALL
      "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx,T,5,x\n"
      "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxy,T,5,x\n",
      2,
      "2: not a video id "
      "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'\n"
      "3: not a video id "
      "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…'\n" },
    { "items of an answer that are none, behind blank lines",
      "\n\n{\"kind\":\"youtube#videoListResponse\",\"items\":[{\"id\":\"?\"},"
      "{\"id\":\"aaaaaaaaaaA\",\"statistics\":{\"viewCount\":\"1\"}},7]}\n",
      3,
      "3: item without a usable id or usable facts 'item 0: '?' is not a video "
      "id (11 characters A-Z a-z 0-9 _ -…'\n"
      "3: item without a usable id or usable facts\n" },
    { "JSON lines that are none",
      "{\"id\":\"aaaaaaaaaaA\",\"viewCount\":1}\n{\"id\":\n[1]\n", 3,
      "2: not a JSON object '{\"id\":'\n3: not a JSON object '[1]'\n" },
};

/* ---- files that are refused ---- */

static const struct {
    const char *name;
    struct str text;
    enum import_format format;
    const char *says;
} unusable[] = {
    { "dates without a year name the option",
      { OLD_HEAD "aaaaaaaaaaA,t,c,1,g,9,0,0,5,x,13.09\n", 0 },
      0,
      ":2: the dates have no year ('13.09'): give it with --year" },
    { "nothing", { "", 0 }, 0, ":1: an empty file" },
    { "blanks", { "\n\n \n", 0 }, 0, ":1: an empty file" },
    { "a byte order mark alone",
      { "\xef\xbb\xbf", 0 },
      0,
      ":1: an empty file" },
    { "a feed",
      { "<?xml version=\"1.0\"?><feed></feed>", 0 },
      0,
      "feeds are not imported" },
    { "a zip archive", { "PK\x03\x04 and more", 0 }, 0, "unpack it first" },
    { "UTF-16", { "\xff\xfev\0i\0d\0", 8 }, 0, "convert it to UTF-8" },
    { "unknown columns",
      { "\na,b,c\n1,2,3\n", 0 },
      0,
      ":2: no known format by its columns; formats are trending, snapshots, "
      "adview, api, svf, dislikes" },
    { "ids only", { "video_id\naaaaaaaaaaA\n", 0 }, 0, "no known format" },
    { "conflict markers only", { "<<<<<<< HEAD\n", 0 }, 0, "no header line" },
    { "a format that the columns do not give",
      { SMALL OK_ROW, 0 },
      IMPORT_DISLIKES,
      ":1: format dislikes needs a column dislikes" },
    { "a table as an API answer",
      { SMALL OK_ROW, 0 },
      IMPORT_API,
      "format api wants JSON answers" },
    { "rows as an API answer",
      { "{\"id\":\"aaaaaaaaaaA\",\"views\":1}\n", 0 },
      IMPORT_API,
      "not format api" },
    { "an API answer as a table",
      { "{\"kind\":\"youtube#videoListResponse\",\"items\":[]}", 0 },
      IMPORT_SVF,
      "an answer of the YouTube Data API, not format svf" },
    { "also one behind blank lines, spread over more",
      { "\n \n{\n\"kind\":\"youtube#commentListResponse\",\"items\":[]}", 0 },
      0,
      ":3: 'youtube#commentListResponse' tells neither" },
    { "an answer that tells no videos",
      { "{\"kind\":\"youtube#videoCategoryListResponse\",\"items\":[]}", 0 },
      0,
      "'youtube#videoCategoryListResponse' tells neither" },
    { "a single resource",
      { "{\"kind\":\"youtube#video\",\"id\":\"aaaaaaaaaaA\"}", 0 },
      0,
      "'youtube#video' tells neither" },
    { "an error answer",
      { "{\"error\":{\"code\":403,\"message\":\"m\",\"errors\":"
        "[{\"reason\":\"quotaExceeded\"}]}}",
        0 },
      0,
      "an error answer of the API (403 quotaExceeded)" },
    { "an array", { "[{\"id\":\"aaaaaaaaaaA\"}]", 0 }, 0, "one object a line" },
    { "broken JSON", { "{\n\"kind\":\n", 0 }, 0, ":1" },
};

/* ---- running them ---- */

/* The rejects file of an import, with "path:" cut off each line. */
static void read_rejects(const char *dir, const char *path, struct buf *out)
{
    char name[128], bytes[8192];
    snprintf(name, sizeof(name), "%s/rejects", dir);
    int fd = open(name, O_RDONLY);
    ck_assert_int_ge(fd, 0);
    ssize_t n = read(fd, bytes, sizeof(bytes));
    ck_assert_int_ge(n, 0);
    close(fd);
    struct str rest = str_n(bytes, (size_t)n), line;
    while (str_split(&rest, '\n', &line) && line.n) {
        ck_assert(str_starts(line, str_of(path)));
        buf_str(out, str_from(line, strlen(path) + 1));
        buf_c(out, '\n');
    }
}

static uint64_t sum_reasons(const struct import_report *r)
{
    uint64_t n = 0;
    for (size_t i = 0; i < r->n_reasons; i++)
        n += r->reasons[i].n;
    return n;
}

START_TEST(refused_rows)
{
    char dir[64], path[128], rejects[128];
    kit_mkdir(dir);
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        struct err e = ERR_INIT;
        struct import_report r;
        struct buf got = BUF_INIT(1 << 16);
        struct store *s = kit_store("mem:", STORE_LOCAL);
        struct import_options o = kit_options(s);
        kit_file(dir, "in", str_of(refused[i].text), path);
        snprintf(rejects, sizeof(rejects), "%s/rejects", dir);
        o.rejects_fd = open(rejects, O_CREAT | O_TRUNC | O_WRONLY, 0600);
        T_RC(refused[i].name, import_file(&o, path, &r, &e), RC_OK, &e);
        close(o.rejects_fd);
        read_rejects(dir, path, &got);
        T_STR(refused[i].name, buf_view(&got), refused[i].rejects);
        T_U64(refused[i].name, r.read, refused[i].read);
        T_U64(refused[i].name, sum_reasons(&r), r.rejected);
        buf_fini(&got);
        store_close(s);
    }
    kit_rmdir(dir);
}
END_TEST

static void check_empty(const char *name, struct store *s)
{
    struct err e = ERR_INIT;
    struct store_stats st;
    T_OK(store_stats(s, &st, &e), &e);
    T_U64(name, st.videos + st.channels + st.samples, 0);
}

START_TEST(unusable_files)
{
    char dir[64], path[128];
    kit_mkdir(dir);
    for (size_t i = 0; i < ARRAY_LEN(unusable); i++) {
        struct err e = ERR_INIT;
        struct import_report r = { .read = 77 };
        struct store *s = kit_store("mem:", STORE_LOCAL);
        struct import_options o = kit_options(s);
        struct str text = unusable[i].text;
        o.format = unusable[i].format;
        text.n = text.n ? text.n : strlen(text.p);
        kit_file(dir, "in", text, path);
        T_RC(unusable[i].name, import_file(&o, path, &r, &e), RC_INPUT, &e);
        ck_assert_msg(strstr(e.msg, unusable[i].says), "%s: %s",
                      unusable[i].name, e.msg);
        T_TRUE(unusable[i].name, str_starts(str_of(e.msg), str_of(path)));
        T_U64(unusable[i].name, r.read, 77);
        check_empty(unusable[i].name, s);
        store_close(s);
    }
    kit_rmdir(dir);
}
END_TEST

/* A record of exactly @n bytes with its line feed; the title fills it. */
static void put_long_row(struct buf *b, size_t n)
{
    static const char front[] = "aaaaaaaaaaA,5,2020-01-01,";
    buf_z(b, front);
    for (size_t i = sizeof(front) - 1; i < n - 1; i++)
        buf_c(b, 'x');
    buf_c(b, '\n');
}

START_TEST(long_records)
{
    static const struct {
        const char *name;
        size_t n;
        uint64_t too_long;
    } rows[] = {
        { "one byte under the bound", IMPORT_RECORD_MAX - 1, 0 },
        { "the bound", IMPORT_RECORD_MAX, 0 },
        { "one byte over it", IMPORT_RECORD_MAX + 1, 1 },
        { "three times the bound", 3 * IMPORT_RECORD_MAX, 1 },
    };
    char dir[64], path[128];
    kit_mkdir(dir);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = ERR_INIT;
        struct import_report r;
        struct buf text = BUF_INIT(8 << 20);
        struct store *s = kit_store("mem:", STORE_LOCAL);
        struct import_options o = kit_options(s);
        buf_z(&text, "video_id,views,date,thumbnail_link\n");
        put_long_row(&text, rows[i].n);
        buf_z(&text, "bbbbbbbbbbA,5,2020-01-01,x\n");
        kit_file(dir, "in", buf_view(&text), path);
        T_RC(rows[i].name, import_file(&o, path, &r, &e), RC_OK, &e);
        T_U64(rows[i].name, r.rejected, rows[i].too_long);
        T_U64(rows[i].name, r.fresh, 2 - rows[i].too_long);
        buf_fini(&text);
        store_close(s);
    }
    kit_rmdir(dir);
}
END_TEST

START_TEST(many_blank_lines)
{
    char dir[64], path[128];
    struct err e = ERR_INIT;
    struct import_report r;
    struct buf text = BUF_INIT(8 << 20);
    buf_z(&text, "video_id,views,date\n");
    while (text.n < 2 * (size_t)IMPORT_RECORD_MAX)
        buf_c(&text, '\n');
    buf_z(&text, "aaaaaaaaaaA,5,2020-01-01\n");
    kit_file(kit_mkdir(dir), "in", buf_view(&text), path);
    struct store *s = kit_store("mem:", STORE_LOCAL);
    struct import_options o = kit_options(s);
    T_OK(import_file(&o, path, &r, &e), &e);
    T_U64("they are no record", r.rejected, 0);
    T_U64("what follows is read", r.fresh, 1);
    buf_fini(&text);
    store_close(s);
    kit_rmdir(dir);
}
END_TEST

/* A stray quote costs one record of the bound, not the rest of the file. */
START_TEST(stray_quote)
{
    char dir[64], path[128];
    struct err e = ERR_INIT;
    struct import_report r;
    struct buf text = BUF_INIT(8 << 20);
    buf_z(&text, "video_id,views,date,title\naaaaaaaaaaA,5,2020-01-01,\"x\n");
    while (text.n < 2 * (size_t)IMPORT_RECORD_MAX)
        buf_z(&text, "bbbbbbbbbbA,5,2020-01-01,x\n");
    kit_file(kit_mkdir(dir), "in", buf_view(&text), path);
    struct store *s = kit_store("mem:", STORE_LOCAL);
    struct import_options o = kit_options(s);
    T_OK(import_file(&o, path, &r, &e), &e);
    T_U64("one refused", r.rejected, 1);
    T_U64("rows behind it are read", r.videos, 1);
    ck_assert_uint_gt(r.read, 30000);
    buf_fini(&text);
    store_close(s);
    kit_rmdir(dir);
}
END_TEST

START_TEST(text_bounds)
{
    char dir[64], path[128];
    struct err e = ERR_INIT;
    struct import_report r;
    struct buf text = BUF_INIT(1 << 20);
    buf_z(&text, "video_id,views,date,title\n");
    for (size_t over = 0; over < 2; over++) {
        buf_z(&text,
              over ? "bbbbbbbbbbA,5,2020-01-01," : "aaaaaaaaaaA,5,2020-01-01,");
        for (size_t i = 0; i < SCHEMA_TEXT_MAX + over; i++)
            buf_c(&text, 'x');
        buf_c(&text, '\n');
    }
    kit_file(kit_mkdir(dir), "in", buf_view(&text), path);
    struct store *s = kit_store("mem:", STORE_LOCAL);
    struct import_options o = kit_options(s);
    T_OK(import_file(&o, path, &r, &e), &e);
    T_U64("the longest title", r.fresh, 1);
    T_U64("one byte more", r.rejected, 1);
    T_STR("reason", str_of(r.reasons[0].text), "value out of bounds");
    buf_fini(&text);
    store_close(s);
    kit_rmdir(dir);
}
END_TEST

START_TEST(what_stops_an_import)
{
    static const atomic_bool yes = true;
    char dir[64], path[128];
    struct err e = ERR_INIT;
    struct import_report r;
    kit_file(kit_mkdir(dir), "in", STR(SMALL OK_ROW "bad,T,5,2020-01-01\n"),
             path);
    struct store *live = kit_store("mem:", STORE_LIVE);
    struct import_options o = kit_options(live);
    T_RC("a live store", import_file(&o, path, &r, &e), RC_DENIED, &e);
    ck_assert_ptr_nonnull(strstr(e.msg, "imports go into local stores"));
    store_close(live);

    struct store *s = kit_store("mem:", STORE_LOCAL);
    o = kit_options(s);
    T_RC("no such file", import_file(&o, "/nonexistent/x", &r, &e), RC_NOTFOUND,
         &e);
    o.stop = &yes;
    T_RC("a stop", import_file(&o, path, &r, &e), RC_CANCELLED, &e);
    check_empty("a stop", s);
    o.stop = NULL;
    o.rejects_fd = open("/dev/full", O_WRONLY);
    T_RC("no room for the refused rows", import_file(&o, path, &r, &e), RC_IO,
         &e);
    close(o.rejects_fd);
    o.rejects_fd = -1;
    kit_file(dir, "in", STR("\x1f\x8b\x08\x00 is no gzip"), path);
    T_RC("damaged gzip", import_file(&o, path, &r, &e), RC_CORRUPT, &e);
    store_close(s);
    kit_rmdir(dir);
}
END_TEST

T_SUITE("refused rows and files", 120, refused_rows, unusable_files,
        long_records, many_blank_lines, stray_quote, text_bounds,
        what_stops_an_import)
