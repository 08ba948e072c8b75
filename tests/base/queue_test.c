/* tests/base/queue_test.c - work for threads: queue, pool, parts. */
#include "base/parts.h"
#include "base/pool.h"
#include "base/queue.h"
#include "base/thr.h"
#include "tests/t.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

static int numbers[1000];

START_TEST(first_in_first_out_up_to_the_bound)
{
    struct queue *q = NULL;
    void *item;
    ck_assert_int_eq(queue_open(&q, 0, NULL), RC_INPUT);
    ck_assert_int_eq(queue_open(&q, SIZE_MAX / 2, NULL), RC_INPUT);
    ck_assert_ptr_null(q);
    ck_assert_int_eq(queue_open(&q, 3, NULL), RC_OK);
    for (int round = 0; round < 5; round++) {
        ck_assert_int_eq(queue_try_take(q, &item), RC_AGAIN);
        for (int i = 0; i < 3; i++)
            ck_assert_int_eq(queue_try_put(q, &numbers[i]), RC_OK);
        ck_assert_int_eq(queue_try_put(q, &numbers[3]), RC_AGAIN);
        ck_assert_uint_eq(queue_count(q), 3);
        for (int i = 0; i < 3; i++) {
            ck_assert_int_eq(queue_take(q, &item), RC_OK);
            ck_assert_ptr_eq(item, &numbers[i]);
        }
    }
    queue_close(q);
    queue_close(NULL);
}
END_TEST

START_TEST(a_stopped_queue_drains)
{
    struct queue *q;
    void *item = NULL;
    ck_assert_int_eq(queue_open(&q, 2, NULL), RC_OK);
    ck_assert_int_eq(queue_put(q, &numbers[0]), RC_OK);
    queue_stop(q);
    queue_stop(q);
    ck_assert_int_eq(queue_put(q, &numbers[1]), RC_CANCELLED);
    ck_assert_int_eq(queue_try_put(q, &numbers[1]), RC_CANCELLED);
    ck_assert_int_eq(queue_take(q, &item), RC_OK);
    ck_assert_ptr_eq(item, &numbers[0]);
    item = &numbers[7];
    ck_assert_int_eq(queue_take(q, &item), RC_CANCELLED);
    ck_assert_int_eq(queue_try_take(q, &item), RC_CANCELLED);
    ck_assert_ptr_eq(item, &numbers[7]);
    queue_close(q);
}
END_TEST

enum { PER_PRODUCER = 5000 };

struct traffic {
    struct queue *q;
    _Atomic int64_t sum;
    _Atomic int cancelled;
};

static void *produce(void *arg)
{
    struct traffic *t = arg;
    for (intptr_t i = 1; i <= PER_PRODUCER; i++)
        if (queue_put(t->q, (void *)i) != RC_OK)
            abort();
    return NULL;
}

static void *consume(void *arg)
{
    struct traffic *t = arg;
    void *item;
    while (queue_take(t->q, &item) == RC_OK)
        atomic_fetch_add(&t->sum, (intptr_t)item);
    atomic_fetch_add(&t->cancelled, 1);
    return NULL;
}

START_TEST(nothing_is_lost_between_threads)
{
    struct traffic t = { .sum = 0 };
    struct thr makers[3] = { { .started = false } };
    struct thr takers[3] = { { .started = false } };
    ck_assert_int_eq(queue_open(&t.q, 4, NULL), RC_OK);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(thr_start(&makers[i], "make", produce, &t, NULL), 0);
        ck_assert_int_eq(thr_start(&takers[i], "take", consume, &t, NULL), 0);
    }
    for (int i = 0; i < 3; i++)
        thr_join(&makers[i]);
    queue_stop(t.q);
    for (int i = 0; i < 3; i++)
        thr_join(&takers[i]);
    ck_assert_int_eq(t.sum, 3ll * PER_PRODUCER * (PER_PRODUCER + 1) / 2);
    ck_assert_int_eq(t.cancelled, 3);
    queue_close(t.q);
}
END_TEST

static void *put_one(void *arg)
{
    struct traffic *t = arg;
    if (queue_put(t->q, &numbers[2]) == RC_CANCELLED)
        atomic_fetch_add(&t->cancelled, 1);
    return NULL;
}

/* Whether the stop comes before, while or after the other waits is up to
 * the scheduler: many rounds meet each case. */
START_TEST(a_stop_wakes_who_waits_for_room)
{
    struct traffic t = { .sum = 0 };
    for (int round = 0; round < 200; round++) {
        struct thr maker = { .started = false };
        void *item;
        ck_assert_int_eq(queue_open(&t.q, 1, NULL), RC_OK);
        ck_assert_int_eq(queue_put(t.q, &numbers[1]), RC_OK);
        ck_assert_int_eq(thr_start(&maker, "full", put_one, &t, NULL), RC_OK);
        for (int i = 0; i < round; i++)
            sched_yield();
        queue_stop(t.q);
        thr_join(&maker);
        ck_assert_int_eq(queue_take(t.q, &item), RC_OK);
        queue_close(t.q);
    }
    ck_assert_int_eq(t.cancelled, 200);
}
END_TEST

/* Workers that can be held until the test lets them go. */
struct job {
    struct mtx mu;
    struct cnd changed;
    bool held;
    int waiting;
    struct pool *pool;
    _Atomic int worked;
    _Atomic int dropped;
    _Atomic int bad_worker;
};

static void job_init(struct job *j, bool held)
{
    *j = (struct job){ .held = held };
    mtx_init(&j->mu);
    cnd_init(&j->changed);
}

static void job_fini(struct job *j)
{
    cnd_fini(&j->changed);
    mtx_fini(&j->mu);
}

static void job_release(struct job *j)
{
    mtx_lock(&j->mu);
    j->held = false;
    cnd_broadcast(&j->changed);
    mtx_unlock(&j->mu);
}

static void job_await_waiting(struct job *j, int n)
{
    mtx_lock(&j->mu);
    while (j->waiting < n)
        cnd_wait(&j->changed, &j->mu);
    mtx_unlock(&j->mu);
}

static void work(void *ctx, int worker, void *item)
{
    struct job *j = ctx;
    (void)item;
    if (worker < 0 || worker > 1)
        atomic_fetch_add(&j->bad_worker, 1);
    mtx_lock(&j->mu);
    j->waiting++;
    cnd_broadcast(&j->changed);
    while (j->held)
        cnd_wait(&j->changed, &j->mu);
    mtx_unlock(&j->mu);
    atomic_fetch_add(&j->worked, 1);
}

static void drop(void *ctx, void *item)
{
    (void)item;
    atomic_fetch_add(&((struct job *)ctx)->dropped, 1);
}

static struct pool *pool_for(struct job *j, size_t cap)
{
    struct pool_options o = { .name = "test",
                              .threads = 2,
                              .queue_cap = cap,
                              .work = work,
                              .drop = drop,
                              .ctx = j };
    struct pool *p;
    struct err e = ERR_INIT;
    T_OK(pool_open(&p, &o, &e), &e);
    return p;
}

START_TEST(a_drain_waits_for_all_work)
{
    struct job j;
    job_init(&j, false);
    struct pool *p = pool_for(&j, 8);
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(pool_put(p, &numbers[i]), RC_OK);
    pool_drain(p);
    ck_assert_int_eq(j.worked, 1000);
    ck_assert_int_eq(j.bad_worker, 0);
    ck_assert_int_eq(pool_put(p, &numbers[0]), RC_CANCELLED);
    ck_assert_int_eq(pool_try_put(p, &numbers[0]), RC_CANCELLED);
    pool_wait_idle(p);
    pool_close(p);
    ck_assert_int_eq(j.worked, 1000);
    ck_assert_int_eq(j.dropped, 0);
    job_fini(&j);
}
END_TEST

static void work_a_little(void *ctx, int worker, void *item)
{
    (void)worker;
    for (int i = 0; i < *(int *)item; i++)
        sched_yield();
    atomic_fetch_add(&((struct job *)ctx)->worked, 1);
}

START_TEST(a_drain_waits_for_a_single_item)
{
    struct job j;
    job_init(&j, false);
    for (int round = 0; round < 200; round++) {
        struct pool_options o = { .name = "one",
                                  .threads = 1,
                                  .queue_cap = 1,
                                  .work = work_a_little,
                                  .ctx = &j };
        struct pool *p;
        ck_assert_int_eq(pool_open(&p, &o, NULL), RC_OK);
        ck_assert_int_eq(pool_put(p, &round), RC_OK);
        pool_drain(p);
        ck_assert_int_eq(j.worked, round + 1);
        pool_close(p);
    }
    job_fini(&j);
}
END_TEST

START_TEST(a_cancel_drops_what_has_not_begun)
{
    struct job j;
    job_init(&j, true);
    struct pool *p = pool_for(&j, 3);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pool_put(p, &numbers[i]), RC_OK);
    job_await_waiting(&j, 2);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(pool_try_put(p, &numbers[i]), RC_OK);
    ck_assert_int_eq(pool_try_put(p, &numbers[3]), RC_AGAIN);
    pool_cancel(p);
    ck_assert_int_eq(j.dropped, 3);
    ck_assert_int_eq(j.worked, 0);
    job_release(&j);
    pool_close(p);
    ck_assert_int_eq(j.worked, 2);
    ck_assert_int_eq(j.dropped, 3);
    job_fini(&j);
}
END_TEST

static void work_and_put(void *ctx, int worker, void *item)
{
    struct job *j = ctx;
    intptr_t left = (intptr_t)item;
    (void)worker;
    atomic_fetch_add(&j->worked, 1);
    if (left > 1 && pool_try_put(j->pool, (void *)(left - 1)) != RC_OK)
        atomic_fetch_add(&j->bad_worker, 1);
}

START_TEST(idle_counts_the_work_that_work_makes)
{
    struct job j;
    job_init(&j, false);
    struct pool_options o = { .name = "a-name-longer-than-allowed",
                              .threads = 1,
                              .queue_cap = 1,
                              .work = work_and_put,
                              .ctx = &j };
    ck_assert_int_eq(pool_open(&j.pool, &o, NULL), RC_OK);
    ck_assert_int_eq(pool_put(j.pool, (void *)(intptr_t)500), RC_OK);
    pool_wait_idle(j.pool);
    ck_assert_int_eq(j.worked, 500);
    ck_assert_int_eq(j.bad_worker, 0);
    pool_close(j.pool);
    job_fini(&j);
}
END_TEST

START_TEST(a_pool_has_1_to_256_threads)
{
    static const struct {
        const char *name;
        int threads;
        size_t cap;
        int rc;
    } rows[] = {
        { "no thread", 0, 1, RC_INPUT },
        { "257 threads", 257, 1, RC_INPUT },
        { "no room in the queue", 1, 0, RC_INPUT },
        { "one of each", 1, 1, RC_OK },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct pool_options o = { .name = "n",
                                  .threads = rows[i].threads,
                                  .queue_cap = rows[i].cap,
                                  .work = work };
        struct pool *p = NULL;
        struct err e = ERR_INIT;
        T_RC(rows[i].name, pool_open(&p, &o, &e), rows[i].rc, &e);
        pool_close(p);
    }
}
END_TEST

START_TEST(a_wait_with_a_deadline_ends)
{
    struct mtx mu;
    struct cnd c;
    mtx_init(&mu);
    cnd_init(&c);
    mtx_lock(&mu);
    mtx_assert_held(&mu);
    ck_assert(!cnd_wait_until(&c, &mu, clk_mono(clk_real())));
    mtx_assert_held(&mu);
    mtx_unlock(&mu);
    cnd_fini(&c);
    mtx_fini(&mu);
    struct thr never = { .started = false };
    thr_join(&never);
    ck_assert_int_ge(thr_cpus(), 1);
}
END_TEST

static void *own_mask(void *arg)
{
    pthread_sigmask(SIG_SETMASK, NULL, arg);
    return NULL;
}

START_TEST(signals_stay_with_the_main_thread)
{
    struct thr t = { .started = false };
    sigset_t mask;
    struct err e = ERR_INIT;
    T_RC("start", thr_start(&t, "mask", own_mask, &mask, &e), RC_OK, &e);
    thr_join(&t);
    ck_assert_int_eq(sigismember(&mask, SIGTERM), 1);
    ck_assert_int_eq(sigismember(&mask, SIGINT), 1);
    ck_assert_int_eq(sigismember(&mask, SIGSEGV), 0);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    ck_assert_int_eq(sigismember(&mask, SIGTERM), 0);
}
END_TEST

struct parts {
    atomic_int calls[PARTS_RUN_MAX + 1];
    pthread_t first; /* the thread that did part 0 */
};

static void do_part(void *ctx, int part)
{
    struct parts *p = ctx;
    atomic_fetch_add(&p->calls[part], 1);
    if (part == 0)
        p->first = pthread_self();
}

START_TEST(each_part_is_done_once_and_the_first_by_the_caller)
{
    static const int counts[] = { 1, 2, PARTS_RUN_MAX };
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        struct parts p = { .calls = { 0 } };
        parts_run("parts", counts[i], do_part, &p);
        for (int part = 0; part <= PARTS_RUN_MAX; part++)
            ck_assert_int_eq(p.calls[part], part < counts[i]);
        ck_assert(pthread_equal(p.first, pthread_self()));
    }
}
END_TEST

/* The number of processors that sysconf() tells here (see CMakeLists.txt);
 * 0 = that of the machine. */
static long processors;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-*): names of ld --wrap */
long __real_sysconf(int name);
long __wrap_sysconf(int name);

long __wrap_sysconf(int name)
{
    return name == _SC_NPROCESSORS_ONLN && processors ? processors
                                                      : __real_sysconf(name);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-*) */

/* What thr_cpus() gives goes into options that end at 64 threads. */
START_TEST(a_large_machine_counts_as_one_of_64_processors)
{
    static const struct {
        long online;
        int counted;
    } rows[] = { { -1, 1 }, { 1, 1 }, { 63, 63 }, { 64, 64 }, { 65, 64 } };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        processors = rows[i].online;
        ck_assert_int_eq(thr_cpus(), rows[i].counted);
    }
    processors = 0;
    ck_assert_int_ge(thr_cpus(), 1);
}
END_TEST

T_SUITE("base.queue", 60, first_in_first_out_up_to_the_bound,
        a_stopped_queue_drains, nothing_is_lost_between_threads,
        a_stop_wakes_who_waits_for_room, a_drain_waits_for_all_work,
        a_drain_waits_for_a_single_item, a_cancel_drops_what_has_not_begun,
        idle_counts_the_work_that_work_makes, a_pool_has_1_to_256_threads,
        a_wait_with_a_deadline_ends, signals_stay_with_the_main_thread,
        each_part_is_done_once_and_the_first_by_the_caller,
        a_large_machine_counts_as_one_of_64_processors)
