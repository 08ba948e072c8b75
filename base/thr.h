/* base/thr.h - mutexes that know their holder, condition variables, threads. */
#ifndef SVF_BASE_THR_H
#define SVF_BASE_THR_H

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"

#include <pthread.h>
#include <stdbool.h>

struct CAPABILITY("mutex") mtx {
    pthread_mutex_t m;
    pthread_t holder; /* valid while held */
    _Atomic bool held;
};

struct cnd {
    pthread_cond_t c; /* waits on the monotonic clock */
};

struct thr {
    pthread_t t;
    bool started;
};

void mtx_init(struct mtx *m);
void mtx_fini(struct mtx *m);
void mtx_lock(struct mtx *m) ACQUIRES(*m);
void mtx_unlock(struct mtx *m) RELEASES(*m);
/* Abort unless the calling thread holds @m. */
void mtx_assert_held(const struct mtx *m);

void cnd_init(struct cnd *c);
void cnd_fini(struct cnd *c);
void cnd_wait(struct cnd *c, struct mtx *m) NEEDS(*m);
/* False when @until (CLOCK_MONOTONIC, as clk_real()->mono) passed first. */
bool cnd_wait_until(struct cnd *c, struct mtx *m, mono_t until) NEEDS(*m);
void cnd_signal(struct cnd *c);
void cnd_broadcast(struct cnd *c);

/*
 * Start a thread named @name (at most 15 bytes). Signals stay with the
 * main thread: the new one blocks all of them but the fatal ones.
 * RC_NOMEM when the system refuses.
 */
int thr_start(struct thr *t, const char *name, void *(*fn)(void *), void *arg,
              struct err *e) MUST_CHECK;
/* Wait for its end; does nothing for a thread that never started. */
void thr_join(struct thr *t);
enum { THR_CPUS_MAX = 64 }; /* the threads that every folder can take */
/* Online processors, [1, THR_CPUS_MAX]: a larger machine counts as that. */
int thr_cpus(void);

#endif
