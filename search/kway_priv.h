/* search/kway_priv.h - many ordered streams, the least one first. */
#ifndef SVF_SEARCH_KWAY_PRIV_H
#define SVF_SEARCH_KWAY_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Does stream @a come before stream @b? A total order. */
typedef bool (*kway_less)(const void *ctx, uint32_t a, uint32_t b);

/* A binary heap of stream numbers. */
struct kway {
    uint32_t *at; /* room for all streams; the caller's */
    size_t n;
    kway_less less;
    const void *ctx;
};

static inline void kway_down(struct kway *k, size_t i)
{
    for (;;) {
        size_t least = i, left = 2 * i + 1;
        for (size_t c = left; c < left + 2 && c < k->n; c++)
            if (k->less(k->ctx, k->at[c], k->at[least]))
                least = c;
        if (least == i)
            return;
        uint32_t t = k->at[i];
        k->at[i] = k->at[least];
        k->at[least] = t;
        i = least;
    }
}

/* After k->at[0 .. n) was filled in any order. */
static inline void kway_begin(struct kway *k)
{
    for (size_t i = k->n / 2; i-- > 0;)
        kway_down(k, i);
}

/* The first stream has moved on, or (@done) has ended. */
static inline void kway_moved(struct kway *k, bool done)
{
    if (done)
        k->at[0] = k->at[--k->n];
    if (k->n > 1)
        kway_down(k, 0);
}

/* Put stream @s, which has something again, back. */
static inline void kway_add(struct kway *k, uint32_t s)
{
    size_t i = k->n++;
    for (; i > 0 && k->less(k->ctx, s, k->at[(i - 1) / 2]); i = (i - 1) / 2)
        k->at[i] = k->at[(i - 1) / 2];
    k->at[i] = s;
}

#endif
