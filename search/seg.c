/*
 * search/seg.c - a segment in memory: sections, typed columns, look-ups.
 *
 * Rules
 *   1. seg_bind() has seen that every section has the length that n asks
 *      for and that every offset and ordinal stays inside; readers do not
 *      check again
 *   2. a segment is made, bound and then only read
 *
 * Threads: any; making: owner only.
 */
#include "search/seg_priv.h"

#include "base/digest.h"
#include "base/num.h"

#include <inttypes.h>
#include <stdlib.h>

/* How many elements a section has. */
enum per { PER_DOC, PER_DOC1, PER_ANY, PER_TEXT };

static const struct {
    const char *name;
    size_t size;
    enum per per;
} sections[SEC_COUNT] = {
#define SEC(name, size, per, help) [SEC_##name] = { #name, size, PER_##per },
#include "search/sections.def"
#undef SEC
};

/* Where an empty section begins: pointers into it may be compared. */
static const uint64_t nothing[1];

int seg_new(struct seg **ret, struct err *e)
{
    struct seg *s = calloc(1, sizeof(*s));
    if (!s)
        return err_set(e, RC_NOMEM, "no memory for a segment");
    s->refs = 1;
    for (enum section i = 0; i < SEC_COUNT; i++)
        s->sec[i].p = nothing;
    *ret = s;
    return RC_OK;
}

struct seg *seg_ref(struct seg *s)
{
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return s;
}

void seg_unref(struct seg *s)
{
    if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
        return;
    facts_unref(s->facts);
    for (size_t i = 0; i < SEC_COUNT; i++)
        free(s->heap[i]);
    file_map_close(&s->map);
    free(s);
}

void seg_give(struct seg *s, enum section sec, void *p, size_t n)
{
    free(s->heap[sec]);
    s->heap[sec] = p;
    s->sec[sec] = (struct span){ .p = p ? p : nothing, .n = n };
}

/* ---- binding ---- */

static int wrong(enum section sec, struct err *e)
{
    return err_set(e, RC_CORRUPT, "section '%s' of the index is damaged",
                   sections[sec].name);
}

static int check_sizes(const struct seg *s, struct err *e)
{
    for (enum section i = 0; i < SEC_COUNT; i++) {
        size_t size = sections[i].size, n = s->sec[i].n;
        size_t docs = (size_t)s->n + (sections[i].per == PER_DOC1);
        if (n % size != 0 || (uintptr_t)s->sec[i].p % (size > 8 ? 8 : size))
            return wrong(i, e);
        if (sections[i].per < PER_ANY && n != docs * size)
            return wrong(i, e);
    }
    return RC_OK;
}

static struct pack pack_of(const struct seg *s, enum section v,
                           enum section big)
{
    return (struct pack){ .v = s->sec[v].p,
                          .big = s->sec[big].p,
                          .n_big = s->sec[big].n / sizeof(struct pack_big) };
}

static int bind_facts(struct seg *s, struct err *e)
{
    struct facts *f = calloc(1, sizeof(*f));
    if (!f)
        return err_set(e, RC_NOMEM, "no memory for columns");
    *f = (struct facts){ .refs = 1, .n = s->n, .flags = s->sec[SEC_flags].p };
    for (enum fact c = 0; c < FACT_COUNT; c++)
        f->col[c] = pack_of(s, sec_of(c), sec_big_of(c));
    facts_unref(s->facts);
    s->facts = f;
    return RC_OK;
}

static void bind_columns(struct seg *s)
{
    s->id = s->sec[SEC_id].p;
    s->published = pack_of(s, SEC_published, SEC_published_big);
    s->category = s->sec[SEC_category].p;
    s->language = s->sec[SEC_language].p;
    s->channel = s->sec[SEC_channel].p;
    s->len = s->sec[SEC_len].p;
    s->by_id = s->sec[SEC_by_id].p;
    s->row_at = s->sec[SEC_row_at].p;
    s->rows = s->sec[SEC_rows].p;
    s->chan = s->sec[SEC_chans].p;
    s->n_chan = s->sec[SEC_chans].n / sizeof(*s->chan);
    s->lang = s->sec[SEC_langs].p;
    s->n_lang = s->sec[SEC_langs].n / sizeof(*s->lang);
    s->strings = s->sec[SEC_strings].p;
}

/* The documents: in order, each ordinal inside, rows one behind another. */
static int check_docs(const struct seg *s, struct err *e)
{
    for (uint32_t d = 0; d < s->n; d++) {
        if (d && s->published.v[d - 1] > s->published.v[d])
            return wrong(SEC_published, e);
        if (s->channel[d] != CHAN_NONE && s->channel[d] >= s->n_chan)
            return wrong(SEC_channel, e);
        if (s->language[d] < LANG_ROW && s->language[d] >= s->n_lang)
            return wrong(SEC_language, e);
        if (s->row_at[d] > s->row_at[d + 1])
            return wrong(SEC_row_at, e);
    }
    if (s->row_at[0] != 0 || s->row_at[s->n] != s->sec[SEC_rows].n)
        return wrong(SEC_row_at, e);
    return RC_OK;
}

/* Strictly ascending ids prove that by_id names each document once. */
static int check_by_id(const struct seg *s, struct err *e)
{
    for (uint32_t i = 0; i < s->n; i++) {
        if (s->by_id[i] >= s->n)
            return wrong(SEC_by_id, e);
        if (i && s->id[s->by_id[i - 1]] >= s->id[s->by_id[i]])
            return wrong(SEC_by_id, e);
    }
    return RC_OK;
}

static bool inside(const struct seg *s, uint64_t at, uint64_t n)
{
    size_t all = s->sec[SEC_strings].n;
    return at <= all && n <= all - at;
}

static int check_strings(const struct seg *s, struct err *e)
{
    for (size_t i = 0; i < s->n_chan; i++)
        if (!inside(s, s->chan[i].title_at, s->chan[i].title_n))
            return wrong(SEC_chans, e);
    for (size_t i = 0; i < s->n_lang; i++)
        if (!inside(s, s->lang[i].at, s->lang[i].n))
            return wrong(SEC_langs, e);
    return RC_OK;
}

int seg_bind(struct seg *s, struct err *e)
{
    int rc = check_sizes(s, e);
    if (!rc)
        rc = bind_facts(s, e);
    if (rc)
        return rc;
    bind_columns(s);
    rc = check_docs(s, e);
    if (!rc)
        rc = check_by_id(s, e);
    return rc ? rc : check_strings(s, e);
}

uint64_t seg_bytes(const struct seg *s)
{
    uint64_t n = 0;
    for (enum section i = 0; i < SEC_COUNT; i++)
        if (i != SEC_row_at && i != SEC_rows && i != SEC_strings)
            n += s->sec[i].n;
    return n;
}

/* ---- look-ups ---- */

uint32_t seg_find(const struct seg *s, const struct facts *f, uint64_t id)
{
    uint32_t lo = 0, hi = s->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (s->id[s->by_id[mid]] < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == s->n || s->id[s->by_id[lo]] != id)
        return DOC_NONE;
    return facts_dead(f, s->by_id[lo]) ? DOC_NONE : s->by_id[lo];
}

uint32_t seg_lower(const struct seg *s, uint32_t code)
{
    uint32_t lo = 0, hi = s->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (s->published.v[mid] < code)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

struct str seg_channel_title(const struct seg *s, uint32_t channel)
{
    const struct chan_row *c = &s->chan[channel];
    return str_n(s->strings + c->title_at, c->title_n);
}

struct str seg_lang(const struct seg *s, size_t i)
{
    return str_n(s->strings + s->lang[i].at, (size_t)s->lang[i].n);
}

struct str seg_row(const struct seg *s, uint32_t doc)
{
    uint64_t at = s->row_at[doc];
    return str_n(s->rows + at, (size_t)(s->row_at[doc + 1] - at));
}

/* ---- a document as a record ---- */

static void get_flags(uint32_t flags, struct video *v)
{
    uint32_t live = flag_get(flags, FLAG_LIVE, FLAG_LIVE_BITS);
    uint32_t kids = flag_get(flags, FLAG_KIDS, FLAG_BOOL_BITS);
    uint32_t embed = flag_get(flags, FLAG_EMBED, FLAG_BOOL_BITS);
    uint32_t foreign = flag_get(flags, FLAG_FOREIGN, FLAG_BOOL_BITS);
    uint32_t from = flag_get(flags, FLAG_DISLIKES, FLAG_DISLIKES_BITS);
    uint32_t origin = flag_get(flags, FLAG_ORIGIN, FLAG_ORIGIN_BITS);
    if (live)
        VIDEO_SET(v, live, live);
    if (kids)
        VIDEO_SET(v, made_for_kids, kids == FLAG_TRUE);
    if (embed)
        VIDEO_SET(v, embeddable, embed == FLAG_TRUE);
    if (foreign)
        VIDEO_SET(v, foreign, foreign == FLAG_TRUE);
    if (from)
        VIDEO_SET(v, dislikes_from, from);
    if (origin)
        VIDEO_SET(v, origin, origin);
}

static void get_facts(const struct facts *f, uint32_t doc, struct video *v)
{
    uint64_t x[FACT_COUNT];
    for (enum fact c = 0; c < FACT_COUNT; c++)
        x[c] = fact_get(f, c, doc);
    if (x[FACT_VIEWS] != UINT64_MAX)
        VIDEO_SET(v, views, x[FACT_VIEWS]);
    if (x[FACT_LIKES] != UINT64_MAX)
        VIDEO_SET(v, likes, x[FACT_LIKES]);
    if (x[FACT_DISLIKES] != UINT64_MAX)
        VIDEO_SET(v, dislikes, x[FACT_DISLIKES]);
    if (x[FACT_COMMENTS] != UINT64_MAX)
        VIDEO_SET(v, comments, x[FACT_COMMENTS]);
    if (x[FACT_DURATION] != UINT64_MAX)
        VIDEO_SET(v, duration, x[FACT_DURATION]);
    if (x[FACT_STATS_AT] != UINT64_MAX)
        VIDEO_SET(v, stats_at, (int64_t)x[FACT_STATS_AT]);
    if (x[FACT_TEXT_AT] != UINT64_MAX)
        VIDEO_SET(v, text_at, (int64_t)x[FACT_TEXT_AT]);
}

static void get_channel(const struct seg *s, uint32_t channel, struct video *v)
{
    if (channel == CHAN_NONE)
        return;
    const struct chan_row *c = &s->chan[channel];
    if (c->have & CHAN_ID)
        VIDEO_SET(v, channel, ((struct cid){ c->hi, c->lo }));
    if (c->have & CHAN_TITLE)
        VIDEO_SET(v, channel_title, seg_channel_title(s, channel));
}

void seg_video(const struct seg *s, const struct facts *f, uint32_t doc,
               struct video *ret)
{
    *ret = (struct video){ .h.key = { s->id[doc], 0 } };
    uint64_t published = pack_get(&s->published, doc);
    if (published != UINT64_MAX)
        VIDEO_SET(ret, published, (int64_t)published);
    get_facts(f, doc, ret);
    get_flags(f->flags[doc], ret);
    get_channel(s, s->channel[doc], ret);
    row_get(seg_row(s, doc), ret);
}

static uint64_t mix(uint64_t h, uint64_t x)
{
    return digest_mix(h * UINT64_C(0x9e3779b97f4a7c15) ^ x);
}

uint64_t doc_digest(const struct seg *s, const struct facts *f, uint32_t doc)
{
    uint64_t h = mix(s->id[doc], pack_get(&s->published, doc));
    for (enum fact c = 0; c < FACT_COUNT; c++)
        h = mix(h, fact_get(f, c, doc));
    h = mix(h, f->flags[doc]);
    uint32_t channel = s->channel[doc];
    if (channel != CHAN_NONE) {
        const struct chan_row *c = &s->chan[channel];
        struct str title = seg_channel_title(s, channel);
        h = mix(mix(mix(h, c->hi), c->lo), c->have);
        h = mix(h, digest_crc32(0, title.p, title.n));
    }
    struct str row = seg_row(s, doc);
    return mix(mix(h, row.n), digest_crc32(0, row.p, row.n));
}
