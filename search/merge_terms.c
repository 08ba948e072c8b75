/*
 * search/merge_terms.c - dictionary and postings of a merge.
 *
 * All dictionaries are walked side by side; the lists of the least term are
 * merged by the new number of their documents.
 *
 * Threads: owner only.
 */
#include "search/merge_priv.h"

#include "search/kway_priv.h"
#include "search/words_priv.h"

#include <stdlib.h>

/* All dictionaries, and the lists of the term that is being merged. */
struct lists {
    struct merge *m;
    struct dict_iter *dict; /* [part] */
    struct post *post;      /* [part], of this term */
    struct posting *all;    /* n of them: each living document once */
};

static bool lesser_term(const void *ctx, uint32_t a, uint32_t b)
{
    const struct lists *l = ctx;
    const struct dict_iter *x = &l->dict[a], *y = &l->dict[b];
    return str_cmp(str_n(x->term, x->term_n), str_n(y->term, y->term_n)) < 0;
}

/* New document of stream @p, whose dead ones are passed over. */
static uint32_t mapped(const struct lists *l, uint32_t p)
{
    struct post *x = &l->post[p];
    while (post_doc(x) != DOC_NONE && l->m->map[p][post_doc(x)] == DOC_NONE)
        post_next(x);
    return post_doc(x) == DOC_NONE ? DOC_NONE : l->m->map[p][post_doc(x)];
}

static bool lesser_doc(const void *ctx, uint32_t a, uint32_t b)
{
    const struct lists *l = ctx;
    return l->m->map[a][post_doc(&l->post[a])] <
           l->m->map[b][post_doc(&l->post[b])];
}

/* Merge the lists of the @n parts in @who into l->all. */
static size_t merge_lists(struct lists *l, uint32_t *who, size_t n)
{
    struct kway k = { .at = who, .less = lesser_doc, .ctx = l };
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t p = who[i];
        if (post_open_at(&l->post[p], &l->dict[p]) && mapped(l, p) != DOC_NONE)
            k.at[k.n++] = p;
    }
    kway_begin(&k);
    while (k.n && found < l->m->n) {
        uint32_t p = k.at[0];
        l->all[found++] =
            (struct posting){ mapped(l, p), post_fields(&l->post[p]) };
        post_next(&l->post[p]);
        kway_moved(&k, mapped(l, p) == DOC_NONE);
    }
    return found;
}

static struct str term_of(const struct lists *l, uint32_t p)
{
    return str_n(l->dict[p].term, l->dict[p].term_n);
}

/* Take the parts that hold the least term off the heap. */
static size_t pop_equal(const struct lists *l, struct kway *k, struct str least,
                        uint32_t *who)
{
    size_t n = 0;
    while (k->n && str_eq(term_of(l, k->at[0]), least)) {
        who[n++] = k->at[0];
        kway_moved(k, true);
    }
    return n;
}

/* Merge one term; its dictionaries move on only afterwards. */
static void next_term(struct lists *l, struct kway *k, uint32_t *who,
                      struct dict_writer *w)
{
    char bytes[TERM_BYTES];
    struct str term = term_of(l, k->at[0]);
    memcpy(bytes, term.p, term.n);
    term.p = bytes;

    uint32_t *held = l->m->pos;
    size_t n = pop_equal(l, k, term, held);
    memcpy(who, held, n * sizeof(*who));
    size_t found = merge_lists(l, who, n);
    if (found)
        dict_add(w, term, l->all, found);
    for (size_t i = 0; i < n; i++)
        if (dict_next(&l->dict[held[i]]))
            kway_add(k, held[i]);
}

static void run(struct lists *l, uint32_t *who, struct dict_writer *w)
{
    struct merge *m = l->m;
    struct kway k = { .at = m->heap, .less = lesser_term, .ctx = l };
    for (uint32_t p = 0; p < m->k; p++) {
        dict_begin(&l->dict[p], m->part[p].seg);
        if (dict_next(&l->dict[p]))
            k.at[k.n++] = p;
    }
    kway_begin(&k);
    while (k.n)
        next_term(l, &k, who, w);
}

int merge_terms(struct merge *m, struct err *e)
{
    struct dict_writer w = DICT_WRITER_INIT;
    struct lists l = {
        .m = m,
        .dict = calloc(m->k + 1, sizeof(*l.dict)),
        .post = calloc(m->k + 1, sizeof(*l.post)),
        .all = calloc((size_t)m->n + 1, sizeof(*l.all)),
    };
    uint32_t *who = calloc(m->k + 1, sizeof(*who));
    int rc = l.dict && l.post && l.all && who ? RC_OK : merge_no_memory(e);
    if (!rc) {
        run(&l, who, &w);
        rc = dict_finish(&w, m->out, e);
    }
    dict_writer_fini(&w);
    free(l.dict);
    free(l.post);
    free(l.all);
    free(who);
    return rc;
}
