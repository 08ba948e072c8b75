/*
 * search/merge_names.c - the tables of channels and languages of a merge.
 *
 * Rules
 *   1. a name that no living document has is left out: tables cannot grow
 *      beyond the documents
 *   2. equal names of several segments become one row
 *
 * Threads: owner only.
 */
#include "search/merge_priv.h"

#include "search/kway_priv.h"

#include <stdlib.h>

#define NAME_NONE UINT32_MAX

/* A table of names is merged by comparing rows of two segments. */
struct names {
    struct merge *m;
    uint32_t (*of)(const struct seg *s, uint32_t doc); /* NAME_NONE */
    int (*cmp)(const struct seg *x, uint32_t i, const struct seg *y,
               uint32_t j);
    uint32_t (*count)(const struct seg *s);
    /* append row @i of @s to the result; its text to @strings */
    void (*put)(const struct seg *s, uint32_t i, struct buf *rows,
                struct buf *strings);
    uint32_t **map; /* [part][old] = new + 1; 0 = nobody has it */
    uint32_t n;     /* rows of the result */
};

static uint32_t chan_of(const struct seg *s, uint32_t doc)
{
    return s->channel[doc]; /* CHAN_NONE is NAME_NONE */
}

static int chan_cmp(const struct seg *x, uint32_t i, const struct seg *y,
                    uint32_t j)
{
    const struct chan_row *a = &x->chan[i], *b = &y->chan[j];
    if (a->hi != b->hi)
        return a->hi < b->hi ? -1 : 1;
    if (a->lo != b->lo)
        return a->lo < b->lo ? -1 : 1;
    if (a->have != b->have)
        return a->have < b->have ? -1 : 1;
    return str_cmp(seg_channel_title(x, i), seg_channel_title(y, j));
}

static uint32_t chan_count(const struct seg *s)
{
    return (uint32_t)s->n_chan;
}

static void chan_put(const struct seg *s, uint32_t i, struct buf *rows,
                     struct buf *strings)
{
    struct chan_row c = s->chan[i];
    c.title_at = strings->n;
    buf_str(strings, seg_channel_title(s, i));
    buf_put(rows, &c, sizeof(c));
}

static uint32_t lang_of(const struct seg *s, uint32_t doc)
{
    return s->language[doc] < LANG_ROW ? s->language[doc] : NAME_NONE;
}

static int lang_cmp(const struct seg *x, uint32_t i, const struct seg *y,
                    uint32_t j)
{
    return str_cmp(seg_lang(x, i), seg_lang(y, j));
}

static uint32_t lang_count(const struct seg *s)
{
    return (uint32_t)s->n_lang;
}

static void lang_put(const struct seg *s, uint32_t i, struct buf *rows,
                     struct buf *strings)
{
    struct lang_row l = { .at = strings->n, .n = s->lang[i].n };
    buf_str(strings, seg_lang(s, i));
    buf_put(rows, &l, sizeof(l));
}

static bool lesser_name(const void *ctx, uint32_t a, uint32_t b)
{
    const struct names *t = ctx;
    const struct merge *m = t->m;
    return t->cmp(m->part[a].seg, m->pos[a], m->part[b].seg, m->pos[b]) < 0;
}

static int names_init(struct names *t, struct err *e)
{
    struct merge *m = t->m;
    t->map = calloc(m->k + 1, sizeof(*t->map));
    if (!t->map)
        return merge_no_memory(e);
    for (size_t p = 0; p < m->k; p++) {
        t->map[p] =
            calloc((size_t)t->count(m->part[p].seg) + 1, sizeof(**t->map));
        if (!t->map[p])
            return merge_no_memory(e);
    }
    for (uint32_t d = 0; d < m->n; d++) {
        uint32_t p = m->from[d];
        uint32_t name = t->of(m->part[p].seg, m->doc[d]);
        if (name != NAME_NONE)
            t->map[p][name] = 1;
    }
    return RC_OK;
}

static void names_fini(struct names *t)
{
    for (size_t p = 0; t->map && p < t->m->k; p++)
        free(t->map[p]);
    free(t->map);
}

/* Move stream @p to its next name that somebody has. */
static bool settle(const struct names *t, uint32_t p)
{
    uint32_t *pos = &t->m->pos[p], n = t->count(t->m->part[p].seg);
    while (*pos < n && !t->map[p][*pos])
        ++*pos;
    return *pos < n;
}

static void names_run(struct names *t, struct buf *rows, struct buf *strings)
{
    struct merge *m = t->m;
    struct kway k = { .at = m->heap, .less = lesser_name, .ctx = t };
    const struct seg *last = NULL;
    uint32_t last_i = 0;
    for (uint32_t p = 0; p < m->k; p++) {
        m->pos[p] = 0;
        if (settle(t, p))
            k.at[k.n++] = p;
    }
    kway_begin(&k);
    while (k.n) {
        uint32_t p = k.at[0], i = m->pos[p]++;
        const struct seg *s = m->part[p].seg;
        if (!last || t->cmp(last, last_i, s, i) != 0) {
            t->put(s, i, rows, strings);
            t->n++;
        }
        last = s;
        last_i = i;
        t->map[p][i] = t->n;
        kway_moved(&k, !settle(t, p));
    }
}

/* The new number of @doc's name in part @p. */
static uint32_t renamed(const struct names *t, uint32_t new_doc)
{
    uint32_t p = t->m->from[new_doc];
    uint32_t old = t->of(t->m->part[p].seg, t->m->doc[new_doc]);
    return old == NAME_NONE ? NAME_NONE : t->map[p][old] - 1;
}

static int put_chans(struct merge *m, struct buf *strings, struct err *e)
{
    struct names t = { .m = m,
                       .of = chan_of,
                       .cmp = chan_cmp,
                       .count = chan_count,
                       .put = chan_put };
    struct buf rows = BUF_INIT(SIZE_MAX / 2);
    uint32_t *docs = merge_section(m, SEC_channel, m->n, sizeof(*docs));
    int rc = docs ? names_init(&t, e) : merge_no_memory(e);
    if (!rc) {
        names_run(&t, &rows, strings);
        for (uint32_t d = 0; d < m->n; d++)
            docs[d] = renamed(&t, d);
        rc = merge_take(m, SEC_chans, &rows, e);
    }
    names_fini(&t);
    return rc;
}

/* Languages beyond what 16 bits number stay in the row. */
static uint16_t lang_code(const struct names *t, uint32_t new_doc)
{
    const struct merge *m = t->m;
    uint16_t old = m->part[m->from[new_doc]].seg->language[m->doc[new_doc]];
    if (old >= LANG_ROW)
        return old;
    uint32_t now = renamed(t, new_doc);
    return now < LANG_ROW ? (uint16_t)now : LANG_ROW;
}

static int put_langs(struct merge *m, struct buf *strings, struct err *e)
{
    struct names t = { .m = m,
                       .of = lang_of,
                       .cmp = lang_cmp,
                       .count = lang_count,
                       .put = lang_put };
    struct buf rows = BUF_INIT(SIZE_MAX / 2);
    uint16_t *docs = merge_section(m, SEC_language, m->n, sizeof(*docs));
    int rc = docs ? names_init(&t, e) : merge_no_memory(e);
    if (!rc) {
        names_run(&t, &rows, strings);
        for (uint32_t d = 0; d < m->n; d++)
            docs[d] = lang_code(&t, d);
        rc = merge_take(m, SEC_langs, &rows, e);
    }
    names_fini(&t);
    return rc;
}

int merge_names(struct merge *m, struct err *e)
{
    struct buf strings = BUF_INIT(SIZE_MAX / 2);
    int rc = put_chans(m, &strings, e);
    if (!rc)
        rc = put_langs(m, &strings, e);
    if (!rc)
        return merge_take(m, SEC_strings, &strings, e);
    buf_fini(&strings);
    return rc;
}
