/*
 * tests/store/disk_test.c - a disk that is full or refuses to sync, from
 * any call on: what is refused leaves nothing behind, and the store works
 * again when the disk does.
 */
#include "tests/store/fault_vfs.h"
#include "tests/store/files.h"

#include <errno.h>
#include <sqlite3.h>

static struct err e;

enum { BATCH = 30, NTH_MAX = 2000 };

/* Batch @no: BATCH videos of its own, and one more that all batches share. */
static int put_batch(struct store *s, uint64_t no)
{
    struct video v[BATCH + 1];
    enum store_outcome out[BATCH + 1];
    for (size_t i = 0; i < BATCH; i++)
        v[i] = files_video(no * BATCH + i, no, "a title of some length");
    v[BATCH] = files_video(UINT64_MAX, no, NULL);
    return store_put(s, &schema_video, v, BATCH + 1, 0, out, &e);
}

struct sums {
    uint64_t n, shared;
};

static int sum_row(void *ctx, const void *rec)
{
    const struct video *v = rec;
    struct sums *x = ctx;
    x->n++;
    if (v->h.key[0] == UINT64_MAX)
        x->shared = v->views;
    return RC_OK;
}

static int pass_change(void *ctx, const struct schema_type *t,
                       const uint64_t key[2])
{
    (void)ctx, (void)t, (void)key;
    return RC_OK;
}

/* The store holds batches 0 to @last and nothing of any other. */
static void check_batches(const char *name, struct store *s, uint64_t last,
                          const struct store_pos *start)
{
    struct sums x = { 0, 0 };
    struct store_stats st;
    struct store_pos pos = *start;
    size_t told = 0;
    T_OK(store_scan(s, &schema_video, VIDEO_BIT(views), NULL, sum_row, &x, &e),
         &e);
    T_U64(name, x.n, (last + 1) * BATCH + 1);
    T_U64(name, x.shared, last);
    T_OK(store_stats(s, &st, &e), &e);
    T_U64(name, st.videos, x.n);
    T_OK(store_feed_read(s, &pos, 10000, DUR_MS(0), pass_change, NULL, &told,
                         &e),
         &e);
    T_U64(name, told, (last + 1) * (BATCH + 1));
}

/* Fail the @nth call of @op while batch 1 is put; true when it was met. */
static bool fail_put(enum fault_op op, int nth, int code, int want_sys)
{
    struct store *s;
    struct store_pos start;
    files_set_up();
    T_OK(files_open(&s, true, &e), &e);
    T_OK(store_feed_now(s, &start, &e), &e);
    T_I64("first batch", put_batch(s, 0), RC_OK);
    fault_vfs_arm(op, nth, code);
    int rc = put_batch(s, 1);
    bool fired = fault_vfs_fired();
    if (rc) {
        T_RC("refused", rc, RC_IO, &e);
        T_I64("why", e.sys, want_sys);
        check_batches("while the disk is full", s, 0, &start);
    }
    T_TRUE("a refusal is told", rc || !fired);
    fault_vfs_disarm();
    if (rc)
        T_I64("again", put_batch(s, 1), RC_OK);
    check_batches("afterwards", s, 1, &start);
    store_close(s);
    T_OK(files_open(&s, false, &e), &e);
    check_batches("after a restart", s, 1, &start);
    store_close(s);
    files_tear_down();
    return fired;
}

START_TEST(a_full_disk_refuses_a_batch_whole)
{
    fault_vfs_install();
    int nth = 1;
    while (nth < NTH_MAX && fail_put(FAULT_WRITE, nth, SQLITE_FULL, ENOSPC))
        nth++;
    T_TRUE("some writes, and an end of them", nth > 5 && nth < NTH_MAX);
}
END_TEST

/* Counter and document, whose commits wait for the disk. */
static bool fail_items(enum fault_op op, int nth, int code)
{
    struct store *s;
    int64_t value = 0;
    uint64_t version = 0;
    files_set_up();
    T_OK(files_open(&s, true, &e), &e);
    T_OK(store_count(s, "c", 1, 9, NULL, &e), &e);
    T_OK(store_doc_put(s, "d", 0, STR("one"), 0, NULL, &e), &e);
    fault_vfs_arm(op, nth, code);
    int rc_count = store_count(s, "c", 1, 9, NULL, &e);
    int rc_doc = store_doc_put(s, "d", 1, STR("two"), 0, NULL, &e);
    bool fired = fault_vfs_fired();
    fault_vfs_disarm();
    T_TRUE("refused or done", rc_count == RC_OK || rc_count == RC_IO);
    T_TRUE("refused or done", rc_doc == RC_OK || rc_doc == RC_IO);
    T_TRUE("a refusal is told", rc_count || rc_doc || !fired);
    store_close(s);
    T_OK(files_open(&s, false, &e), &e);
    T_OK(store_count(s, "c", 0, 9, &value, &e), &e);
    T_I64("counter", value, rc_count ? 1 : 2);
    T_OK(store_doc_get(s, "d", NULL, &version, &e), &e);
    T_U64("document", version, rc_doc ? 1 : 2);
    store_close(s);
    files_tear_down();
    return fired;
}

START_TEST(what_is_refused_is_neither_counted_nor_kept)
{
    fault_vfs_install();
    int nth = 1;
    while (nth < NTH_MAX && fail_items(FAULT_WRITE, nth, SQLITE_FULL))
        nth++;
    T_TRUE("some writes", nth > 2 && nth < NTH_MAX);
    for (nth = 1;
         nth < NTH_MAX && fail_items(FAULT_SYNC, nth, SQLITE_IOERR_FSYNC);)
        nth++;
    T_TRUE("a sync for each commit", nth > 2 && nth < NTH_MAX);
}
END_TEST

START_TEST(records_do_not_wait_for_the_disk_but_counters_do)
{
    struct store *s;
    fault_vfs_install();
    files_set_up();
    T_OK(files_open(&s, true, &e), &e);
    T_OK(store_count(s, "c", 1, 9, NULL, &e), &e);
    fault_vfs_arm(FAULT_SYNC, 1, SQLITE_IOERR_FSYNC);
    T_I64("records need no sync", put_batch(s, 0), RC_OK);
    T_TRUE("none was asked for", !fault_vfs_fired());
    T_RC("a counter does", store_count(s, "c", 1, 9, NULL, &e), RC_IO, &e);
    T_RC("a document too", store_doc_put(s, "d", 0, STR("x"), 0, NULL, &e),
         RC_IO, &e);
    fault_vfs_disarm();
    T_OK(store_count(s, "c", 1, 9, NULL, &e), &e);
    store_close(s);
    files_tear_down();
}
END_TEST

START_TEST(a_store_that_could_not_be_made_can_be_made_later)
{
    fault_vfs_install();
    int nth = 1;
    for (bool fired = true; fired && nth < NTH_MAX; nth++) {
        struct store *s;
        files_set_up();
        fault_vfs_arm(FAULT_WRITE, nth, SQLITE_FULL);
        int rc = files_open(&s, true, &e);
        fired = fault_vfs_fired();
        fault_vfs_disarm();
        T_TRUE("told", !fired || rc == RC_IO);
        store_close(s);
        T_OK(files_open(&s, true, &e), &e);
        T_I64("it works", put_batch(s, 0), RC_OK);
        store_close(s);
        files_tear_down();
    }
    T_TRUE("some writes", nth > 5 && nth < NTH_MAX);
}
END_TEST

START_TEST(another_failure_is_not_told_as_a_full_disk)
{
    struct store *s;
    struct store_stats x;
    sqlite3 *db;
    fault_vfs_install();
    files_set_up();
    T_OK(files_open(&s, true, &e), &e);
    T_OK(store_stats(s, &x, &e), &e); /* by a connection that is kept */
    T_I64("it has something to read", put_batch(s, 0), RC_OK);
    fault_vfs_arm(FAULT_READ, 1, SQLITE_IOERR_SHMSIZE);
    T_RC("refused", store_stats(s, &x, &e), RC_IO, &e);
    T_I64("why", e.sys, ENOSPC);
    T_TRUE("it is told", strstr(e.msg, "the disk is full") != NULL);
    fault_vfs_disarm();
    T_I64("open", sqlite3_open(files_path, &db), SQLITE_OK);
    T_I64("damage", sqlite3_exec(db, "DROP TABLE total", NULL, NULL, NULL),
          SQLITE_OK);
    sqlite3_close(db);
    T_RC("refused again", store_stats(s, &x, &e), RC_CORRUPT, &e);
    T_I64("for no reason of the system", e.sys, 0);
    T_TRUE("what it says", strstr(e.msg, "no such table") != NULL);
    store_close(s);
    files_tear_down();
}
END_TEST

T_SUITE("disk", 120, a_full_disk_refuses_a_batch_whole,
        what_is_refused_is_neither_counted_nor_kept,
        records_do_not_wait_for_the_disk_but_counters_do,
        a_store_that_could_not_be_made_can_be_made_later,
        another_failure_is_not_told_as_a_full_disk)
