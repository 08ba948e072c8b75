/*
 * store/whole.c - what a store holds as figures that do not depend on how it
 * is kept, and what long work on a whole store shares.
 *
 * Rules
 *   1. a record's digest is over its key, which fields it has, and each
 *      value as fixed bytes; the digests are added, so that order is nothing
 *   2. what is a store's own is left out: fences, versions, leases, the state
 *      of a copy into it, and counters of 0, which are as good as absent
 *   3. each beat looks at the clock: between two of them there may be a
 *      microsecond, or the answers of a slow server
 *
 * Threads: none of its own; one for each pulse.
 */
#include "store/whole_priv.h"

#include "base/digest.h"

#include <inttypes.h>
#include <stdlib.h>

enum { LEASE_EVERY_S = 20, LEASE_TTL_S = 60 };

/* ---- the pulse ---- */

void whole_pulse_begin(struct whole_pulse *p, const char *what, uint64_t total)
{
    progress_init(&p->bar, p->w->progress_fd, p->w->clk, what, total);
    p->done = 0;
}

void whole_pulse_end(struct whole_pulse *p)
{
    progress_end(&p->bar);
}

int whole_pulse_renew(struct whole_pulse *p, struct err *e)
{
    p->renewed = clk_mono(p->w->clk);
    return lease_renew(p->leased, &p->lease, DUR_S(LEASE_TTL_S),
                       clk_wall(p->w->clk), e);
}

/* Rule 3. */
int whole_pulse_beat(struct whole_pulse *p, struct err *e)
{
    progress_at(&p->bar, ++p->done, NULL);
    if (p->w->stop && *p->w->stop)
        return err_set(e, RC_CANCELLED, "stopped");
    if (!p->leased ||
        mono_since(p->renewed, clk_mono(p->w->clk)).ms < LEASE_EVERY_S * 1000)
        return RC_OK;
    return whole_pulse_renew(p, e);
}

/* ---- digests ---- */

static uint64_t digest_u64(uint64_t h, uint64_t v)
{
    for (int i = 0; i < 8; i++, v >>= 8)
        h = digest_u8(h, (unsigned char)v);
    return h;
}

static uint64_t digest_text(uint64_t h, struct str s)
{
    return digest_bytes(digest_u64(h, s.n), s.p, s.n);
}

static uint64_t digest_value(uint64_t h, const struct schema_field *f,
                             const void *at)
{
    uint32_t bits;
    const struct cid *id = at;
    switch (f->kind) {
    case SCHEMA_F32:
        memcpy(&bits, at, sizeof(bits));
        return digest_u64(h, bits);
    case SCHEMA_CID:
        return digest_u64(digest_u64(h, id->hi), id->lo);
    case SCHEMA_STR:
    case SCHEMA_LIST:
        return digest_text(h, *(const struct str *)at);
    case SCHEMA_U64:
    case SCHEMA_I64:
    case SCHEMA_SEC:
    case SCHEMA_BOOL:
    case SCHEMA_ENUM:
        break;
    }
    return digest_u64(h, *(const uint64_t *)at);
}

uint64_t whole_record_digest(const struct schema_type *t, const void *rec)
{
    const struct schema_head *r = rec;
    uint64_t h = digest_text(DIGEST_INIT, str_of(t->name));
    h = digest_u64(digest_u64(h, r->key[0]), r->key[1]);
    h = digest_u64(h, r->have);
    for (size_t i = 0; i < t->n_fields; i++)
        if (r->have >> i & 1)
            h = digest_value(h, &t->fields[i],
                             schema_at_const(&t->fields[i], rec));
    return digest_mix(h);
}

uint64_t whole_doc_digest(const char *key, struct str body)
{
    uint64_t h = digest_text(DIGEST_INIT, STR("document"));
    return digest_mix(digest_text(digest_text(h, str_of(key)), body));
}

uint64_t whole_count_digest(const char *key, int64_t value)
{
    uint64_t h = digest_text(DIGEST_INIT, STR("counter"));
    h = digest_text(h, str_of(key));
    return digest_mix(digest_u64(h, (uint64_t)value));
}

/* ---- content ---- */

bool store_content_equal(const struct store_content *a,
                         const struct store_content *b)
{
    return a->videos == b->videos && a->channels == b->channels &&
           a->samples == b->samples && a->documents == b->documents &&
           a->counters == b->counters && a->checksum == b->checksum;
}

bool whole_doc_counts(const char *key)
{
    return !str_starts(str_of(key), STR("lease/")) &&
           strcmp(key, WHOLE_COPY_KEY) != 0;
}

void whole_add_doc(struct store_content *c, const char *key, struct str body)
{
    if (!whole_doc_counts(key))
        return;
    c->documents++;
    c->checksum += whole_doc_digest(key, body);
}

void whole_add_count(struct store_content *c, const char *key, int64_t value)
{
    if (!value)
        return; /* rule 2 */
    c->counters++;
    c->checksum += whole_count_digest(key, value);
}

uint32_t whole_parts(uint64_t n)
{
    uint64_t parts = n / WHOLE_PART_RECORDS + 1;
    return (uint32_t)(parts < WHOLE_PARTS_MAX ? parts : WHOLE_PARTS_MAX);
}

/* A sum under way. */
struct summing {
    const struct schema_type *t;
    struct whole_pulse *pulse;
    struct store_content c;
    uint64_t n; /* of type t */
    struct err *e;
};

static int sum_record(void *ctx, const void *rec)
{
    struct summing *x = ctx;
    x->n++;
    x->c.checksum += whole_record_digest(x->t, rec);
    return whole_pulse_beat(x->pulse, x->e);
}

static int sum_doc(void *ctx, const char *key, uint64_t version,
                   struct str body)
{
    (void)version;
    struct summing *x = ctx;
    whole_add_doc(&x->c, key, body);
    return RC_OK;
}

static int sum_count(void *ctx, const char *key, int64_t value)
{
    struct summing *x = ctx;
    whole_add_count(&x->c, key, value);
    return RC_OK;
}

static int sum_type(struct store *s, struct summing *x, size_t type,
                    uint64_t about, uint64_t *ret)
{
    struct store_range r = { .of = whole_parts(about) };
    int rc = RC_OK;
    x->t = store_type_at(type);
    x->n = 0;
    for (; !rc && r.part < r.of; r.part++)
        rc = store_scan(s, x->t, ~UINT64_C(0), &r, sum_record, x, x->e);
    *ret = x->n;
    return rc;
}

int whole_content(struct store *s, struct whole_pulse *p,
                  struct store_content *ret, uint64_t *records, struct err *e)
{
    struct summing x = { .pulse = p, .e = e };
    struct store_stats n;
    int rc = store_stats(s, &n, e);
    if (!rc)
        rc = sum_type(s, &x, 0, n.videos, &x.c.videos);
    if (!rc)
        rc = sum_type(s, &x, 1, n.channels, &x.c.channels);
    if (!rc)
        rc = sum_type(s, &x, 2, n.samples, &x.c.samples);
    uint64_t sum = x.c.checksum;
    if (!rc)
        rc = store_doc_list(s, "", sum_doc, &x, e);
    if (!rc)
        rc = store_counts(s, "", sum_count, &x, e);
    if (rc)
        return rc;
    *ret = x.c;
    *records = sum;
    return RC_OK;
}

/* ---- batches ---- */

int whole_batch_init(struct whole_batch *b, const struct schema_type *t,
                     struct err *e)
{
    *b = (struct whole_batch){
        .t = t,
        .text = ARENA_INIT(WHOLE_TEXT_MAX + SCHEMA_TEXT_MAX * 64),
    };
    b->rec = calloc(STORE_ATOMIC_MAX, t->size);
    return b->rec ? RC_OK : err_set(e, RC_NOMEM, "no memory for a batch");
}

void whole_batch_fini(struct whole_batch *b)
{
    arena_fini(&b->text);
    free(b->rec);
    b->rec = NULL;
}

int whole_batch_add(struct whole_batch *b, const void *rec, bool *full,
                    struct err *e)
{
    if (!schema_copy(b->t, b->rec + b->n * b->t->size, rec, &b->text))
        return err_set(e, RC_NOMEM, "no memory for a batch");
    b->n++;
    *full = b->n == STORE_ATOMIC_MAX || b->text.used_bytes >= WHOLE_TEXT_MAX;
    return RC_OK;
}

void whole_batch_reset(struct whole_batch *b)
{
    arena_reset(&b->text);
    b->n = 0;
}
