/* base/arena.h - memory for one batch: many takes, one free. */
#ifndef SVF_BASE_ARENA_H
#define SVF_BASE_ARENA_H

#include "base/attr.h"
#include "base/str.h"

#include <stddef.h>

struct arena_chunk;

/* Set aside with ARENA_INIT; a pointer taken never outlives the arena. */
struct arena {
    struct arena_chunk *last; /* owned */
    size_t used_bytes;        /* taken so far */
    size_t max_bytes;         /* bound for used_bytes */
};

#define ARENA_INIT(max)                                                        \
    {                                                                          \
        .last = NULL, .used_bytes = 0, .max_bytes = (max)                      \
    }

void arena_fini(struct arena *a);
/* Empty but usable; keeps the newest chunk. */
void arena_reset(struct arena *a);
/* Take @n bytes aligned for any type; NULL when the bound or memory ends. */
void *arena_take(struct arena *a, size_t n) MUST_CHECK;
/* Copy @s into the arena, terminated. False when it does not fit. */
bool arena_str(struct arena *a, struct str s, struct str *ret) MUST_CHECK;

#endif
