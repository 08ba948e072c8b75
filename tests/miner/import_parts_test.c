/*
 * tests/miner/import_parts_test.c - the small parts: column names, formats
 * by columns, dates, tags, records of CSV, lines.
 */
#include "miner/import_priv.h"
#include "tests/t.h"

START_TEST(column_names)
{
    static const struct {
        const char *name;
        enum import_column want;
    } rows[] = {
        { "video_id", COL_VIDEO_ID },
        { "videoIds", COL_VIDEO_ID },
        { "Video ID", COL_VIDEO_ID },
        { "vidid", COL_VIDEO_ID },
        { "id", COL_ITEM_ID },
        { " trending_date ", COL_AT },
        { "today", COL_AT },
        { "snapshot", COL_SNAPSHOT },
        { "comment_total", COL_COMMENTS },
        { "statistics.viewCount", COL_VIEWS },
        { "snippet.publishedAt", COL_PUBLISHED },
        { "contentDetails.duration", COL_DURATION },
        { "id.videoId", COL_VIDEO_ID },
        { "channelViewCount", COL_NONE },
        { "ratios.likesViews.value", COL_NONE },
        { "snippet.thumbnails.default.url", COL_NONE },
        { "thumbnail_link", COL_NONE },
        { "", COL_NONE },
        { "_", COL_NONE },
        { "a name that is longer than any known name", COL_NONE },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        T_I64(rows[i].name, import_column(str_of(rows[i].name)), rows[i].want);
}
END_TEST

START_TEST(formats_by_columns)
{
    static const struct {
        const char *header;
        enum import_format want;
    } rows[] = {
        { "video_id,views", IMPORT_TRENDING },
        { "video_id,views,likes,dislikes,date", IMPORT_TRENDING },
        { "video_id,title", IMPORT_AUTO },
        { "snapshot,video_id,views", IMPORT_SNAPSHOTS },
        { "snapshot,channel_id,subscribers", IMPORT_SNAPSHOTS },
        { "channel_id,title", IMPORT_AUTO },
        { "vidid,adview,views", IMPORT_ADVIEW },
        { "vidid,views", IMPORT_TRENDING },
        { "id,viewCount", IMPORT_SVF },
        { "id,title", IMPORT_SVF },
        { "id,video_id,views", IMPORT_TRENDING },
        { "id,likes,dislikes,date", IMPORT_DISLIKES },
        { "video_id,likes,dislikes", IMPORT_DISLIKES },
        { "id,title,dislikes", IMPORT_SVF },
        { "id", IMPORT_AUTO },
        { "views,likes", IMPORT_AUTO },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str rest = str_of(rows[i].header), name;
        uint64_t told = 0;
        while (str_split(&rest, ',', &name)) {
            ck_assert_int_ne(import_column(name), COL_NONE);
            told |= COL_BIT(import_column(name));
        }
        T_I64(rows[i].header, import_format_of(told), rows[i].want);
    }
}
END_TEST

START_TEST(dates)
{
    static const struct {
        const char *text;
        int year;
        enum import_reject why;
        int64_t want;
    } rows[] = {
        { "18.01.11", 0, REJECT_NOT, 1541030400 },
        { "17.31.12", 0, REJECT_NOT, 1514678400 },
        { "17.31.04", 0, REJECT_DATE, 0 },
        { "13.09", 2017, REJECT_NOT, 1505260800 },
        { "13.09", 0, REJECT_YEAR, 0 },
        { "29.02", 2017, REJECT_DATE, 0 },
        { "29.02", 2016, REJECT_NOT, 1456704000 },
        { "13.1", 2017, REJECT_DATE, 0 },
        { "2020-08-12", 0, REJECT_NOT, 1597190400 },
        { "2020-08-12T00:00:01Z", 0, REJECT_NOT, 1597190401 },
        { "2018-05-07T00:00:01", 0, REJECT_NOT, 1525651201 },
        { "2018-05-07 00:00:01", 0, REJECT_NOT, 1525651201 },
        { "2018-05-07T02:00:01+02:00", 0, REJECT_NOT, 1525651201 },
        { "", 0, REJECT_DATE, 0 },
        { "2018", 0, REJECT_DATE, 0 },
        { "2020-08-12T00:00:01Z and so on to forty chars", 0, REJECT_DATE, 0 },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t at = 0;
        T_I64(rows[i].text,
              import_date(str_of(rows[i].text), rows[i].year, &at),
              rows[i].why);
        T_I64(rows[i].text, at, rows[i].want);
    }
}
END_TEST

START_TEST(tags)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "a|b c|d", "a\nb c\nd" },
        { "a|\"b\"|\"c d\"", "a\nb\nc d" },
        { "one", "one" },
        { "[none]", "" },
        { "[]", "" },
        { "", "" },
        { "||a||", "a" },
        { "\"\"|a", "a" },
        { "\"", "\"" },
        { "['a', 'b c']", "a\nb c" },
        { "['it\\'s', \"b's\"]", "it's\nb's" },
        { "[\"a\",\"b\"]", "a\nb" },
        { "['cut", "cut" },
        { "['cut\\", "cut\\" },
        { "a\nb", "a\nb" },
        { "[a|b", "[a\nb" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out = BUF_INIT(1024);
        import_tags(str_of(rows[i].text), &out);
        T_STR(rows[i].text, buf_view(&out), rows[i].want);
        buf_fini(&out);
    }
}
END_TEST

/* ---- CSV ---- */

static int on_record(void *ctx, const struct import_record *r, struct err *e)
{
    (void)e;
    struct buf *out = ctx;
    buf_f(out, "%llu", (unsigned long long)r->line);
    if (r->too_long)
        buf_z(out, " too long");
    for (size_t i = 0; !r->too_long && i < r->n; i++)
        buf_f(out, "[%.*s]", STR_ARG(r->fields[i]));
    buf_c(out, ';');
    return RC_OK;
}

static const struct {
    const char *name, *text, *want;
} csvs[] = {
    { "plain", "a,b\nc,d\n", "1[a][b];2[c][d];" },
    { "no line feed at the end", "a,b\nc,d", "1[a][b];2[c][d];" },
    { "CRLF and LF mixed", "a\r\nb\nc\r\n", "1[a];2[b];3[c];" },
    { "blank lines count but are no records", "\n\na\n \n\nb\n", "3[a];6[b];" },
    { "quotes, doubled quotes, commas", "\"a,\"\"b\"\"\",c\n",
      "1[a,\"b\"][c];" },
    { "line feeds in quotes", "a,\"b\n\nc\"\nd\n", "1[a][b\n\nc];4[d];" },
    { "carriage returns in quotes", "\"a\rb\r\nc\"\nd\n",
      "1[a\rb\r\nc];3[d];" },
    { "lone carriage returns end records on one line", "a\rb\nc\n",
      "1[a];1[b];2[c];" },
    { "an open quote at the end", "a\n\"b\nc", "1[a];2[b\nc];" },
    { "a quote inside of text", "a\"b,c\n", "1[a\"b][c];" },
    { "empty fields", ",,\n\"\",\n", "1[][][];2[][];" },
    { "nothing", "", "" },
};

static void read_csv(const char *name, struct str text, size_t step,
                     struct buf *out)
{
    struct err e = ERR_INIT;
    struct import_csv *c;
    T_RC(name, import_csv_open(&c, on_record, out, &e), RC_OK, &e);
    while (text.n) {
        size_t n = text.n < step ? text.n : step;
        T_RC(name, import_csv_feed(c, str_n(text.p, n), &e), RC_OK, &e);
        text = str_from(text, n);
    }
    T_RC(name, import_csv_finish(c, &e), RC_OK, &e);
    import_csv_close(c);
}

START_TEST(csv_records)
{
    for (size_t i = 0; i < ARRAY_LEN(csvs); i++)
        for (size_t step = 1; step < 16; step++) {
            struct buf out = BUF_INIT(1 << 16);
            read_csv(csvs[i].name, str_of(csvs[i].text), step, &out);
            T_STR(csvs[i].name, buf_view(&out), csvs[i].want);
            buf_fini(&out);
        }
}
END_TEST

static int keep_count(void *ctx, const struct import_record *r, struct err *e)
{
    (void)e;
    *(size_t *)ctx = r->n;
    return RC_OK;
}

/* More fields than are kept are counted, and nothing is overrun. */
START_TEST(csv_many_fields)
{
    struct err e = ERR_INIT;
    struct import_csv *c;
    for (size_t extra = 0; extra < 3; extra++) {
        size_t n = 0;
        T_OK(import_csv_open(&c, keep_count, &n, &e), &e);
        for (size_t i = 0; i < IMPORT_FIELDS_MAX + extra - 2; i++)
            T_OK(import_csv_feed(c, STR("x,"), &e), &e);
        T_OK(import_csv_feed(c, STR("x\n"), &e), &e);
        T_U64("fields", n, IMPORT_FIELDS_MAX + extra - 1);
        import_csv_close(c);
    }
}
END_TEST

/* ---- lines ---- */

static int on_line(void *ctx, uint64_t number, struct str line, bool too_long,
                   struct err *e)
{
    (void)e;
    buf_f(ctx, "%llu%s[%.*s];", (unsigned long long)number,
          too_long ? " too long" : "", STR_ARG(line));
    return RC_OK;
}

START_TEST(lines)
{
    static const struct {
        const char *name, *text, *want;
    } rows[] = {
        { "LF, CRLF and none", "a\nb\r\nc", "1[a];2[b];3[c];" },
        { "blank ones are told", "\n\na\n", "1[];2[];3[a];" },
        { "nothing", "", "" },
        { "only a line feed", "\n", "1[];" },
        { "longer than the bound of 4", "abcd\nabcde\nab\n",
          "1[abcd];2 too long[];3[ab];" },
        { "longer than the bound at the end", "abcde", "1 too long[];" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = ERR_INIT;
        struct buf out = BUF_INIT(1024);
        struct import_lines l;
        import_lines_init(&l);
        l.line.max = 4;
        for (const char *p = rows[i].text; *p; p++)
            T_OK(import_lines_feed(&l, str_n(p, 1), on_line, &out, &e), &e);
        T_OK(import_lines_finish(&l, on_line, &out, &e), &e);
        T_STR(rows[i].name, buf_view(&out), rows[i].want);
        import_lines_fini(&l);
        buf_fini(&out);
    }
}
END_TEST

T_SUITE("parts of the import", 30, column_names, formats_by_columns, dates,
        tags, csv_records, csv_many_fields, lines)
