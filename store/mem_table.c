/*
 * store/mem_table.c - the hash table of records behind mem: stores.
 *
 * Rules
 *   1. open addressing, linear probing: from the home slot of a key to its
 *      record no slot is free; removal moves later records back
 *   2. the home slot depends on the first word of the key alone
 *   3. a record is never changed; a new version takes its slot
 *
 * Threads: the caller locks; mem_rec_ref() and _unref() from any thread.
 */
#include "store/mem_priv.h"

#include "base/digest.h"

#include <stdlib.h>

/* ---- one record ---- */

static bool is_text(const struct schema_field *f)
{
    return f->kind == SCHEMA_STR || f->kind == SCHEMA_LIST;
}

static bool has(const void *rec, size_t i)
{
    return ((const struct schema_head *)rec)->have >> i & 1;
}

static size_t text_bytes(const struct schema_type *t, const void *rec)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_fields; i++) {
        if (!has(rec, i) || !is_text(&t->fields[i]))
            continue;
        struct str s;
        memcpy(&s, schema_at_const(&t->fields[i], rec), sizeof(s));
        n += s.n + 1;
    }
    return n;
}

/* Move the text of @rec to @to and let the fields point there. */
static void own_text(const struct schema_type *t, void *rec, char *to)
{
    for (size_t i = 0; i < t->n_fields; i++) {
        if (!has(rec, i) || !is_text(&t->fields[i]))
            continue;
        struct str s;
        memcpy(&s, schema_at(&t->fields[i], rec), sizeof(s));
        if (s.n)
            memcpy(to, s.p, s.n);
        to[s.n] = '\0';
        s.p = to;
        memcpy(schema_at(&t->fields[i], rec), &s, sizeof(s));
        to += s.n + 1;
    }
}

struct mem_rec *mem_rec_make(const struct schema_type *t, const void *rec,
                             uint64_t fence)
{
    struct mem_rec *r = malloc(sizeof(*r) + t->size + text_bytes(t, rec));
    if (!r)
        return NULL;
    atomic_init(&r->refs, 1);
    r->fence = fence;
    memcpy(r->rec, rec, t->size);
    own_text(t, r->rec, (char *)r->rec + t->size);
    return r;
}

void mem_rec_ref(struct mem_rec *r)
{
    atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
}

void mem_rec_unref(struct mem_rec *r)
{
    if (r && atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) == 1)
        free(r);
}

/* ---- the table ---- */

void mem_table_fini(struct mem_table *t)
{
    for (size_t i = 0; i < t->cap; i++)
        mem_rec_unref(t->slot[i]);
    free(t->slot);
    *t = (struct mem_table){ .slot = NULL };
}

static size_t home(const struct mem_table *t, uint64_t key0)
{
    return (size_t)digest_mix(key0) & (t->cap - 1);
}

static size_t next(const struct mem_table *t, size_t i)
{
    return (i + 1) & (t->cap - 1);
}

/* The slot of @key, or the free one where it would go. */
static size_t find(const struct mem_table *t, const uint64_t key[2])
{
    size_t i = home(t, key[0]);
    while (t->slot[i]) {
        const uint64_t *k = mem_rec_key(t->slot[i]);
        if (k[0] == key[0] && k[1] == key[1])
            break;
        i = next(t, i);
    }
    return i;
}

bool mem_table_reserve(struct mem_table *t, size_t n)
{
    size_t cap = t->cap ? t->cap : 64;
    while (cap - cap / 4 < t->used + n)
        cap *= 2;
    if (cap == t->cap)
        return true;
    struct mem_table wide = { .cap = cap, .used = t->used };
    wide.slot = calloc(cap, sizeof(struct mem_rec *));
    if (!wide.slot)
        return false;
    for (size_t i = 0; i < t->cap; i++)
        if (t->slot[i])
            wide.slot[find(&wide, mem_rec_key(t->slot[i]))] = t->slot[i];
    free(t->slot);
    *t = wide;
    return true;
}

struct mem_rec *mem_table_get(const struct mem_table *t, const uint64_t key[2])
{
    return t->cap ? t->slot[find(t, key)] : NULL;
}

struct mem_rec *mem_table_put(struct mem_table *t, struct mem_rec *r)
{
    size_t i = find(t, mem_rec_key(r));
    struct mem_rec *old = t->slot[i];
    t->slot[i] = r;
    t->used += old == NULL;
    return old;
}

/* Slot @hole became free: move back what rule 1 would lose behind it. */
static void close_gap(struct mem_table *t, size_t hole)
{
    for (size_t i = next(t, hole); t->slot[i]; i = next(t, i)) {
        size_t from_home =
            (i - home(t, mem_rec_key(t->slot[i])[0])) & (t->cap - 1);
        size_t from_hole = (i - hole) & (t->cap - 1);
        if (from_home < from_hole)
            continue;
        t->slot[hole] = t->slot[i];
        t->slot[i] = NULL;
        hole = i;
    }
}

struct mem_rec *mem_table_take(struct mem_table *t, const uint64_t key[2])
{
    if (!t->cap)
        return NULL;
    size_t i = find(t, key);
    struct mem_rec *r = t->slot[i];
    if (!r)
        return NULL;
    t->slot[i] = NULL;
    t->used--;
    close_gap(t, i);
    return r;
}

struct mem_rec *mem_table_any(const struct mem_table *t, uint64_t key0)
{
    if (!t->cap)
        return NULL;
    size_t i = home(t, key0);
    while (t->slot[i] && mem_rec_key(t->slot[i])[0] != key0)
        i = next(t, i);
    return t->slot[i];
}
