/*
 * search/facts.c - the columns that change at every refresh of counts.
 *
 * Rules
 *   1. a column holds 32 bits a document; a value of 2^32 - 2 or more stands
 *      in the list of big ones, in order of document
 *   2. facts that readers may see never change: facts_set() and the like
 *      take a clone that nobody else has seen yet
 *
 * Threads: any for reading and counting references; changing: owner only.
 */
#include "search/seg_priv.h"

#include <assert.h>
#include <stdlib.h>

/* Index of the first big value of a document >= @doc. */
static size_t big_at(const struct pack *p, uint64_t doc)
{
    size_t lo = 0, hi = p->n_big;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (p->big[mid].doc < doc)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

uint64_t pack_get(const struct pack *p, uint32_t doc)
{
    uint32_t code = p->v[doc];
    if (code < PACK_BIG)
        return code;
    if (code == PACK_UNKNOWN)
        return UINT64_MAX;
    size_t i = big_at(p, doc);
    /* A damaged file may lack it: then the value is not known. */
    return i < p->n_big && p->big[i].doc == doc ? p->big[i].value : UINT64_MAX;
}

struct facts *facts_ref(struct facts *f)
{
    atomic_fetch_add_explicit(&f->refs, 1, memory_order_relaxed);
    return f;
}

/* An array of own facts, as what it is: ours to change and free. */
static void *own(const struct facts *f, const void *p)
{
    assert(f->own);
    return (void *)(uintptr_t)p;
}

static void free_arrays(struct facts *f)
{
    for (size_t c = 0; c < FACT_COUNT; c++) {
        free(own(f, f->col[c].v));
        free(own(f, f->col[c].big));
    }
    free(own(f, f->flags));
    free(own(f, f->dead));
}

void facts_unref(struct facts *f)
{
    if (!f || atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (f->own)
        free_arrays(f);
    free(f);
}

/* A copy of @n bytes on the heap; a copy of nothing is not NULL. */
static void *copy_of(const void *p, size_t n)
{
    void *copy = malloc(n ? n : 1);
    if (copy && n)
        memcpy(copy, p, n);
    return copy;
}

static size_t dead_words(uint32_t n)
{
    return (size_t)n / 64 + 1;
}

int facts_clone(const struct facts *f, struct facts **ret, struct err *e)
{
    struct facts *c = calloc(1, sizeof(*c));
    if (!c)
        return err_set(e, RC_NOMEM, "no memory for columns");
    *c = (struct facts){
        .refs = 1, .n = f->n, .n_dead = f->n_dead, .own = true
    };
    bool ok = true;
    for (size_t i = 0; i < FACT_COUNT; i++) {
        const struct pack *p = &f->col[i];
        c->col[i] = (struct pack){
            .v = copy_of(p->v, (size_t)f->n * sizeof(*p->v)),
            .big = copy_of(p->big, p->n_big * sizeof(*p->big)),
            .n_big = p->n_big,
        };
        ok = ok && c->col[i].v && c->col[i].big;
    }
    c->flags = copy_of(f->flags, (size_t)f->n * sizeof(*f->flags));
    if (f->dead)
        c->dead = copy_of(f->dead, dead_words(f->n) * sizeof(*f->dead));
    if (!ok || !c->flags || (f->dead && !c->dead)) {
        facts_unref(c);
        return err_set(e, RC_NOMEM, "no memory for columns");
    }
    *ret = c;
    return RC_OK;
}

static void big_remove(struct pack *p, struct pack_big *big, uint32_t doc)
{
    size_t i = big_at(p, doc);
    if (i == p->n_big || p->big[i].doc != doc)
        return;
    memmove(big + i, big + i + 1, (p->n_big - i - 1) * sizeof(*big));
    p->n_big--;
}

static int big_insert(struct pack *p, struct pack_big *big, uint32_t doc,
                      uint64_t value, struct err *e)
{
    struct pack_big *more = realloc(big, (p->n_big + 1) * sizeof(*more));
    if (!more)
        return err_set(e, RC_NOMEM, "no memory for columns");
    size_t i = big_at(&(struct pack){ .big = more, .n_big = p->n_big }, doc);
    memmove(more + i + 1, more + i, (p->n_big - i) * sizeof(*more));
    more[i] = (struct pack_big){ .doc = doc, .value = value };
    p->big = more;
    p->n_big++;
    return RC_OK;
}

int facts_set(struct facts *f, enum fact col, uint32_t doc, uint64_t value,
              struct err *e)
{
    struct pack *p = &f->col[col];
    struct pack_big *big = own(f, p->big);
    big_remove(p, big, doc);
    uint32_t code = pack_code(value);
    if (code == PACK_BIG) {
        int rc = big_insert(p, big, doc, value, e);
        if (rc)
            return rc;
    }
    uint32_t *v = own(f, p->v);
    v[doc] = code;
    return RC_OK;
}

void facts_set_flags(struct facts *f, uint32_t doc, uint32_t flags)
{
    uint32_t *all = own(f, f->flags);
    all[doc] = flags;
}

int facts_kill(struct facts *f, uint32_t doc, struct err *e)
{
    if (!f->dead)
        f->dead = calloc(dead_words(f->n), sizeof(*f->dead));
    uint64_t *dead = own(f, f->dead);
    if (!dead)
        return err_set(e, RC_NOMEM, "no memory for columns");
    uint64_t bit = UINT64_C(1) << (doc % 64);
    if (!(dead[doc / 64] & bit))
        f->n_dead++;
    dead[doc / 64] |= bit;
    return RC_OK;
}
