/*
 * search/build.c - a segment out of records.
 *
 * Records are kept by order of arrival; at the end they are put in order of
 * (published, id). Terms are written down document by document, so walking
 * the documents in their final order fills every list in order: nothing but
 * the documents and the dictionary is sorted.
 *
 * Rules
 *   1. a term counts once a document, with all its fields together
 *   2. what a segment holds is a function of its set of records, not of
 *      their order
 *
 * Threads: one builder, one thread.
 */
#include "search/build_priv.h"

#include "search/tab_priv.h"
#include "search/words_priv.h"

#include <stdlib.h>

/* What is kept of a record beside its row. */
struct taken {
    uint64_t id;
    uint64_t published; /* s; UINT64_MAX unknown */
    uint64_t fact[FACT_COUNT];
    uint64_t row_at;  /* bytes into rows */
    uint64_t term_at; /* first of its postings in term[] */
    uint32_t flags;
    uint32_t chan; /* number in chans, CHAN_NONE */
    uint32_t lang; /* number in langs, UINT32_MAX */
    uint8_t category;
    uint8_t len;
};

struct builder {
    bool with_words;
    struct taken *rec;
    size_t n, cap;
    struct posting *term; /* .doc = number of the term */
    size_t n_terms, cap_terms;
    size_t doc_terms; /* n_terms when the current record began */
    uint32_t *seen;   /* per term: place in term[] + 1 of its last use */
    size_t cap_seen;
    uint32_t field; /* the field that is being cut */
    struct buf rows;
    struct tab terms, chans, langs;
    struct words words;
    struct err *e; /* of the running builder_add() */
};

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

/* ---- putting in order ---- */

struct place {
    uint64_t published;
    uint64_t id;
    uint32_t from; /* number by arrival */
};

static int by_date(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->published != y->published)
        return x->published < y->published ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static int by_id(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

/* The arrival numbers in order of document. */
static int order_docs(const struct builder *b, struct place **ret,
                      struct err *e)
{
    struct place *p = calloc(b->n + 1, sizeof(*p));
    if (!p)
        return no_memory(e);
    for (size_t i = 0; i < b->n; i++)
        p[i] = (struct place){ b->rec[i].published, b->rec[i].id, (uint32_t)i };
    qsort(p, b->n, sizeof(*p), by_date);
    *ret = p;
    return RC_OK;
}

static void *section(struct seg *s, enum section sec, size_t n, size_t size)
{
    void *p = calloc(n + 1, size);
    seg_give(s, sec, p, p ? n * size : 0);
    return p;
}

static int put_by_id(const struct place *order, size_t n, struct seg *s,
                     struct err *e)
{
    uint32_t *docs = section(s, SEC_by_id, n, sizeof(*docs));
    struct place *ids = calloc(n + 1, sizeof(*ids));
    if (!docs || !ids) {
        free(ids);
        return no_memory(e);
    }
    for (size_t d = 0; d < n; d++)
        ids[d] = (struct place){ 0, order[d].id, (uint32_t)d };
    qsort(ids, n, sizeof(*ids), by_id);
    for (size_t i = 0; i < n; i++)
        docs[i] = ids[i].from;
    free(ids);
    return RC_OK;
}

/* ---- columns ---- */

/* One packed column; @at tells where the value lies in struct taken. */
static int put_pack(const struct builder *b, const struct place *order,
                    size_t at, struct seg *s, enum section v, enum section big,
                    struct err *e)
{
    uint32_t *codes = section(s, v, b->n, sizeof(*codes));
    struct buf bigs = BUF_INIT(SIZE_MAX / 2);
    if (!codes)
        return no_memory(e);
    for (size_t d = 0; d < b->n; d++) {
        uint64_t x;
        memcpy(&x, (const char *)&b->rec[order[d].from] + at, sizeof(x));
        codes[d] = pack_code(x);
        struct pack_big row = { .doc = d, .value = x };
        if (codes[d] == PACK_BIG)
            buf_put(&bigs, &row, sizeof(row));
    }
    int rc = buf_check(&bigs, "columns", e);
    if (rc)
        buf_fini(&bigs);
    else
        seg_give(s, big, bigs.p, bigs.n);
    return rc;
}

static int put_packs(const struct builder *b, const struct place *order,
                     struct seg *s, struct err *e)
{
    int rc = put_pack(b, order, offsetof(struct taken, published), s,
                      SEC_published, SEC_published_big, e);
    for (enum fact c = 0; !rc && c < FACT_COUNT; c++)
        rc = put_pack(b, order,
                      offsetof(struct taken, fact) + c * sizeof(uint64_t), s,
                      sec_of(c), sec_big_of(c), e);
    return rc;
}

static int put_small(const struct builder *b, const struct place *order,
                     struct seg *s, struct err *e)
{
    uint64_t *id = section(s, SEC_id, b->n, sizeof(*id));
    uint32_t *flags = section(s, SEC_flags, b->n, sizeof(*flags));
    uint8_t *category = section(s, SEC_category, b->n, 1);
    uint8_t *len = section(s, SEC_len, b->n, 1);
    if (!id || !flags || !category || !len)
        return no_memory(e);
    for (size_t d = 0; d < b->n; d++) {
        const struct taken *r = &b->rec[order[d].from];
        id[d] = r->id;
        flags[d] = r->flags;
        category[d] = r->category;
        len[d] = r->len;
    }
    return RC_OK;
}

static int put_rows(const struct builder *b, const struct place *order,
                    struct seg *s, struct err *e)
{
    uint64_t *row_at = section(s, SEC_row_at, b->n + 1, sizeof(*row_at));
    char *rows = section(s, SEC_rows, b->rows.n, 1);
    if (!row_at || !rows)
        return no_memory(e);
    size_t at = 0;
    for (size_t d = 0; d < b->n; d++) {
        size_t from = order[d].from;
        uint64_t end = from + 1 < b->n ? b->rec[from + 1].row_at : b->rows.n;
        size_t n = (size_t)(end - b->rec[from].row_at);
        memcpy(rows + at, b->rows.p + b->rec[from].row_at, n);
        row_at[d] = at;
        at += n;
    }
    row_at[b->n] = at;
    return RC_OK;
}

/* ---- channels and languages ---- */

/* rank[number] = place in @order. */
static uint32_t *inverse(const uint32_t *order, size_t n)
{
    uint32_t *rank = calloc(n + 1, sizeof(*rank));
    for (size_t i = 0; rank && i < n; i++)
        rank[order[i]] = (uint32_t)i;
    return rank;
}

static struct chan_row chan_of(struct str key, struct buf *strings)
{
    struct chan_row c = { .title_at = strings->n };
    for (size_t i = 0; i < 8; i++) {
        c.hi = c.hi << 8 | (unsigned char)key.p[i];
        c.lo = c.lo << 8 | (unsigned char)key.p[i + 8];
    }
    c.have = (unsigned char)key.p[16];
    c.title_n = (uint32_t)(key.n - 17);
    buf_str(strings, str_from(key, 17));
    return c;
}

static int put_chans(const struct builder *b, const struct place *order,
                     struct buf *strings, struct seg *s, struct err *e)
{
    uint32_t *sorted = NULL;
    int rc = tab_sorted(&b->chans, &sorted, e);
    if (rc)
        return rc;
    struct chan_row *rows = section(s, SEC_chans, b->chans.n, sizeof(*rows));
    uint32_t *docs = section(s, SEC_channel, b->n, sizeof(*docs));
    uint32_t *rank = inverse(sorted, b->chans.n);
    for (size_t i = 0; rows && i < b->chans.n; i++)
        rows[i] = chan_of(tab_str(&b->chans, sorted[i]), strings);
    for (size_t d = 0; docs && rank && d < b->n; d++) {
        uint32_t chan = b->rec[order[d].from].chan;
        docs[d] = chan == CHAN_NONE ? CHAN_NONE : rank[chan];
    }
    rc = rows && docs && rank ? RC_OK : no_memory(e);
    free(rank);
    free(sorted);
    return rc;
}

static int put_langs(const struct builder *b, const struct place *order,
                     struct buf *strings, struct seg *s, struct err *e)
{
    uint32_t *sorted = NULL;
    int rc = tab_sorted(&b->langs, &sorted, e);
    if (rc)
        return rc;
    size_t n = b->langs.n < LANG_ROW ? b->langs.n : LANG_ROW;
    struct lang_row *rows = section(s, SEC_langs, n, sizeof(*rows));
    uint16_t *docs = section(s, SEC_language, b->n, sizeof(*docs));
    uint32_t *rank = inverse(sorted, b->langs.n);
    for (size_t i = 0; rows && i < n; i++) {
        struct str name = tab_str(&b->langs, sorted[i]);
        rows[i] = (struct lang_row){ .at = strings->n, .n = name.n };
        buf_str(strings, name);
    }
    for (size_t d = 0; docs && rank && d < b->n; d++) {
        uint32_t lang = b->rec[order[d].from].lang;
        docs[d] = lang == UINT32_MAX ? LANG_NONE
                  : rank[lang] < n   ? (uint16_t)rank[lang]
                                     : LANG_ROW;
    }
    rc = rows && docs && rank ? RC_OK : no_memory(e);
    free(rank);
    free(sorted);
    return rc;
}

static int put_names(const struct builder *b, const struct place *order,
                     struct seg *s, struct err *e)
{
    struct buf strings = BUF_INIT(SIZE_MAX / 2);
    int rc = put_chans(b, order, &strings, s, e);
    if (!rc)
        rc = put_langs(b, order, &strings, s, e);
    if (!rc)
        rc = buf_check(&strings, "names", e);
    if (rc)
        buf_fini(&strings);
    else
        seg_give(s, SEC_strings, strings.p, strings.n);
    return rc;
}

/* ---- postings ---- */

static size_t terms_end(const struct builder *b, size_t from)
{
    return from + 1 < b->n ? (size_t)b->rec[from + 1].term_at : b->n_terms;
}

/* Distribute all postings: term t's are [start[t], start[t + 1]). */
static void distribute(const struct builder *b, const struct place *order,
                       uint64_t *start, struct posting *out)
{
    for (size_t i = 0; i < b->n_terms; i++)
        start[b->term[i].doc + 1]++;
    for (size_t t = 0; t < b->terms.n; t++)
        start[t + 1] += start[t];
    for (size_t d = 0; d < b->n; d++) {
        size_t from = order[d].from, end = terms_end(b, from);
        for (size_t i = (size_t)b->rec[from].term_at; i < end; i++)
            out[start[b->term[i].doc]++] =
                (struct posting){ (uint32_t)d, b->term[i].fields };
    }
    /* each start has moved to its end: move them back by one */
    memmove(start + 1, start, b->terms.n * sizeof(*start));
    start[0] = 0;
}

static int write_terms(const struct builder *b, const uint64_t *start,
                       const struct posting *all, struct seg *s, struct err *e)
{
    struct dict_writer w = DICT_WRITER_INIT;
    uint32_t *sorted = NULL;
    int rc = tab_sorted(&b->terms, &sorted, e);
    for (size_t i = 0; !rc && i < b->terms.n; i++) {
        uint32_t t = sorted[i];
        dict_add(&w, tab_str(&b->terms, t), all + start[t],
                 (size_t)(start[t + 1] - start[t]));
    }
    free(sorted);
    if (!rc)
        rc = dict_finish(&w, s, e);
    dict_writer_fini(&w);
    return rc;
}

static int put_terms(const struct builder *b, const struct place *order,
                     struct seg *s, struct err *e)
{
    uint64_t *start = calloc(b->terms.n + 2, sizeof(*start));
    struct posting *all = calloc(b->n_terms + 1, sizeof(*all));
    int rc = start && all ? RC_OK : no_memory(e);
    if (!rc) {
        distribute(b, order, start, all);
        rc = write_terms(b, start, all, s, e);
    }
    free(start);
    free(all);
    return rc;
}

/* ---- the segment ---- */

static int put_all(const struct builder *b, const struct place *order,
                   struct seg *s, struct err *e)
{
    int rc = put_small(b, order, s, e);
    if (!rc)
        rc = put_by_id(order, b->n, s, e);
    if (!rc)
        rc = put_packs(b, order, s, e);
    if (!rc)
        rc = put_rows(b, order, s, e);
    if (!rc)
        rc = put_names(b, order, s, e);
    if (!rc && b->with_words)
        rc = put_terms(b, order, s, e);
    return rc ? rc : seg_bind(s, e);
}

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
    struct place *order = NULL;
    struct seg *s = NULL;
    int rc = seg_new(&s, e);
    if (rc)
        return rc;
    s->n = (uint32_t)b->n;
    s->words = b->with_words;
    rc = order_docs(b, &order, e);
    if (!rc)
        rc = put_all(b, order, s, e);
    free(order);
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
