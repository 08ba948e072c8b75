/*
 * base/clk.c - the machine's clock and the step clock.
 *
 * Rules
 *   1. only this file asks the operating system what time it is
 *   2. a step clock never moves back
 */
#include "base/clk.h"

#include <stdatomic.h>
#include <time.h>

static wall_t real_wall(struct clk *c)
{
    (void)c;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (wall_t){ (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 };
}

static mono_t real_mono(struct clk *c)
{
    (void)c;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (mono_t){ (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000 };
}

/* Short naps, so that a stop is seen within a tenth of a second. */
static void real_wait(struct clk *c, wall_t until, const atomic_bool *stop)
{
    while (!(stop && *stop)) {
        int64_t left_ms = until.ms - real_wall(c).ms;
        if (left_ms <= 0)
            return;
        if (left_ms > 100)
            left_ms = 100;
        struct timespec nap = { 0, (long)left_ms * 1000000 };
        nanosleep(&nap, NULL);
    }
}

struct clk *clk_real(void)
{
    static struct clk real = { real_wall, real_mono, real_wait };
    return &real;
}

static wall_t step_wall(struct clk *c)
{
    struct clk_step *s = (struct clk_step *)c;
    return (wall_t){ atomic_load(&s->now_ms) };
}

static void step_wait(struct clk *c, wall_t until, const atomic_bool *stop)
{
    (void)stop;
    struct clk_step *s = (struct clk_step *)c;
    int64_t now = atomic_load(&s->now_ms);
    while (now < until.ms &&
           !atomic_compare_exchange_weak(&s->now_ms, &now, until.ms))
        ;
}

void clk_step_init(struct clk_step *c, wall_t start)
{
    c->clk = (struct clk){ step_wall, real_mono, step_wait };
    atomic_init(&c->now_ms, start.ms);
}
