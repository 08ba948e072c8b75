/*
 * store/merge.c - what becomes of a record when facts about it arrive.
 *
 * Rules
 *   1. a record that carries a larger fence is left alone: FENCED
 *   2. a record whose counts are younger than the incoming ones is left
 *      alone as a whole: STALE. Only when both tell their time (stats_at).
 *   3. a field moves when it is set to another value, set for the first
 *      time, or cleared while it was there
 *   4. stats_at and text_at are clocks, not facts: UNCHANGED may move them
 *   5. a record keeps the largest fence that ever wrote it; fence 0 (no
 *      lease) neither checks nor raises it
 *
 * Threads: none of its own; no state.
 */
#include "store/store_priv.h"

#include <assert.h>

const struct schema_type *store_type_at(size_t i)
{
    static const struct schema_type *const types[STORE_TYPES] = {
        &schema_video, &schema_channel, &schema_sample
    };
    assert(i < STORE_TYPES);
    return types[i];
}

size_t store_type_index(const struct schema_type *t)
{
    size_t i = 0;
    while (i < STORE_TYPES && store_type_at(i) != t)
        i++;
    return i;
}

bool store_type_in_feed(const struct schema_type *t)
{
    return t != &schema_sample;
}

uint64_t store_all_bits(const struct schema_type *t)
{
    return (UINT64_C(1) << t->n_fields) - 1;
}

uint64_t store_wide_bits(const struct schema_type *t)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < t->n_fields; i++)
        if (t->fields[i].part == SCHEMA_TEXT)
            bits |= UINT64_C(1) << i;
    return bits;
}

/* The bit of the field named @name, or 0. */
static uint64_t bit_of(const struct schema_type *t, const char *name)
{
    for (size_t i = 0; i < t->n_fields; i++)
        if (strcmp(t->fields[i].name, name) == 0)
            return UINT64_C(1) << i;
    return 0;
}

static int64_t seconds_at(const struct schema_type *t, uint64_t bit,
                          const void *rec)
{
    size_t i = 0;
    while (bit >> i != 1)
        i++;
    int64_t s;
    memcpy(&s, schema_at_const(&t->fields[i], rec), sizeof(s));
    return s;
}

static bool is_stale(const struct schema_type *t, const void *stored,
                     const void *in)
{
    const struct schema_head *a = stored, *b = in;
    uint64_t bit = bit_of(t, "stats_at");
    if (!(a->have & b->have & bit))
        return false;
    return seconds_at(t, bit, stored) > seconds_at(t, bit, in);
}

static uint64_t moved_fields(const struct schema_type *t, const void *stored,
                             const void *in)
{
    const struct schema_head *a = stored, *b = in;
    uint64_t moved = b->clear & a->have; /* rule 3 */
    for (size_t i = 0; i < t->n_fields; i++) {
        uint64_t bit = UINT64_C(1) << i;
        if (!(b->have & bit))
            continue;
        if (!(a->have & bit) || !schema_equal(&t->fields[i], stored, in))
            moved |= bit;
    }
    return moved;
}

struct store_merge store_merge(const struct schema_type *t, const void *stored,
                               uint64_t stored_fence, const void *in,
                               uint64_t fence)
{
    const struct schema_head *h = in;
    if (!stored)
        return (struct store_merge){ STORE_NEW, h->have, fence };
    if (!store_fence_ok(stored_fence, fence))
        return (struct store_merge){ STORE_FENCED, 0, stored_fence };
    if (is_stale(t, stored, in))
        return (struct store_merge){ STORE_STALE, 0, stored_fence };

    uint64_t clocks = bit_of(t, "stats_at") | bit_of(t, "text_at"); /* 4 */
    struct store_merge m = {
        .moved = moved_fields(t, stored, in),
        .fence = fence > stored_fence ? fence : stored_fence,
    };
    m.outcome = m.moved & ~clocks ? STORE_UPDATED : STORE_UNCHANGED;
    return m;
}

/* Bytes of a value of @kind in a record. */
static size_t value_size(enum schema_kind kind)
{
    switch (kind) {
    case SCHEMA_F32:
        return sizeof(float);
    case SCHEMA_CID:
        return sizeof(struct cid);
    case SCHEMA_STR:
    case SCHEMA_LIST:
        return sizeof(struct str);
    case SCHEMA_U64:
    case SCHEMA_I64:
    case SCHEMA_SEC:
    case SCHEMA_BOOL:
    case SCHEMA_ENUM:
        break;
    }
    return sizeof(uint64_t);
}

void store_merge_apply(const struct schema_type *t, const struct store_merge *m,
                       void *rec, const void *in)
{
    struct schema_head *to = rec;
    const struct schema_head *from = in;
    for (size_t i = 0; i < t->n_fields; i++) {
        const struct schema_field *f = &t->fields[i];
        if (m->moved & from->have & UINT64_C(1) << i)
            memcpy(schema_at(f, rec), schema_at_const(f, in),
                   value_size(f->kind));
    }
    to->key[0] = from->key[0];
    to->key[1] = from->key[1];
    to->have = (to->have | (m->moved & from->have)) & ~(m->moved & from->clear);
    to->clear = 0;
}

bool store_merge_told(const struct store_merge *m)
{
    switch (m->outcome) {
    case STORE_NEW:
    case STORE_UPDATED:
        return true;
    case STORE_UNCHANGED:
        return m->moved != 0;
    case STORE_STALE:
    case STORE_FENCED:
        break;
    }
    return false;
}
