/*
 * tests/store/kill_test.c - kill -9 at any moment: a child writes batches, a
 * counter and a document and tells each acknowledgement through a pipe; the
 * parent kills it, opens the store, and finds everything acknowledged and
 * nothing half done.
 *
 * t_store_kill [KILLS] [SEED]; the same seed kills after the same number of
 * acknowledgements (and as many microseconds later as before).
 */
#include "tests/store/files.h"

#include "base/num.h"
#include "base/rnd.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

static struct err e;
static uint64_t kills = 20, seed = 1;

enum { BATCH = 50, ACKS_MAX = 12 };

/* Batch @no: its own videos say its number, and shared ones are raised. */
static int put_batch(struct store *s, uint64_t no)
{
    struct video v[BATCH];
    enum store_outcome out[BATCH];
    for (size_t i = 0; i < BATCH; i++)
        v[i] = i % 2 ? files_video(i, no, NULL)
                     : files_video(no * 1000 + i + BATCH, no, "some title");
    return store_put(s, &schema_video, v, BATCH, 0, out, &e);
}

/* For ever: records, then counter, then document, then tell the number. */
static void child_main(int to, uint64_t first)
{
    struct store *s;
    if (files_open(&s, true, &e))
        _exit(1);
    for (uint64_t no = first;; no++) {
        char body[32];
        snprintf(body, sizeof(body), "%llu", (unsigned long long)no);
        if (put_batch(s, no) ||
            store_count(s, "batches", 1, INT64_MAX, NULL, &e) ||
            store_doc_put(s, "frontier", STORE_DOC_ANY, str_of(body), 0, NULL,
                          &e) ||
            write(to, &no, sizeof(no)) != (ssize_t)sizeof(no))
            _exit(1);
    }
}

/* Start a child, let it tell @acks numbers, kill it @later_us after; the
 * last number told. */
static uint64_t run_and_kill(uint64_t first, uint64_t acks, uint64_t later_us)
{
    int ends[2];
    T_I64("pipe", pipe(ends), 0);
    pid_t child = fork();
    T_TRUE("fork", child >= 0);
    if (child == 0) {
        close(ends[0]);
        child_main(ends[1], first);
    }
    close(ends[1]);
    uint64_t last = first - 1, no;
    for (uint64_t i = 0; i < acks; i++) {
        T_I64("told", read(ends[0], &no, sizeof(no)), sizeof(no));
        last = no;
    }
    mono_t until = { clk_mono(clk_real()).us + (int64_t)later_us };
    while (clk_mono(clk_real()).us < until.us)
        ;
    kill(child, SIGKILL);
    int status;
    T_TRUE("end", waitpid(child, &status, 0) == child);
    T_TRUE("by our hand", WIFSIGNALED(status));
    while (read(ends[0], &no, sizeof(no)) == (ssize_t)sizeof(no))
        last = no; /* told before it died */
    close(ends[0]);
    return last;
}

/* What the store holds after a kill. */
struct found {
    uint64_t shared[BATCH]; /* value of each shared video */
    uint64_t own[100000];   /* videos of each batch */
    uint64_t n;
};

static int note_row(void *ctx, const void *rec)
{
    struct found *x = ctx;
    const struct video *v = rec;
    x->n++;
    T_TRUE("a batch of ours", v->views < ARRAY_LEN(x->own));
    if (v->h.key[0] < BATCH)
        x->shared[v->h.key[0]] = v->views;
    else
        x->own[v->views]++;
    return RC_OK;
}

static int note_change(void *ctx, const struct schema_type *t,
                       const uint64_t key[2])
{
    (void)t;
    uint64_t *own = ctx; /* changes of each batch's own videos */
    if (key[0] >= BATCH)
        own[(key[0] - BATCH) / 1000]++;
    return RC_OK;
}

/* Each batch is there whole or not at all; the newest one tells how far. */
static uint64_t check_records(struct store *s)
{
    static struct found x;
    memset(&x, 0, sizeof(x));
    T_OK(store_scan(s, &schema_video, ~UINT64_C(0), NULL, note_row, &x, &e),
         &e);
    uint64_t newest = x.shared[1], videos = 0;
    for (uint64_t no = 1; no < ARRAY_LEN(x.own); no++) {
        if (x.own[no] != (no <= newest ? BATCH / 2 : 0))
            T_U64("half a batch", no, newest);
        videos += x.own[no];
    }
    for (size_t i = 1; i < BATCH; i += 2)
        T_U64("shared videos", x.shared[i], newest);
    struct store_stats st;
    T_OK(store_stats(s, &st, &e), &e);
    T_U64("figures", st.videos, videos + (newest ? BATCH / 2 : 0));
    return newest;
}

static void check_feed(struct store *s, const struct store_pos *start,
                       uint64_t newest)
{
    static uint64_t own[100000];
    struct store_pos pos = *start;
    size_t n;
    memset(own, 0, sizeof(own));
    T_OK(
        store_feed_read(s, &pos, SIZE_MAX, DUR_MS(0), note_change, own, &n, &e),
        &e);
    for (uint64_t no = 1; no <= newest; no++)
        T_U64("changes of a batch", own[no], BATCH / 2);
}

/* @reached: the last batch told by this child, or what was there before it;
 * @acked: the last batch that any child told. Returns the newest batch. */
static uint64_t check_store(struct store *s, const struct store_pos *start,
                            uint64_t reached, uint64_t acked)
{
    int64_t counted = 0;
    struct buf b = BUF_INIT(64);
    uint64_t frontier = 0;
    uint64_t newest = check_records(s);
    check_feed(s, start, newest);
    T_TRUE("all records told are there", newest >= reached);
    T_TRUE("and at most one batch more", newest <= reached + 1);
    T_OK(store_count(s, "batches", 0, INT64_MAX, &counted, &e), &e);
    T_TRUE("the counter knows all told", (uint64_t)counted >= reached);
    T_TRUE("and nothing unwritten", (uint64_t)counted <= newest);
    if (acked) {
        T_OK(store_doc_get(s, "frontier", &b, NULL, &e), &e);
        T_OK(num_u64(buf_view(&b), &frontier, &e), &e);
    }
    T_TRUE("the frontier is not behind", frontier >= acked);
    T_TRUE("nor ahead of the counter", frontier <= (uint64_t)counted);
    /* Bring the counter to the records, as the next run begins there. */
    if ((uint64_t)counted < newest)
        T_OK(store_count(s, "batches", 1, INT64_MAX, NULL, &e), &e);
    buf_fini(&b);
    return newest;
}

START_TEST(what_was_acknowledged_is_there_and_nothing_is_half_done)
{
    struct rnd r;
    struct store *s;
    struct store_pos start;
    uint64_t newest = 0, acked = 0;
    rnd_init(&r, seed);
    T_OK(files_open(&s, true, &e), &e);
    T_OK(store_feed_now(s, &start, &e), &e);
    store_close(s);
    for (uint64_t i = 0; i < kills; i++) {
        uint64_t acks = rnd_below(&r, ACKS_MAX);
        uint64_t later_us = rnd_below(&r, 3000);
        uint64_t reached = run_and_kill(newest + 1, acks, later_us);
        if (reached > newest)
            acked = reached;
        T_OK(files_open(&s, true, &e), &e);
        newest = check_store(s, &start, reached, acked);
        store_close(s);
    }
    T_TRUE("work was done", newest > kills);
}
END_TEST

int main(int argc, char **argv)
{
    if ((argc > 1 && num_u64(str_of(argv[1]), &kills, &e)) ||
        (argc > 2 && num_u64(str_of(argv[2]), &seed, &e))) {
        fprintf(stderr, "usage: %s [KILLS] [SEED]: %s\n", argv[0], e.msg);
        return 64;
    }
    Suite *suite = suite_create("kill");
    TCase *c = tcase_create("kill");
    tcase_set_timeout(c, 600);
    tcase_add_checked_fixture(c, files_set_up, files_tear_down);
    tcase_add_test(c, what_was_acknowledged_is_there_and_nothing_is_half_done);
    suite_add_tcase(suite, c);
    return t_run(suite);
}
