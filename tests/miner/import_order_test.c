/*
 * tests/miner/import_order_test.c - the result depends on the observations,
 * not on their order, on the files they lie in or on where a batch ends.
 */
#include "base/cal.h"
#include "base/rnd.h"
#include "miner/import_priv.h"
#include "tests/miner/import_kit.h"
#include "tests/t.h"

#include <stdio.h>

enum { VIDEOS = 40, DAYS = 6, ROWS = 2600 };

#define HEAD "video_id,views,likes,comments,date\n"

static void put_id(struct buf *b, uint64_t n)
{
    char text[VID_TEXT];
    buf_z(b, vid_text(rnd_mix(n), text));
}

/* One observation: often the same day, at one hour or another, sometimes the
 * same views. */
static void put_row(struct buf *b, struct rnd *r)
{
    put_id(b, rnd_below(r, VIDEOS));
    buf_f(b, ",%llu,%llu,", (unsigned long long)rnd_below(r, 6),
          (unsigned long long)rnd_below(r, 3));
    if (rnd_below(r, 4))
        buf_u64(b, rnd_below(r, 3));
    buf_f(b, ",2020-01-0%lluT%02llu:00:00Z\n",
          1 + (unsigned long long)rnd_below(r, DAYS),
          (unsigned long long)rnd_below(r, 3) * 9);
}

struct rows {
    struct buf text;
    struct str line[ROWS];
};

static void make_rows(struct rows *rows, uint64_t seed)
{
    struct rnd r;
    rnd_init(&r, seed);
    for (size_t i = 0; i < ROWS; i++)
        put_row(&rows->text, &r);
    struct str rest = buf_view(&rows->text);
    for (size_t i = 0; i < ROWS; i++)
        ck_assert(str_split(&rest, '\n', &rows->line[i]));
}

static void shuffle(struct rows *rows, struct rnd *r)
{
    for (size_t i = ROWS - 1; i > 0; i--) {
        size_t j = (size_t)rnd_below(r, i + 1);
        struct str kept = rows->line[i];
        rows->line[i] = rows->line[j];
        rows->line[j] = kept;
    }
}

static void import_text(struct store *s, const char *dir, struct str text,
                        struct import_report *ret)
{
    char path[128];
    struct err e = ERR_INIT;
    struct import_options o = kit_options(s);
    T_OK(import_file(&o, kit_file(dir, "in", text, path), ret, &e), &e);
}

/* Import all rows as @files files of equal length. */
static void import_rows(const struct rows *rows, size_t files, const char *dir,
                        struct buf *dump)
{
    struct store *s = kit_store("mem:", STORE_LOCAL);
    struct import_report r;
    for (size_t f = 0; f < files; f++) {
        struct buf text = BUF_INIT(1 << 20);
        buf_z(&text, HEAD);
        for (size_t i = f * ROWS / files; i < (f + 1) * ROWS / files; i++) {
            buf_str(&text, rows->line[i]);
            buf_c(&text, '\n');
        }
        import_text(s, dir, buf_view(&text), &r);
        buf_fini(&text);
    }
    kit_dump(s, KIT_COUNTS, dump);
    store_close(s);
}

START_TEST(any_order)
{
    static struct rows rows;
    static const size_t files[] = { 1, 1, 2, 7, 130 };
    char dir[64];
    struct rnd r;
    rnd_init(&r, 5);
    rows.text = (struct buf)BUF_INIT(1 << 20);
    make_rows(&rows, 11);
    struct buf first = BUF_INIT(1 << 20);
    kit_mkdir(dir);
    import_rows(&rows, 1, dir, &first);
    ck_assert_uint_gt(first.n, (size_t)VIDEOS * DAYS * 20);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct buf dump = BUF_INIT(1 << 20);
        shuffle(&rows, &r);
        import_rows(&rows, files[i], dir, &dump);
        ck_assert_msg(str_eq(buf_view(&dump), buf_view(&first)),
                      "order %zu, %zu files", i, files[i]);
        buf_fini(&dump);
    }
    buf_fini(&first);
    buf_fini(&rows.text);
    kit_rmdir(dir);
}
END_TEST

START_TEST(batch_boundaries)
{
    static const size_t rows[] = { 1, IMPORT_BATCH_ROWS - 1, IMPORT_BATCH_ROWS,
                                   IMPORT_BATCH_ROWS + 1,
                                   2 * IMPORT_BATCH_ROWS + 1 };
    char dir[64];
    kit_mkdir(dir);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct import_report r;
        struct buf text = BUF_INIT(1 << 20);
        struct store *s = kit_store("mem:", STORE_LOCAL);
        buf_z(&text, HEAD);
        for (size_t k = 0; k < rows[i]; k++) {
            put_id(&text, k);
            buf_z(&text, ",5,1,1,2020-01-01\n");
        }
        import_text(s, dir, buf_view(&text), &r);
        T_U64("all of them", r.fresh, rows[i]);
        import_text(s, dir, buf_view(&text), &r);
        T_U64("and none again", r.unchanged, rows[i]);
        store_close(s);
        buf_fini(&text);
    }
    kit_rmdir(dir);
}
END_TEST

/* One video on more days than a batch has rows: each day its sample. */
START_TEST(one_video_over_batches)
{
    enum { N = IMPORT_BATCH_ROWS + 500 };
    char dir[64], date[CAL_TEXT];
    struct err e = ERR_INIT;
    struct import_report r;
    struct store_stats st;
    struct buf text = BUF_INIT(1 << 20);
    struct store *s = kit_store("mem:", STORE_LOCAL);
    buf_z(&text, HEAD);
    for (int64_t d = 0; d < N; d++) {
        put_id(&text, 1);
        buf_f(&text, ",5,1,1,%s\n",
              cal_date_text(cal_date_of_days(15000 + d), date));
    }
    kit_mkdir(dir);
    import_text(s, dir, buf_view(&text), &r);
    T_U64("new", r.fresh, 1);
    T_U64("updated", r.updated, N - 1);
    T_OK(store_stats(s, &st, &e), &e);
    T_U64("videos", st.videos, 1);
    T_U64("samples", st.samples, N - 1);
    store_close(s);
    buf_fini(&text);
    kit_rmdir(dir);
}
END_TEST

static void import_failing(struct store *s, const char *path, uint64_t nth,
                           int *rc)
{
    struct err e = ERR_INIT;
    struct import_report r;
    struct import_options o = kit_options(s);
    store_mem_fail(s, nth, RC_IO);
    *rc = import_file(&o, path, &r, &e);
    store_mem_fail(s, 0, RC_OK);
    if (*rc)
        T_RC("the store's own error", *rc, RC_IO, &e);
    T_OK(import_file(&o, path, &r, &e), &e);
}

/* A second day makes records and samples; each write fails once. */
START_TEST(a_write_that_fails_loses_no_sample)
{
    char dir[64], first[128], second[128];
    kit_mkdir(dir);
    kit_file(dir, "1", STR(HEAD "aaaaaaaaaaA,5,1,1,2020-01-01\n"), first);
    kit_file(dir, "2", STR(HEAD "aaaaaaaaaaA,6,2,2,2020-01-02\n"), second);
    int rc = RC_IO;
    uint64_t nth = 1;
    for (; rc; nth++) {
        struct buf dump = BUF_INIT(4096);
        struct store *s = kit_store("mem:", STORE_LOCAL);
        import_failing(s, first, 0, &rc);
        import_failing(s, second, nth, &rc);
        kit_dump(s, KIT_COUNTS, &dump);
        T_STR("both days", buf_view(&dump),
              "aaaaaaaaaaA v=6 l=2 c=2 sa=2020-01-02\n"
              "aaaaaaaaaaA@2020-01-01 v=5 l=1 c=1 a=2020-01-01\n");
        buf_fini(&dump);
        store_close(s);
    }
    ck_assert_uint_ge(nth, 4); /* at least two writes failed */
    kit_rmdir(dir);
}
END_TEST

T_SUITE("order of observations", 120, any_order, batch_boundaries,
        one_video_over_batches, a_write_that_fails_loses_no_sample)
