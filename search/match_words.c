/*
 * search/match_words.c - the words of a query: which documents have them,
 * and how well.
 *
 * Rules
 *   1. lists of postings are read forwards only: within a part documents
 *      are asked about in ascending order
 *   2. the score is BM25F with one length, that of the title; the numbers
 *      of documents count the living only, so that it does not depend on
 *      how the index came about
 *
 * Threads: any; a snapshot is only read.
 */
#include "search/match_priv.h"

#include <math.h>

/* Weights of a word by field, and BM25's two constants. */
static const float weight_title = 3, weight_tags = 1.5f, weight_channel = 1;
static const double bm25_k1 = 1.2, bm25_b = 0.75;

/* ---- lists ---- */

bool match_open_terms(struct matcher *m)
{
    uint32_t least = UINT32_MAX;
    for (size_t t = 0; t < m->question.n; t++) {
        const struct question_term *term = &m->question.term[t];
        m->here[t] = post_open(&m->post[t], m->part->seg, question_str(term));
        if (term->group != REQUIRED)
            continue;
        if (!m->here[t])
            return false;
        if (m->post[t].df < least) {
            least = m->post[t].df;
            m->lead = t;
        }
    }
    return true;
}

/* ---- phrases and excluded groups ---- */

static int text_has(struct matcher *m, struct str text,
                    const struct words *phrase, bool *ret)
{
    int rc = *ret ? RC_OK : words_split(&m->words, text, m->e);
    if (!rc && !*ret)
        *ret = words_contain(&m->words, phrase);
    return rc;
}

static int tags_have(struct matcher *m, struct str tags,
                     const struct words *phrase, bool *ret)
{
    struct str tag;
    int rc = RC_OK;
    while (!rc && str_split(&tags, '\n', &tag))
        rc = text_has(m, tag, phrase, ret);
    return rc;
}

static int phrase_in(struct matcher *m, uint32_t doc,
                     const struct question_phrase *p, bool *ret)
{
    const struct seg *seg = m->part->seg;
    struct video v = { .h.have = 0 };
    int rc = RC_OK;
    *ret = false;
    row_get(seg_row(seg, doc), &v);
    if (p->fields & FIELD_TITLE)
        rc = text_has(m, v.title, &p->words, ret);
    if (!rc && (p->fields & FIELD_TAGS))
        rc = tags_have(m, v.tags, &p->words, ret);
    if (!rc && (p->fields & FIELD_CHANNEL) && seg->channel[doc] != CHAN_NONE)
        rc = text_has(m, seg_channel_title(seg, seg->channel[doc]), &p->words,
                      ret);
    return rc;
}

/* Do all phrases of @group stand in @doc? */
static int phrases_in(struct matcher *m, uint32_t doc, uint8_t group, bool *ret)
{
    *ret = true;
    for (size_t i = 0; *ret && i < m->question.n_phrases; i++) {
        if (m->question.phrase[i].group != group)
            continue;
        int rc = phrase_in(m, doc, &m->question.phrase[i], ret);
        if (rc)
            return rc;
    }
    return RC_OK;
}

bool match_term_in(struct matcher *m, size_t t, uint32_t doc)
{
    if (!m->here[t])
        return false;
    post_seek(&m->post[t], doc);
    return post_doc(&m->post[t]) == doc &&
           (post_fields(&m->post[t]) & m->question.term[t].fields);
}

static bool group_terms_in(struct matcher *m, uint8_t group, uint32_t doc)
{
    for (size_t t = 0; t < m->question.n; t++)
        if (m->question.term[t].group == group && !match_term_in(m, t, doc))
            return false;
    return true;
}

int match_words_ok(struct matcher *m, uint32_t doc, bool *ret)
{
    int rc = phrases_in(m, doc, REQUIRED, ret);
    for (uint8_t g = 1; !rc && *ret && g <= m->question.groups; g++) {
        bool has = group_terms_in(m, g, doc);
        if (has)
            rc = phrases_in(m, doc, g, &has);
        *ret = !has;
    }
    return rc;
}

/* ---- scores ---- */

static float field_weight(uint32_t fields)
{
    return (fields & FIELD_TITLE ? weight_title : 0) +
           (fields & FIELD_TAGS ? weight_tags : 0) +
           (fields & FIELD_CHANNEL ? weight_channel : 0);
}

float match_norm(const struct matcher *m, uint32_t doc)
{
    double mean = m->s->mean_len > 0 ? m->s->mean_len : 1;
    double len = m->part->seg->len[doc] / mean;
    return (float)(bm25_k1 * (1 - bm25_b + bm25_b * len));
}

float match_score(const struct matcher *m, size_t t, uint32_t fields,
                  float norm)
{
    float w = field_weight(fields);
    return m->gain[t] * w / (w + norm);
}

/* Rule 2: documents that live and have the term, over all parts. */
static uint64_t living_with(const struct snap *s, struct str term)
{
    struct post p;
    uint64_t n = 0;
    for (size_t i = 0; i < s->n_parts; i++) {
        const struct part *part = &s->part[i];
        if (!post_open(&p, part->seg, term))
            continue;
        if (part->facts->n_dead == 0) {
            n += p.df;
            continue;
        }
        for (; post_doc(&p) != DOC_NONE; post_next(&p))
            n += !facts_dead(part->facts, post_doc(&p));
    }
    return n;
}

void match_weigh(struct matcher *m)
{
    double all = m->s->live;
    for (size_t t = 0; t < m->question.n; t++) {
        const struct question_term *term = &m->question.term[t];
        if (term->group != REQUIRED)
            continue;
        double df = (double)living_with(m->s, question_str(term));
        double idf = log(1 + (all - df + 0.5) / (df + 0.5));
        m->gain[t] = (float)(idf * (bm25_k1 + 1));
    }
}
