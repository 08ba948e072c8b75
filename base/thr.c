/*
 * base/thr.c - thin wrappers around pthreads.
 *
 * Rules
 *   1. a lock call that pthreads refuses is our bug: abort
 *   2. threads block signals, so that only main's handler runs
 */
#include "base/thr.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

void mtx_init(struct mtx *m)
{
    int rc = pthread_mutex_init(&m->m, NULL);
    assert(rc == 0);
    (void)rc;
    atomic_init(&m->held, false);
}

void mtx_fini(struct mtx *m)
{
    pthread_mutex_destroy(&m->m);
}

void mtx_lock(struct mtx *m) NO_LOCK_ANALYSIS
{
    int rc = pthread_mutex_lock(&m->m);
    assert(rc == 0);
    (void)rc;
    m->holder = pthread_self();
    atomic_store_explicit(&m->held, true, memory_order_relaxed);
}

void mtx_unlock(struct mtx *m) NO_LOCK_ANALYSIS
{
    mtx_assert_held(m);
    atomic_store_explicit(&m->held, false, memory_order_relaxed);
    int rc = pthread_mutex_unlock(&m->m);
    assert(rc == 0);
    (void)rc;
}

void mtx_assert_held(const struct mtx *m)
{
    assert(atomic_load_explicit(&m->held, memory_order_relaxed));
    assert(pthread_equal(m->holder, pthread_self()));
    (void)m;
}

void cnd_init(struct cnd *c)
{
    pthread_condattr_t a;
    pthread_condattr_init(&a);
    pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
    int rc = pthread_cond_init(&c->c, &a);
    assert(rc == 0);
    (void)rc;
    pthread_condattr_destroy(&a);
}

void cnd_fini(struct cnd *c)
{
    pthread_cond_destroy(&c->c);
}

static void released(struct mtx *m)
{
    atomic_store_explicit(&m->held, false, memory_order_relaxed);
}

static void taken_again(struct mtx *m)
{
    m->holder = pthread_self();
    atomic_store_explicit(&m->held, true, memory_order_relaxed);
}

void cnd_wait(struct cnd *c, struct mtx *m)
{
    released(m);
    pthread_cond_wait(&c->c, &m->m);
    taken_again(m);
}

bool cnd_wait_until(struct cnd *c, struct mtx *m, mono_t until)
{
    struct timespec t = { until.us / 1000000, until.us % 1000000 * 1000 };
    released(m);
    int rc = pthread_cond_timedwait(&c->c, &m->m, &t);
    taken_again(m);
    return rc != ETIMEDOUT;
}

void cnd_signal(struct cnd *c)
{
    pthread_cond_signal(&c->c);
}

void cnd_broadcast(struct cnd *c)
{
    pthread_cond_broadcast(&c->c);
}

int thr_start(struct thr *t, const char *name, void *(*fn)(void *), void *arg,
              struct err *e)
{
    static const int fatal[] = { SIGSEGV, SIGBUS,  SIGFPE,
                                 SIGILL,  SIGABRT, SIGTRAP };
    sigset_t blocked, old;
    sigfillset(&blocked);
    for (size_t i = 0; i < ARRAY_LEN(fatal); i++)
        sigdelset(&blocked, fatal[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, &old);
    int rc = pthread_create(&t->t, NULL, fn, arg);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (rc)
        return err_sys(e, RC_NOMEM, rc, "cannot start thread %s", name);
    t->started = true;
    (void)pthread_setname_np(t->t, name);
    return RC_OK;
}

void thr_join(struct thr *t)
{
    if (!t->started)
        return;
    pthread_join(t->t, NULL);
    t->started = false;
}

int thr_cpus(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > THR_CPUS_MAX ? THR_CPUS_MAX : (int)n;
}
