/* base/rnd.h - randomness as an argument: seeded, repeatable. */
#ifndef SVF_BASE_RND_H
#define SVF_BASE_RND_H

#include "base/num.h"

#include <stdint.h>

/* One generator per thread; not safe to share. */
struct rnd {
    uint64_t state;
};

/* The mixing step of splitmix64: a bijection of 64 bits. */
static inline uint64_t rnd_mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static inline void rnd_init(struct rnd *r, uint64_t seed)
{
    r->state = seed;
}

static inline uint64_t rnd_u64(struct rnd *r)
{
    uint64_t x = rnd_mix(r->state);
    r->state += 0x9e3779b97f4a7c15u;
    return x;
}

/* Uniform in [0, n); n > 0. Multiply-shift: bias below 2^-32 for small n. */
static inline uint64_t rnd_below(struct rnd *r, uint64_t n)
{
    return (uint64_t)(((num_u128)rnd_u64(r) * n) >> 64);
}

/* Uniform in [0, 1). */
static inline double rnd_f64(struct rnd *r)
{
    return (double)(rnd_u64(r) >> 11) * 0x1p-53;
}

/* A seed from the operating system; only for cli/ and tests' --seed. */
uint64_t rnd_os_seed(void);

#endif
