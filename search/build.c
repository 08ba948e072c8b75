/*
 * search/build.c - a segment out of records: taking them.
 *
 * Records are kept by order of arrival, their terms written down document by
 * document; build_seg.c puts them in order at the end.
 *
 * Rules
 *   1. a term counts once a document, with all its fields together
 *
 * Threads: one builder, one thread.
 */
#include "search/builder_priv.h"

#include <stdlib.h>

int builder_open(struct builder **ret, bool words, struct err *e)
{
    struct builder *b = calloc(1, sizeof(*b));
    if (!b)
        return err_set(e, RC_NOMEM, "no memory to build the index");
    b->with_words = words;
    b->rows = (struct buf)BUF_INIT(SIZE_MAX / 2);
    b->terms = b->chans = b->langs = (struct tab)TAB_INIT;
    *ret = b;
    return RC_OK;
}

void builder_close(struct builder *b)
{
    if (!b)
        return;
    free(b->rec);
    free(b->term);
    free(b->seen);
    buf_fini(&b->rows);
    tab_fini(&b->terms);
    tab_fini(&b->chans);
    tab_fini(&b->langs);
    words_fini(&b->words);
    free(b);
}

size_t builder_count(const struct builder *b)
{
    return b->n;
}

bool builder_full(const struct builder *b)
{
    return b->n == BUILD_MAX || b->rows.n >= BUILD_BYTES ||
           b->n_terms >= BUILD_POSTINGS;
}

static int no_memory(struct err *e)
{
    return err_set(e, RC_NOMEM, "no memory to build the index");
}

/* Make room for one more element of @size; doubles. */
static bool room(void **p, size_t *cap, size_t n, size_t size)
{
    if (n < *cap)
        return true;
    size_t more = *cap ? 2 * *cap : 256;
    void *bigger = realloc(*p, more * size);
    if (!bigger)
        return false;
    *p = bigger;
    *cap = more;
    return true;
}

/* ---- terms of one record ---- */

static bool room_seen(struct builder *b, uint32_t number)
{
    if (number < b->cap_seen)
        return true;
    size_t more = b->cap_seen ? 2 * b->cap_seen : 1024;
    uint32_t *seen = realloc(b->seen, more * sizeof(*seen));
    if (!seen)
        return false;
    memset(seen + b->cap_seen, 0, (more - b->cap_seen) * sizeof(*seen));
    b->seen = seen;
    b->cap_seen = more;
    return true;
}

/* Rule 1: the record's own entry of the term, if it has one already. */
static int add_term(void *ctx, struct str term)
{
    struct builder *b = ctx;
    uint32_t number;
    int rc = tab_add(&b->terms, term, &number, b->e);
    if (rc)
        return rc;
    void *p = b->term;
    bool ok = room_seen(b, number) &&
              room(&p, &b->cap_terms, b->n_terms, sizeof(*b->term));
    b->term = p;
    if (!ok)
        return no_memory(b->e);
    if (b->seen[number] > b->doc_terms) {
        b->term[b->seen[number] - 1].fields |= b->field;
        return RC_OK;
    }
    b->term[b->n_terms++] = (struct posting){ number, b->field };
    b->seen[number] = (uint32_t)b->n_terms;
    return RC_OK;
}

static int add_field(struct builder *b, struct str text, uint32_t field,
                     size_t *units)
{
    int rc = words_split(&b->words, text, b->e);
    if (rc)
        return rc;
    *units = b->words.n;
    b->field = field;
    return words_index(&b->words, add_term, b);
}

static int add_words(struct builder *b, const struct video *v, struct taken *r)
{
    size_t units = 0, others;
    int rc = RC_OK;
    b->doc_terms = b->n_terms;
    if (VIDEO_HAS(v, title))
        rc = add_field(b, v->title, FIELD_TITLE, &units);
    if (!rc && VIDEO_HAS(v, tags))
        rc = add_field(b, v->tags, FIELD_TAGS, &others);
    if (!rc && VIDEO_HAS(v, channel_title))
        rc = add_field(b, v->channel_title, FIELD_CHANNEL, &others);
    r->len = (uint8_t)(units < 255 ? units : 255);
    return rc;
}

/* ---- one record ---- */

/* Bytes that sort as channels shall: id, what is known, title. */
static int add_channel(struct builder *b, const struct video *v,
                       struct taken *r)
{
    uint32_t have = (VIDEO_HAS(v, channel) ? CHAN_ID : 0u) |
                    (VIDEO_HAS(v, channel_title) ? CHAN_TITLE : 0u);
    r->chan = CHAN_NONE;
    if (!have)
        return RC_OK;
    struct cid id = have & CHAN_ID ? v->channel : (struct cid){ 0, 0 };
    struct buf key = BUF_INIT(1 << 20);
    for (int i = 56; i >= 0; i -= 8)
        buf_c(&key, (char)(id.hi >> i));
    for (int i = 56; i >= 0; i -= 8)
        buf_c(&key, (char)(id.lo >> i));
    buf_c(&key, (char)have);
    if (have & CHAN_TITLE)
        buf_str(&key, v->channel_title);
    int rc = buf_check(&key, "a channel's title", b->e);
    if (!rc)
        rc = tab_add(&b->chans, buf_view(&key), &r->chan, b->e);
    buf_fini(&key);
    return rc;
}

static void take_numbers(const struct video *v, struct taken *r)
{
    r->id = v->h.key[0];
    r->published =
        VIDEO_HAS(v, published) ? (uint64_t)v->published : UINT64_MAX;
    for (enum fact c = 0; c < FACT_COUNT; c++)
        r->fact[c] = fact_of(v, c);
    r->flags = flags_of(v);
    r->category = CATEGORY_NONE;
    if (VIDEO_HAS(v, category))
        r->category =
            v->category < CATEGORY_ROW ? (uint8_t)v->category : CATEGORY_ROW;
}

static int take(struct builder *b, const struct video *v, struct taken *r)
{
    int rc = RC_OK;
    take_numbers(v, r);
    r->row_at = b->rows.n;
    r->term_at = b->n_terms;
    r->lang = UINT32_MAX;
    row_put(&b->rows, v);
    rc = buf_check(&b->rows, "stored fields", b->e);
    if (!rc && VIDEO_HAS(v, language))
        rc = tab_add(&b->langs, v->language, &r->lang, b->e);
    if (!rc)
        rc = add_channel(b, v, r);
    if (!rc && b->with_words)
        rc = add_words(b, v, r);
    return rc;
}

int builder_add(struct builder *b, const struct video *v, struct err *e)
{
    void *p = b->rec;
    if (builder_full(b))
        return err_set(e, RC_LIMIT, "more than %d records at once", BUILD_MAX);
    bool ok = room(&p, &b->cap, b->n, sizeof(*b->rec));
    b->rec = p;
    if (!ok)
        return no_memory(e);
    b->e = e;
    b->rec[b->n] = (struct taken){ .id = 0 };
    int rc = take(b, v, &b->rec[b->n]);
    b->e = NULL;
    if (!rc)
        b->n++;
    return rc;
}

/* ---- the segment ---- */

static void start_again(struct builder *b)
{
    b->n = 0;
    b->n_terms = 0;
    buf_reset(&b->rows);
    tab_fini(&b->terms);
    tab_fini(&b->chans);
    tab_fini(&b->langs);
    free(b->seen);
    b->seen = NULL;
    b->cap_seen = 0;
}

int builder_finish(struct builder *b, struct seg **ret, struct err *e)
{
    struct seg *s = NULL;
    int rc = seg_new(&s, e);
    if (rc)
        return rc;
    s->n = (uint32_t)b->n;
    s->words = b->with_words;
    rc = builder_put(b, s, e);
    if (rc) {
        seg_unref(s);
        return rc;
    }
    for (uint32_t d = 0; d < s->n; d++)
        s->digest += doc_digest(s, s->facts, d);
    start_again(b);
    *ret = s;
    return RC_OK;
}
