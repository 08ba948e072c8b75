/*
 * tests/quota/ledger_test.c - the rules of quota/ledger.c, on both back ends.
 *
 * The linker sends store_count() here (--wrap), so that a test can refuse
 * the calls that it chooses.
 */
#include "base/thr.h"
#include "tests/quota/fixture.h"
#include "tests/t.h"

#include <stdatomic.h>

/* ---- a store that refuses ---- */

static _Atomic int refuse_rc; /* 0 = works */
static _Atomic int n_writes;  /* asked for */

int __real_store_count(struct store *s, const char *key, int64_t delta,
                       int64_t limit, int64_t *value, struct err *e);
int __wrap_store_count(struct store *s, const char *key, int64_t delta,
                       int64_t limit, int64_t *value, struct err *e);

int __wrap_store_count(struct store *s, const char *key, int64_t delta,
                       int64_t limit, int64_t *value, struct err *e)
{
    int rc = atomic_load(&refuse_rc);
    atomic_fetch_add(&n_writes, delta != 0);
    if (rc && delta != 0)
        return err_set(e, rc, "refused by the test");
    return __real_store_count(s, key, delta, limit, value, e);
}

/* ---- scripts ---- */

/*
 * A script is a list of steps, a number in front repeats one:
 *   n  an ordinary call goes through   N  it is refused (RC_LIMIT)
 *   a  an ad-hoc call goes through     A  it is refused
 *   c  close the ledger and open it    k  kill: drop it without closing
 *   x  the server says: exhausted
 *   >  a day later                     <  a day earlier (the clock steps back)
 */
struct script {
    const char *name, *steps;
    int64_t limit, reserve, lease;
    int64_t spent; /* of the day at the end, when all is closed */
};

/* What was killed: reachable, so that no leak is reported. */
static struct quota *killed[64];
static size_t n_killed;

struct play {
    struct fixture f;
    struct quota *q;
    wall_t now;
};

static void call(struct play *p, bool adhoc, int want, const char *name)
{
    struct err e = ERR_INIT;
    T_RC(name, quota_reserve(p->q, QUOTA_VIDEOS, adhoc, p->now, &e), want, &e);
    T_TRUE("a refusal says when to come again",
           want == RC_OK || e.retry_at_ms > p->now.ms);
}

static void step(struct play *p, char c, const char *name)
{
    struct err e = ERR_INIT;
    switch (c) {
    case 'n':
    case 'a':
        call(p, c == 'a', RC_OK, name);
        break;
    case 'N':
    case 'A':
        call(p, c == 'A', RC_LIMIT, name);
        break;
    case 'k':
        killed[n_killed++] = p->q;
        p->q = fixture_quota(&p->f);
        break;
    case 'c':
        quota_close(p->q, p->now);
        p->q = fixture_quota(&p->f);
        break;
    case 'x':
        T_OK(quota_exhausted(p->q, QUOTA_GENERAL, p->now, &e), &e);
        break;
    default:
        p->now.ms += c == '>' ? 86400000 : -86400000;
    }
}

static void play(const struct script *s, int back_end)
{
    struct play p = { .now = at("2026-11-20T12:00:00Z") };
    fixture_init(&p.f, back_end);
    p.f.o.limit[QUOTA_GENERAL] = s->limit;
    p.f.o.reserve[QUOTA_GENERAL] = s->reserve;
    p.f.o.lease_units = s->lease;
    p.q = fixture_quota(&p.f);
    for (const char *c = s->steps; *c; c++) {
        long times = 1;
        char *end;
        if (*c >= '0' && *c <= '9') {
            times = strtol(c, &end, 10);
            c = end;
        }
        while (*c != ' ' && times-- > 0)
            step(&p, *c, s->name);
    }
    quota_close(p.q, p.now);
    T_I64(s->name, fixture_spent(&p.f, QUOTA_GENERAL, p.now), s->spent);
    fixture_fini(&p.f);
}

START_TEST(scripts)
{
    static const struct script rows[] = {
        { "nothing is spent by opening", "c c", 100, 0, 20, 0 },
        { "one call is one unit", "n", 100, 0, 20, 1 },
        { "the limit, and not one more", "100n 3N", 100, 0, 20, 100 },
        { "a limit that no lease divides", "97n N", 97, 0, 20, 97 },
        { "a limit below one lease", "3n N", 3, 0, 20, 3 },
        { "a limit of nothing", "N A", 0, 0, 20, 0 },
        { "leases of one unit", "5n N", 5, 0, 1, 5 },
        { "close and open: the ledger is durable", "60n c 40n N", 100, 0, 20,
          100 },
        { "an ordinary call leaves the reserve", "90n N", 100, 10, 20, 90 },
        { "which ad-hoc calls may use", "90n N 10a A", 100, 10, 20, 100 },
        { "ad-hoc first: the rest is for all", "10a 80n N 10a A", 100, 10, 20,
          100 },
        { "ad-hoc calls beyond the reserve take from all", "30a 60n N 10a A",
          100, 10, 20, 100 },
        { "an ad-hoc call leaves no lease behind", "90n a N 9a A", 100, 10, 20,
          100 },
        { "an ad-hoc call uses the lease that is there", "n 19a 80n N", 100, 0,
          20, 100 },
        { "all is reserve", "N 100a A", 100, 100, 20, 100 },
        { "a crash wastes one lease at most", "n k", 100, 0, 20, 20 },
        { "also five crashes never pass the limit", "n k n k n k n k n k N",
          100, 0, 20, 100 },
        { "a crash after a whole lease wastes nothing", "20n k", 100, 0, 20,
          20 },
        { "a new day has its own units", "100n N > 100n N", 100, 0, 20, 100 },
        { "a lease does not outlive its day", "n > 99n", 100, 0, 20, 99 },
        { "its rest went back to its own day", "n > n <", 100, 0, 20, 1 },
        { "a clock that steps back reopens nothing", "100n > 100n < N N", 100,
          0, 20, 100 },
        { "nor does it hide what the later day spent", "> 100n N < N > N", 100,
          0, 20, 100 },
        { "exhausted: closed at once", "3n x N A", 100, 0, 20, 3 },
        { "and for who opens later", "3n x c N A", 100, 0, 20, 3 },
        { "told twice", "x x N", 100, 0, 20, 0 },
        { "until the reset", "x N > 100n N", 100, 0, 20, 100 },
    };
    for (int b = 0; b < BACK_ENDS; b++)
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
            play(&rows[i], b);
}
END_TEST

/* ---- buckets, times ---- */

START_TEST(buckets_are_apart)
{
    struct fixture f;
    struct err e = ERR_INIT;
    wall_t now = at("2026-11-20T12:00:00Z");
    fixture_init(&f, 0);
    f.o.limit[QUOTA_SEARCH] = 1;
    struct quota *q = fixture_quota(&f);
    T_OK(quota_reserve(q, QUOTA_SEARCH_LIST, false, now, &e), &e);
    T_RC("search is used up",
         quota_reserve(q, QUOTA_SEARCH_LIST, false, now, &e), RC_LIMIT, &e);
    T_OK(quota_reserve(q, QUOTA_VIDEOS, false, now, &e), &e);
    T_OK(quota_reserve(q, QUOTA_CHANNELS, false, now, &e), &e);
    T_OK(quota_reserve(q, QUOTA_PLAYLIST_ITEMS, false, now, &e), &e);
    T_OK(quota_exhausted(q, QUOTA_GENERAL, now, &e), &e);
    T_RC("general is closed", quota_reserve(q, QUOTA_VIDEOS, true, now, &e),
         RC_LIMIT, &e);
    T_OK(quota_reserve(q, QUOTA_BATCH_GET_STATS, false, now, &e), &e);
    quota_close(q, now);
    T_I64("general", fixture_spent(&f, QUOTA_GENERAL, now), 3);
    T_I64("search", fixture_spent(&f, QUOTA_SEARCH, now), 1);
    T_I64("batchStats", fixture_spent(&f, QUOTA_BATCH_STATS, now), 1);
    fixture_fini(&f);
}
END_TEST

START_TEST(refusals_name_the_reset)
{
    static const struct {
        const char *name, *now, *reset;
    } rows[] = {
        { "winter", "2026-11-20T12:00:00Z", "2026-11-21T08:00:00Z" },
        { "the last millisecond", "2026-11-21T07:59:59.999Z",
          "2026-11-21T08:00:00Z" },
        { "the first", "2026-11-21T08:00:00Z", "2026-11-22T08:00:00Z" },
        { "a day of 23 hours", "2026-03-08T08:00:00Z", "2026-03-09T07:00:00Z" },
        { "a day of 25 hours", "2026-11-01T07:00:00Z", "2026-11-02T08:00:00Z" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fixture f;
        struct err e = ERR_INIT;
        wall_t now = at(rows[i].now), reset = at(rows[i].reset);
        fixture_init(&f, 0);
        f.o.limit[QUOTA_GENERAL] = 1;
        struct quota *q = fixture_quota(&f);
        T_OK(quota_reserve(q, QUOTA_VIDEOS, false, now, &e), &e);
        T_RC(rows[i].name, quota_reserve(q, QUOTA_VIDEOS, false, now, &e),
             RC_LIMIT, &e);
        T_I64(rows[i].name, e.retry_at_ms, reset.ms);
        T_OK(quota_reserve(q, QUOTA_VIDEOS, false, reset, &e), &e);
        T_OK(quota_exhausted(q, QUOTA_GENERAL, reset, &e), &e);
        T_RC(rows[i].name, quota_reserve(q, QUOTA_VIDEOS, false, reset, &e),
             RC_LIMIT, &e);
        T_TRUE("the next reset", e.retry_at_ms > reset.ms);
        quota_close(q, now);
        fixture_fini(&f);
    }
}
END_TEST

START_TEST(a_late_answer_does_not_close_the_new_day)
{
    struct fixture f;
    struct err e = ERR_INIT;
    wall_t sent = at("2026-11-21T07:59:59Z"), now = at("2026-11-21T08:00:01Z");
    fixture_init(&f, 0);
    struct quota *q = fixture_quota(&f);
    T_OK(quota_reserve(q, QUOTA_VIDEOS, false, sent, &e), &e);
    T_OK(quota_reserve(q, QUOTA_VIDEOS, false, now, &e), &e);
    T_OK(quota_exhausted(q, QUOTA_GENERAL, sent, &e), &e);
    T_OK(quota_reserve(q, QUOTA_VIDEOS, false, now, &e), &e);
    quota_close(q, now);
    fixture_fini(&f);
}
END_TEST

START_TEST(another_process_learns_at_its_next_lease)
{
    struct fixture f;
    struct err e = ERR_INIT;
    wall_t now = at("2026-11-20T12:00:00Z");
    fixture_init(&f, 0);
    struct quota *a = fixture_quota(&f), *b = fixture_quota(&f);
    T_OK(quota_reserve(b, QUOTA_VIDEOS, false, now, &e), &e);
    T_OK(quota_exhausted(a, QUOTA_GENERAL, now, &e), &e);
    for (int i = 1; i < 20; i++)
        T_OK(quota_reserve(b, QUOTA_VIDEOS, false, now, &e), &e);
    T_RC("its lease is used up", quota_reserve(b, QUOTA_VIDEOS, false, now, &e),
         RC_LIMIT, &e);
    T_TRUE("it says who closed", strstr(e.msg, "the API closed"));
    quota_close(a, now);
    quota_close(b, now);
    fixture_fini(&f);
}
END_TEST

START_TEST(writes_are_few)
{
    static const struct {
        const char *name;
        int64_t limit;
        int calls, writes;
    } rows[] = {
        { "twenty calls are one write", 100, 20, 1 },
        { "the twenty-first is the next", 100, 21, 2 },
        { "the last units take a second try", 27, 21, 3 },
    };
    wall_t now = at("2026-11-20T12:00:00Z");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fixture f;
        struct err e = ERR_INIT;
        fixture_init(&f, 0);
        f.o.limit[QUOTA_GENERAL] = rows[i].limit;
        struct quota *q = fixture_quota(&f);
        atomic_store(&n_writes, 0);
        for (int n = 0; n < rows[i].calls; n++)
            T_OK(quota_reserve(q, QUOTA_VIDEOS, false, now, &e), &e);
        T_I64(rows[i].name, atomic_load(&n_writes), rows[i].writes);
        quota_close(q, now);
        fixture_fini(&f);
    }
}
END_TEST

/* ---- a store that fails ---- */

START_TEST(nothing_is_sent_when_the_store_fails)
{
    static const int codes[] = { RC_IO, RC_DOWN, RC_UNKNOWN, RC_NOMEM };
    wall_t now = at("2026-11-20T12:00:00Z");
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        struct fixture f;
        struct err e = ERR_INIT;
        fixture_init(&f, 0);
        struct quota *q = fixture_quota(&f);
        atomic_store(&refuse_rc, codes[i]);
        T_RC("reserve", quota_reserve(q, QUOTA_VIDEOS, false, now, &e),
             codes[i], &e);
        T_TRUE("says what it was doing", strstr(e.msg, "quota ledger"));
        T_RC("exhausted", quota_exhausted(q, QUOTA_SEARCH, now, &e), codes[i],
             &e);
        atomic_store(&refuse_rc, 0);
        T_OK(quota_reserve(q, QUOTA_VIDEOS, false, now, &e), &e);
        T_RC("closed all the same",
             quota_reserve(q, QUOTA_SEARCH_LIST, false, now, &e), RC_LIMIT, &e);
        atomic_store(&refuse_rc, codes[i]);
        for (int n = 1; n < 20; n++)
            T_OK(quota_reserve(q, QUOTA_VIDEOS, false, now, &e), &e);
        quota_close(q, now);
        atomic_store(&refuse_rc, 0);
        T_I64("what was handed out is spent",
              fixture_spent(&f, QUOTA_GENERAL, now), 20);
        fixture_fini(&f);
    }
}
END_TEST

START_TEST(what_the_store_does_not_take_back_is_spent)
{
    struct fixture f;
    struct err e = ERR_INIT;
    wall_t now = at("2026-11-20T12:00:00Z");
    fixture_init(&f, 1);
    struct quota *q = fixture_quota(&f);
    T_OK(quota_reserve(q, QUOTA_VIDEOS, false, now, &e), &e);
    atomic_store(&refuse_rc, RC_IO);
    quota_close(q, now);
    atomic_store(&refuse_rc, 0);
    T_I64("the whole lease", fixture_spent(&f, QUOTA_GENERAL, now), 20);
    fixture_fini(&f);
}
END_TEST

START_TEST(what_may_have_been_claimed_is_spent)
{
    static const struct {
        const char *name;
        int64_t limit, calls, spent;
    } rows[] = {
        { "a second lease in place of the first", 100, 20, 40 },
        { "what is left of the day", 30, 10, 30 },
    };
    wall_t now = at("2026-11-20T12:00:00Z");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fixture f;
        struct err e = ERR_INIT;
        fixture_init(&f, 0);
        f.o.limit[QUOTA_GENERAL] = rows[i].limit;
        struct quota *q = fixture_quota(&f);
        store_mem_fail(f.store, 1, RC_UNKNOWN);
        for (int64_t n = 0; n < rows[i].calls; n++)
            T_OK(quota_reserve(q, QUOTA_VIDEOS, false, now, &e), &e);
        quota_close(q, now);
        T_I64(rows[i].name, fixture_spent(&f, QUOTA_GENERAL, now),
              rows[i].spent);
        fixture_fini(&f);
    }
}
END_TEST

/* ---- threads and processes ---- */

enum { THREADS = 8 };

struct spender {
    struct thr thr;
    struct quota *q;
    wall_t now;
    int64_t got;
    int rc; /* of the refusal */
};

static void *spend(void *arg)
{
    struct spender *s = arg;
    do {
        struct err e = ERR_INIT;
        s->rc = quota_reserve(s->q, QUOTA_VIDEOS, s->got % 7 == 0, s->now, &e);
        s->got += s->rc == RC_OK;
    } while (s->rc == RC_OK);
    return NULL;
}

/* Let eight threads spend all, on @q[i % n_q]; return what they got. */
static int64_t spend_all(struct quota **q, size_t n_q, wall_t now)
{
    struct spender s[THREADS];
    struct err e = ERR_INIT;
    int64_t got = 0;
    for (size_t i = 0; i < THREADS; i++) {
        s[i] = (struct spender){ .q = q[i % n_q], .now = now };
        T_OK(thr_start(&s[i].thr, "spender", spend, &s[i], &e), &e);
    }
    for (size_t i = 0; i < THREADS; i++) {
        thr_join(&s[i].thr);
        T_I64("only the limit stops them", s[i].rc, RC_LIMIT);
        got += s[i].got;
    }
    return got;
}

START_TEST(eight_threads_get_the_limit_exactly)
{
    wall_t now = at("2026-11-20T12:00:00Z");
    for (int b = 0; b < BACK_ENDS; b++) {
        struct fixture f;
        fixture_init(&f, b);
        f.o.limit[QUOTA_GENERAL] = 3333;
        struct quota *q = fixture_quota(&f);
        T_I64(back_ends[b], spend_all(&q, 1, now), 3333);
        quota_close(q, now);
        T_I64(back_ends[b], fixture_spent(&f, QUOTA_GENERAL, now), 3333);
        fixture_fini(&f);
    }
}
END_TEST

START_TEST(two_processes_never_pass_the_limit)
{
    /* two ledgers over two handles of one store, as two processes have */
    wall_t now = at("2026-11-20T12:00:00Z");
    struct fixture f;
    fixture_init(&f, 1);
    f.o.limit[QUOTA_GENERAL] = 1111;
    struct quota *q[2] = { fixture_quota(&f) };
    struct store *other = fixture_store(&f, false);
    struct store *first = f.o.store;
    f.o.store = other;
    q[1] = fixture_quota(&f);
    f.o.store = first;
    int64_t got = spend_all(q, 2, now);
    quota_close(q[0], now);
    quota_close(q[1], now);
    T_I64("together the limit", got, 1111);
    T_I64("as the ledger says", fixture_spent(&f, QUOTA_GENERAL, now), got);
    store_close(other);
    fixture_fini(&f);
}
END_TEST

T_SUITE("ledger", 120, scripts, buckets_are_apart, refusals_name_the_reset,
        a_late_answer_does_not_close_the_new_day,
        another_process_learns_at_its_next_lease, writes_are_few,
        nothing_is_sent_when_the_store_fails,
        what_the_store_does_not_take_back_is_spent,
        what_may_have_been_claimed_is_spent,
        eight_threads_get_the_limit_exactly, two_processes_never_pass_the_limit)
