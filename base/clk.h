/* base/clk.h - time as an argument: three types and a seam. */
#ifndef SVF_BASE_CLK_H
#define SVF_BASE_CLK_H

#include "base/attr.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Wall clock: UTC, ms since 1970-01-01; may step back. */
typedef struct {
    int64_t ms;
} wall_t;

/* Monotonic clock: us since an arbitrary start; never steps back. */
typedef struct {
    int64_t us;
} mono_t;

/* A span of time. */
typedef struct {
    int64_t ms;
} dur_t;

#define DUR_MS(n) ((dur_t){ (n) })
#define DUR_S(n)  ((dur_t){ (int64_t)(n)*1000 })

/*
 * The clock seam. clk_real() is the machine's; a step clock stands still
 * until somebody waits on it; tests move a fake by hand.
 */
struct clk {
    wall_t (*wall)(struct clk *);
    mono_t (*mono)(struct clk *);
    /* Wait until the wall clock shows @until or *@stop becomes true. */
    void (*wait)(struct clk *, wall_t until, const atomic_bool *stop);
};

/* Borrow the machine's clock; lives for ever. Threads: any. */
struct clk *clk_real(void);

/*
 * A clock that shows @start and jumps forward when somebody waits. Its
 * monotonic side is the real one: network deadlines stay real.
 * Threads: any, after clk_step_init().
 */
struct clk_step {
    struct clk clk;
    _Atomic int64_t now_ms;
};

void clk_step_init(struct clk_step *c, wall_t start);

static inline wall_t clk_wall(struct clk *c)
{
    return c->wall(c);
}
static inline mono_t clk_mono(struct clk *c)
{
    return c->mono(c);
}
static inline int64_t wall_s(wall_t t)
{
    return t.ms / 1000 - (t.ms % 1000 < 0);
}
/* Seconds that do not fit in ms become the last ms that does. */
static inline wall_t wall_of_s(int64_t s)
{
    const int64_t most = INT64_MAX / 1000;
    return (wall_t){ (s > most ? most : s < -most ? -most : s) * 1000 };
}
static inline wall_t wall_add(wall_t t, dur_t d)
{
    return (wall_t){ t.ms + d.ms };
}
static inline dur_t mono_since(mono_t from, mono_t to)
{
    return (dur_t){ (to.us - from.us) / 1000 };
}
static inline mono_t mono_add(mono_t t, dur_t d)
{
    return (mono_t){ t.us + d.ms * 1000 };
}

#endif
