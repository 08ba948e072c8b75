/*
 * base/arena.c - chunks in a list, each twice the one before.
 *
 * Rules
 *   1. used_bytes <= max_bytes
 *   2. what is taken stays where it is until reset or fini
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

struct arena_chunk {
    struct arena_chunk *before;
    size_t cap;
    size_t used;
    alignas(max_align_t) char data[];
};

enum { FIRST_CHUNK = 16 * 1024, LARGEST_CHUNK = 1024 * 1024 };

static void free_chunks(struct arena_chunk *c)
{
    while (c) {
        struct arena_chunk *before = c->before;
        free(c);
        c = before;
    }
}

void arena_fini(struct arena *a)
{
    if (!a)
        return;
    free_chunks(a->last);
    a->last = NULL;
    a->used_bytes = 0;
}

void arena_reset(struct arena *a)
{
    if (a->last) {
        free_chunks(a->last->before);
        a->last->before = NULL;
        a->last->used = 0;
    }
    a->used_bytes = 0;
}

static struct arena_chunk *add_chunk(struct arena *a, size_t n)
{
    size_t cap = a->last ? a->last->cap * 2 : FIRST_CHUNK;
    if (cap > LARGEST_CHUNK)
        cap = LARGEST_CHUNK;
    if (cap < n)
        cap = n;
    struct arena_chunk *c = malloc(sizeof(*c) + cap);
    if (!c)
        return NULL;
    c->before = a->last;
    c->cap = cap;
    c->used = 0;
    a->last = c;
    return c;
}

void *arena_take(struct arena *a, size_t n)
{
    const size_t align = alignof(max_align_t);
    if (n > SIZE_MAX / 2) /* room for the rounding and a chunk's head */
        return NULL;
    n = (n + align - 1) & ~(align - 1);
    if (n > a->max_bytes - a->used_bytes)
        return NULL;
    struct arena_chunk *c = a->last;
    if (!c || n > c->cap - c->used)
        c = add_chunk(a, n);
    if (!c)
        return NULL;
    void *p = c->data + c->used;
    c->used += n;
    a->used_bytes += n;
    return p;
}

bool arena_str(struct arena *a, struct str s, struct str *ret)
{
    char *p = arena_take(a, s.n + 1);
    if (!p)
        return false;
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    *ret = str_n(p, s.n);
    return true;
}
