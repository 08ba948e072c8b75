/* tests/base/fake_clk.h - a clock that a test moves by hand. */
#ifndef SVF_TESTS_BASE_FAKE_CLK_H
#define SVF_TESTS_BASE_FAKE_CLK_H

#include "base/clk.h"

struct fake_clk {
    struct clk clk; /* first: a clk pointer is a fake_clk pointer */
    wall_t wall;
    mono_t mono;
};

static inline wall_t fake_wall(struct clk *c)
{
    return ((struct fake_clk *)c)->wall;
}

static inline mono_t fake_mono(struct clk *c)
{
    return ((struct fake_clk *)c)->mono;
}

static inline void fake_wait(struct clk *c, wall_t until,
                             const atomic_bool *stop)
{
    (void)stop;
    ((struct fake_clk *)c)->wall = until;
}

static inline void fake_clk_init(struct fake_clk *f, int64_t wall_ms)
{
    *f = (struct fake_clk){ .clk = { fake_wall, fake_mono, fake_wait },
                            .wall = { wall_ms },
                            .mono = { 5000000 } };
}

static inline void fake_clk_pass(struct fake_clk *f, int64_t ms)
{
    f->wall.ms += ms;
    f->mono.us += ms * 1000;
}

#endif
