/*
 * search/tab.c - the hash table behind dictionaries under construction.
 *
 * Rules
 *   1. at most three quarters of the slots are taken; linear probing
 *   2. numbers are dense, in order of arrival; nothing is ever removed
 *
 * Threads: owner only.
 */
#include "search/tab_priv.h"

#include "base/digest.h"

#include <stdlib.h>

void tab_fini(struct tab *t)
{
    if (!t)
        return;
    free(t->slot);
    free(t->at);
    free(t->hash);
    buf_fini(&t->bytes);
    *t = (struct tab)TAB_INIT;
}

static int no_memory(struct err *e)
{
    return err_set(e, RC_NOMEM, "no memory for a dictionary");
}

static void seat(struct tab *t, uint32_t number)
{
    size_t i = t->hash[number] & (t->slots - 1);
    while (t->slot[i])
        i = (i + 1) & (t->slots - 1);
    t->slot[i] = number + 1;
}

static int grow_slots(struct tab *t, struct err *e)
{
    size_t slots = t->slots ? 2 * t->slots : 64;
    uint32_t *slot = calloc(slots, sizeof(*slot));
    if (!slot)
        return no_memory(e);
    free(t->slot);
    t->slot = slot;
    t->slots = slots;
    for (size_t i = 0; i < t->n; i++)
        seat(t, (uint32_t)i);
    return RC_OK;
}

static int grow_rows(struct tab *t, struct err *e)
{
    size_t cap = t->cap ? 2 * t->cap : 64;
    uint64_t *at = realloc(t->at, (cap + 1) * sizeof(*at));
    if (!at)
        return no_memory(e);
    if (!t->at)
        at[0] = 0;
    t->at = at;
    uint32_t *hash = realloc(t->hash, cap * sizeof(*hash));
    if (!hash)
        return no_memory(e);
    t->hash = hash;
    t->cap = cap;
    return RC_OK;
}

static int append(struct tab *t, struct str s, uint32_t hash, struct err *e)
{
    int rc = RC_OK;
    if (t->n == t->cap)
        rc = grow_rows(t, e);
    if (!rc && 4 * (t->n + 1) > 3 * t->slots)
        rc = grow_slots(t, e);
    if (rc)
        return rc;
    if (t->n == UINT32_MAX - 1)
        return err_set(e, RC_LIMIT, "too many words for one segment");
    buf_str(&t->bytes, s);
    rc = buf_check(&t->bytes, "a dictionary", e);
    if (rc)
        return rc;
    t->hash[t->n] = hash;
    t->at[t->n + 1] = t->bytes.n;
    seat(t, (uint32_t)t->n);
    t->n++;
    return RC_OK;
}

int tab_add(struct tab *t, struct str s, uint32_t *ret, struct err *e)
{
    uint64_t h = digest_mix(digest_bytes(DIGEST_INIT, s.p, s.n));
    uint32_t hash = (uint32_t)(h >> 32);
    if (t->slots) {
        size_t i = hash & (t->slots - 1);
        for (; t->slot[i]; i = (i + 1) & (t->slots - 1)) {
            uint32_t number = t->slot[i] - 1;
            if (t->hash[number] == hash && str_eq(tab_str(t, number), s)) {
                *ret = number;
                return RC_OK;
            }
        }
    }
    int rc = append(t, s, hash, e);
    if (!rc)
        *ret = (uint32_t)t->n - 1;
    return rc;
}

struct sort_row {
    struct str s;
    uint32_t number;
};

static int by_bytes(const void *a, const void *b)
{
    const struct sort_row *x = a, *y = b;
    return str_cmp(x->s, y->s);
}

int tab_sorted(const struct tab *t, uint32_t **ret, struct err *e)
{
    struct sort_row *rows = calloc(t->n + 1, sizeof(*rows));
    uint32_t *order = calloc(t->n + 1, sizeof(*order));
    if (!rows || !order) {
        free(rows);
        free(order);
        return no_memory(e);
    }
    for (size_t i = 0; i < t->n; i++)
        rows[i] = (struct sort_row){ tab_str(t, i), (uint32_t)i };
    qsort(rows, t->n, sizeof(*rows), by_bytes);
    for (size_t i = 0; i < t->n; i++)
        order[i] = rows[i].number;
    free(rows);
    *ret = order;
    return RC_OK;
}
