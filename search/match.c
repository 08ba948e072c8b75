/*
 * search/match.c - from a query to the documents that match it.
 *
 * Candidates come from the cheapest source: a list of ids, the rarest word,
 * the slices of a ranking, or all documents of a span of dates. Each block
 * of candidates passes the ranges, then the other words (match_words.c), then
 * the checks that look at one document.
 *
 * Rules
 *   1. every source yields all documents that match or would match if a
 *      value were known: totals and counts of unknown values are exact
 *   2. within a part candidates ascend whenever there are words, because
 *      lists of postings are read forwards only
 *
 * Threads: any; a snapshot is only read.
 */
#include "search/match_priv.h"

#include <assert.h>
#include <stdlib.h>

/* ---- output ---- */

static int flush(struct matcher *m)
{
    int rc = RC_OK;
    if (m->n_out)
        rc = m->fn(m->ctx, m->out, m->question.required ? m->score : NULL,
                   m->n_out);
    m->n_out = 0;
    return rc;
}

/* Which `exclude` facts are not known of a document that is kept. */
static void count_kept(struct matcher *m, uint32_t doc)
{
    const struct search_query *q = m->q;
    const struct facts *f = m->part->facts;
    uint32_t flags = f->flags[doc];
    struct match_counts *c = &m->counts;
    c->kept_shorts += q->no_shorts && !pack_has(&f->col[FACT_DURATION], doc);
    c->kept_live += q->no_live && !flag_get(flags, FLAG_LIVE, FLAG_LIVE_BITS);
    c->kept_kids += q->no_kids && !flag_get(flags, FLAG_KIDS, FLAG_BOOL_BITS);
    c->kept_unavailable +=
        q->no_unavailable && !flag_get(flags, FLAG_EMBED, FLAG_BOOL_BITS);
}

static int emit(struct matcher *m, uint32_t doc, float score)
{
    m->counts.total++;
    count_kept(m, doc);
    m->score[m->n_out] = score;
    m->out[m->n_out++] = m->part->first + doc;
    return m->n_out == MATCH_BLOCK ? flush(m) : RC_OK;
}

/* ---- one candidate ---- */

static void count_unknown(struct matcher *m, uint8_t state)
{
    m->counts.unknown_duration += state == STATE_UNKNOWN_DURATION;
    m->counts.unknown_published += state == STATE_UNKNOWN_PUBLISHED;
    m->counts.unknown_rank += state == STATE_UNKNOWN_RANK;
}

/* A candidate that passed the ranges and has all required terms. */
static int accept(struct matcher *m, uint32_t doc, uint8_t state, float score)
{
    state = filter_rest(&m->filter, doc, state);
    if (state & STATE_FAIL)
        return RC_OK;
    if (m->question.groups || m->question.n_phrases) {
        bool ok;
        int rc = match_words_ok(m, doc, &ok);
        if (rc || !ok)
            return rc;
    }
    if (state == 0)
        return emit(m, doc, score);
    count_unknown(m, state);
    return RC_OK;
}

/* ---- sources ---- */

/* Candidates @doc in ascending order. @fields are those of the lead term,
 * NULL when it has to be looked up like the others. */
static int take_docs(struct matcher *m, const uint32_t *doc,
                     const uint32_t *fields, uint32_t n)
{
    uint8_t state[FILTER_BLOCK];
    int rc = RC_OK;
    filter_sparse(&m->filter, doc, n, state);
    for (uint32_t i = 0; !rc && i < n; i++) {
        if (state[i] & STATE_FAIL)
            continue;
        float score = 0;
        float norm = m->question.required ? match_norm(m, doc[i]) : 0;
        bool all = true;
        for (size_t t = 0; all && t < m->question.n; t++) {
            if (m->question.term[t].group != REQUIRED)
                continue;
            uint32_t f = 0;
            if (fields && t == m->lead)
                f = fields[i];
            else if (match_term_in(m, t, doc[i]))
                f = post_fields(&m->post[t]);
            f &= m->question.term[t].fields;
            all = f != 0;
            score += match_score(m, t, f, norm);
        }
        if (all)
            rc = accept(m, doc[i], state[i], score);
    }
    return rc;
}

static int from_postings(struct matcher *m)
{
    struct post *p = &m->post[m->lead];
    uint32_t doc[POST_BLOCK], fields[POST_BLOCK];
    int rc = RC_OK;
    while (!rc && post_doc(p) != DOC_NONE) {
        uint32_t n = p->n;
        for (uint32_t i = 0; i < n; i++) {
            doc[i] = p->row[i].doc;
            fields[i] = p->row[i].fields;
        }
        p->i = n - 1;
        post_next(p);
        rc = take_docs(m, doc, fields, n);
    }
    return rc;
}

static int by_value(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static int from_ids(struct matcher *m)
{
    uint32_t doc[SEARCH_IDS_MAX], n = 0, k = 0;
    assert(m->q->n_ids <= SEARCH_IDS_MAX);
    for (size_t i = 0; i < m->q->n_ids; i++) {
        uint32_t d = seg_find(m->part->seg, m->part->facts, m->q->ids[i]);
        if (d != DOC_NONE)
            doc[n++] = d;
    }
    qsort(doc, n, sizeof(*doc), by_value);
    for (uint32_t i = 0; i < n; i++) /* the same id may be asked twice */
        if (k == 0 || doc[k - 1] != doc[i])
            doc[k++] = doc[i];
    return take_docs(m, doc, NULL, k);
}

/* Eight states at a time: mostly all of them have failed. */
static int take_states(struct matcher *m, uint32_t from, uint32_t n,
                       const uint8_t *state)
{
    static const uint64_t all_failed = UINT64_C(0x8080808080808080);
    int rc = RC_OK;
    for (uint32_t i = 0; !rc && i < n; i += 8) {
        uint64_t eight;
        memcpy(&eight, state + i, sizeof(eight));
        if ((eight & all_failed) == all_failed)
            continue;
        for (uint32_t k = i; !rc && k < i + 8; k++)
            if (!(state[k] & STATE_FAIL))
                rc = accept(m, from + k, state[k], 0);
    }
    return rc;
}

/* All documents [from, to). */
static int take_span(struct matcher *m, uint32_t from, uint32_t to)
{
    uint8_t state[FILTER_BLOCK];
    int rc = RC_OK;
    while (!rc && from < to) {
        uint32_t n = to - from < FILTER_BLOCK ? to - from : FILTER_BLOCK;
        memset(state, STATE_FAIL, sizeof(state)); /* of those behind n */
        filter_dense(&m->filter, from, n, state);
        rc = take_states(m, from, (n + 7) / 8 * 8, state);
        from += n;
    }
    return rc;
}

/* Documents are in order of publication: a span of dates is one of them,
 * and those of unknown date lie at the end. */
static int from_dates(struct matcher *m)
{
    const struct search_query *q = m->q;
    const struct seg *seg = m->part->seg;
    uint64_t min = q->published_from > 0 ? (uint64_t)q->published_from : 0;
    uint32_t from = seg_lower(seg, pack_code(min));
    uint32_t unknown = seg_lower(seg, PACK_UNKNOWN), to = unknown;
    if (q->published_to > 0) {
        uint32_t code = pack_code((uint64_t)q->published_to - 1);
        to = code == PACK_BIG ? unknown : seg_lower(seg, code + 1);
    }
    int rc = take_span(m, from, to);
    return rc ? rc : take_span(m, unknown, seg->n);
}

/* ---- slices of a ranking ---- */

/* Places [*from, *to) of a bucket of @n hold all whose code is asked for;
 * one or two more do no harm: the filter looks again. */
static void slice_of(const struct search_query *q, uint64_t n, uint64_t *from,
                     uint64_t *to)
{
    uint32_t lo, hi;
    filter_rank_codes(q, &lo, &hi);
    uint64_t first = (uint64_t)((double)lo * 0x1p-32 * (double)n);
    uint64_t last = (uint64_t)((double)hi * 0x1p-32 * (double)n) + 2;
    *from = first > 1 ? first - 2 : 0;
    *to = last < n ? last : n;
}

static uint64_t slices_total(const struct ranking *k,
                             const struct search_query *q)
{
    uint64_t sum = k->n_order - k->n_ranked, from, to;
    for (size_t b = 0; b < k->table->n_buckets; b++) {
        slice_of(q, k->table->buckets[b].n, &from, &to);
        sum += to > from ? to - from : 0;
    }
    return sum;
}

/* Of the numbers @g those that lie in the part, as its documents. */
static int take_numbers(struct matcher *m, const uint32_t *g, uint64_t n)
{
    uint32_t doc[FILTER_BLOCK], k = 0;
    int rc = RC_OK;
    for (uint64_t i = 0; !rc && i < n; i++) {
        uint32_t d = g[i] - m->part->first; /* wraps when before it */
        if (d < m->part->seg->n)
            doc[k++] = d;
        if (k == FILTER_BLOCK || (k && i + 1 == n)) {
            rc = take_docs(m, doc, NULL, k);
            k = 0;
        }
    }
    return rc;
}

static int from_slices(struct matcher *m)
{
    const struct ranking *k = &m->s->rank[m->q->ratio];
    uint64_t from, to;
    int rc = RC_OK;
    for (size_t b = 0; !rc && b < k->table->n_buckets; b++) {
        slice_of(m->q, k->table->buckets[b].n, &from, &to);
        if (to > from)
            rc = take_numbers(m, k->order + k->start[b] + from, to - from);
    }
    if (rc)
        return rc;
    return take_numbers(m, k->order + k->n_ranked, k->n_order - k->n_ranked);
}

/* Worth it when the slices are an eighth of all or less. */
static bool slices_pay(const struct matcher *m)
{
    const struct search_query *q = m->q;
    return (q->top > 0 || q->bottom > 0) && !q->published_from &&
           !q->published_to && m->question.n == 0 &&
           slices_total(&m->s->rank[q->ratio], q) * 8 <= m->s->n;
}

/* ---- a part ---- */

static int match_part(struct matcher *m, const struct part *part)
{
    m->part = part;
    if (!match_open_terms(m))
        return RC_OK;
    int rc = filter_open(&m->filter, m->q, m->s, part, m->e);
    if (rc)
        return rc;
    if (m->q->by_ids)
        rc = from_ids(m);
    else if (m->question.required)
        rc = from_postings(m);
    else if (slices_pay(m))
        rc = from_slices(m);
    else
        rc = from_dates(m);
    filter_close(&m->filter);
    return rc;
}

static int run(struct matcher *m)
{
    int rc = RC_OK;
    m->post = calloc(m->question.n + 1, sizeof(*m->post));
    m->here = calloc(m->question.n + 1, sizeof(*m->here));
    if (!m->post || !m->here)
        rc = err_set(m->e, RC_NOMEM, "no memory for a query");
    if (!rc)
        match_weigh(m);
    for (size_t p = 0; !rc && p < m->s->n_parts; p++)
        rc = match_part(m, &m->s->part[p]);
    return rc ? rc : flush(m);
}

int match_all(const struct snap *s, const struct search_query *q, match_fn fn,
              void *ctx, struct match_counts *counts, struct err *e)
{
    int rc = RC_OK;
    struct matcher *m = calloc(1, sizeof(*m));
    if (!m)
        return err_set(e, RC_NOMEM, "no memory for a query");
    m->s = s;
    m->q = q;
    m->fn = fn;
    m->ctx = ctx;
    m->e = e;
    if (*q->q)
        rc = question_open(&m->question, str_of(q->q), e);
    if (!rc)
        rc = run(m);
    if (!rc)
        *counts = m->counts;
    question_close(&m->question);
    words_fini(&m->words);
    free(m->post);
    free(m->here);
    free(m);
    return rc;
}
