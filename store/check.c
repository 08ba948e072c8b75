/*
 * store/check.c - reads all of a store and tells what is not as it should be.
 *
 * Rules
 *   1. nothing is changed, and damage ends nothing: what can still be read is
 *      looked at too
 *   2. a store in use is no reason for a false alarm: what seems wrong
 *      between two records is looked at again, and figures are only compared
 *      when nothing came or went meanwhile
 *   3. of each kind STORE_FINDINGS_MAX are told, all are counted; but a back
 *      end may stop to look for more
 *
 * Threads: one.
 */
#include "store/whole_priv.h"

#include <inttypes.h>
#include <stdlib.h>

struct checking {
    struct store *s;
    struct whole_pulse pulse;
    store_finding_fn fn;
    void *ctx;
    struct err *e;
    struct store_check_report r;
    uint64_t told;               /* of the kind under way */
    const struct schema_type *t; /* of the scan under way … */
    uint64_t n;                  /* … and its records so far */
    struct {
        uint64_t video[STORE_ATOMIC_MAX][2], key[STORE_ATOMIC_MAX][2];
        size_t n;
    } samples; /* the first one of each of these videos */
};

/* ---- findings ---- */

static void begin_kind(struct checking *x)
{
    x->told = 0;
}

static void tell(struct checking *x, bool is_wrong, const char *line)
{
    x->r.wrong += is_wrong;
    if (!is_wrong || x->told++ < STORE_FINDINGS_MAX)
        x->fn(x->ctx, is_wrong, line);
}

static void PRINTF_LIKE(2, 3) wrong(struct checking *x, const char *fmt, ...)
{
    char line[320];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    tell(x, true, line);
}

/* Does @rc say that what was read is damaged? Then it is told: rule 1. */
static int told_damage(struct checking *x, const char *what, int rc,
                       const struct err *e)
{
    if (rc != RC_CORRUPT)
        return rc;
    wrong(x, "%s: %s", what, e->msg);
    return RC_OK;
}

/* ---- records ---- */

static void name_of(const struct schema_type *t, const uint64_t key[2],
                    char out[static 64])
{
    char id[CID_TEXT];
    if (t == &schema_channel)
        snprintf(out, 64, "channel %s",
                 cid_text((struct cid){ key[0], key[1] }, id));
    else if (t == &schema_video)
        snprintf(out, 64, "video %s", vid_text(key[0], id));
    else
        snprintf(out, 64, "sample %s, day %" PRIu64, vid_text(key[0], id),
                 key[1]);
}

/* Look for the records of type @t that the noted samples are themselves, or
 * belong to, and keep those samples of which it is @there, or is not. */
static int keep(struct checking *x, const struct schema_type *t, bool there)
{
    struct arena none = ARENA_INIT(0);
    bool found[STORE_ATOMIC_MAX];
    size_t n = x->samples.n, kept = 0;
    void *rec = n ? calloc(n, t->size) : NULL;
    if (!rec)
        return n ? err_set(x->e, RC_NOMEM, "no memory for a check") : RC_OK;
    whole_keys keys = (whole_keys)x->samples.key;
    if (t == &schema_video)
        keys = (whole_keys)x->samples.video;
    int rc = store_get(x->s, t, keys, n, 0, &none, rec, found, x->e);
    for (size_t i = 0; !rc && i < n; i++) {
        if (found[i] != there)
            continue;
        memmove(x->samples.video[kept], x->samples.video[i],
                sizeof(x->samples.video[0]));
        memmove(x->samples.key[kept++], x->samples.key[i],
                sizeof(x->samples.key[0]));
    }
    x->samples.n = kept;
    arena_fini(&none);
    free(rec);
    return rc;
}

/* Those whose video is not found may be gone by now, with their video; or it
 * has come, behind its samples, as an import writes them: rule 2. */
static int find_orphans(struct checking *x)
{
    char name[64];
    int rc = keep(x, &schema_video, false);
    if (!rc)
        rc = keep(x, &schema_sample, true);
    if (!rc)
        rc = keep(x, &schema_video, false);
    for (size_t i = 0; !rc && i < x->samples.n; i++) {
        name_of(&schema_sample, x->samples.key[i], name);
        wrong(x, "%s: there is no such video", name);
    }
    x->samples.n = 0;
    return rc;
}

/* Samples of a video mostly follow each other: one look for all of them. */
static int note_sample(struct checking *x, const uint64_t key[2])
{
    size_t n = x->samples.n;
    if (n && x->samples.video[n - 1][0] == key[0])
        return RC_OK;
    x->samples.video[n][0] = key[0];
    x->samples.video[n][1] = 0;
    memcpy(x->samples.key[n], key, sizeof(x->samples.key[0]));
    return ++x->samples.n == STORE_ATOMIC_MAX ? find_orphans(x) : RC_OK;
}

static int check_record(void *ctx, const void *rec)
{
    struct checking *x = ctx;
    const struct schema_head *h = rec;
    struct err why = ERR_INIT;
    char name[64];
    x->n++;
    x->r.content.checksum += whole_record_digest(x->t, rec);
    if (schema_validate(x->t, rec, &why)) {
        name_of(x->t, h->key, name);
        wrong(x, "%s: %s", name, why.msg);
    }
    int rc = x->t == &schema_sample ? note_sample(x, h->key) : RC_OK;
    return rc ? rc : whole_pulse_beat(&x->pulse, x->e);
}

static int check_type(struct checking *x, size_t type, uint64_t about,
                      uint64_t *ret)
{
    struct store_range r = { .of = whole_parts(about) };
    int rc = RC_OK;
    x->t = store_type_at(type);
    x->n = 0;
    begin_kind(x);
    for (; !rc && r.part < r.of; r.part++) {
        rc = store_scan(x->s, x->t, ~UINT64_C(0), &r, check_record, x, x->e);
        rc = told_damage(x, x->t->name, rc, x->e);
    }
    if (!rc && x->t == &schema_sample)
        rc = find_orphans(x);
    *ret = x->n;
    return rc;
}

static int check_records(struct checking *x, const struct store_stats *n)
{
    whole_pulse_begin(&x->pulse, "checking",
                      n->videos + n->channels + n->samples);
    int rc = check_type(x, 0, n->videos, &x->r.content.videos);
    if (!rc)
        rc = check_type(x, 1, n->channels, &x->r.content.channels);
    if (!rc)
        rc = check_type(x, 2, n->samples, &x->r.content.samples);
    whole_pulse_end(&x->pulse);
    return rc;
}

/* ---- documents and counters ---- */

static int read_object(struct str body, const char *key, struct err *e)
{
    struct jsonr *root = NULL;
    int rc = jsonr_open(&root, body, e);
    if (!rc && !jsonr_is_object(root))
        rc = err_set(e, RC_CORRUPT, "document '%s' is no JSON object", key);
    else if (rc == RC_INPUT)
        rc = err_wrap(e, RC_CORRUPT, "document '%s'", key);
    jsonr_close(root);
    return rc;
}

static int read_frontier(struct str body, const char *key, struct err *e)
{
    struct source src;
    return source_of_json(body, key, &src, e);
}

static int read_copy(struct str body, const char *key, struct err *e)
{
    (void)body, (void)key;
    return err_set(e, RC_CORRUPT, "the store is a copy that is not finished");
}

/* Documents that are known, by the front of their names. What others keep is
 * theirs to know. */
static const struct {
    const char *front;
    int (*read)(struct str body, const char *key, struct err *e);
} kinds[] = {
    { "source/", source_check },    { "lease/", lease_check },
    { "report/", read_object },     { "rank/", read_object },
    { "frontier/", read_frontier }, { WHOLE_COPY_KEY, read_copy },
};

static int check_doc(void *ctx, const char *key, uint64_t version,
                     struct str body)
{
    struct checking *x = ctx;
    struct err why = ERR_INIT;
    whole_add_doc(&x->r.content, key, body);
    if (version == 0)
        wrong(x, "document '%s' has no version", key);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (!str_starts(str_of(key), str_of(kinds[i].front)))
            continue;
        int rc = kinds[i].read(body, key, &why);
        if (rc == RC_NOMEM)
            return err_set(x->e, rc, "%s", why.msg);
        if (rc)
            wrong(x, "%s", why.msg);
    }
    return RC_OK;
}

static int check_count(void *ctx, const char *key, int64_t value)
{
    struct checking *x = ctx;
    if (value < 0)
        wrong(x, "counter '%s' is %" PRId64, key, value);
    whole_add_count(&x->r.content, key, value);
    return RC_OK;
}

static int check_items(struct checking *x)
{
    begin_kind(x);
    int rc = store_doc_list(x->s, "", check_doc, x, x->e);
    rc = told_damage(x, "documents", rc, x->e);
    if (rc)
        return rc;
    begin_kind(x);
    rc = store_counts(x->s, "", check_count, x, x->e);
    return told_damage(x, "counters", rc, x->e);
}

/* ---- figures ---- */

static int pass_change(void *ctx, const struct schema_type *t,
                       const uint64_t key[2])
{
    (void)ctx, (void)t, (void)key;
    return RC_OK;
}

/* The store at the beginning. */
struct beginning {
    struct store_pos pos;
    struct store_stats n;
};

/* What cannot be read of the figures is told at the end. */
static int begin(struct checking *x, struct beginning *ret)
{
    *ret = (struct beginning){ .n = { .videos = 0 } };
    int rc = store_feed_now(x->s, &ret->pos, x->e);
    if (rc)
        return rc;
    rc = store_stats(x->s, &ret->n, x->e);
    return rc == RC_CORRUPT ? RC_OK : rc;
}

/* Was anything written since? Samples are not in the feed; unless as many went
 * as came, their number tells. */
static int did_move(struct checking *x, struct beginning *then,
                    const struct store_stats *now)
{
    size_t n = 0;
    int rc = store_feed_read(x->s, &then->pos, 1, DUR_MS(0), pass_change, NULL,
                             &n, x->e);
    x->r.moving = rc == RC_LOST || n || now->samples != then->n.samples;
    return rc == RC_LOST ? RC_OK : rc;
}

static void compare_figures(struct checking *x, const struct store_stats *n)
{
    const struct store_content *c = &x->r.content;
    const struct {
        const char *name;
        uint64_t said, found;
    } rows[] = { { "videos", n->videos, c->videos },
                 { "channels", n->channels, c->channels },
                 { "samples", n->samples, c->samples } };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char line[160];
        snprintf(line, sizeof(line),
                 "the figures say %" PRIu64 " %s, there are %" PRIu64,
                 rows[i].said, rows[i].name, rows[i].found);
        if (rows[i].said != rows[i].found)
            tell(x, !x->s->ops->estimates, line);
    }
}

/* The figures first, then the feed: what comes between is seen to move. */
static int check_figures(struct checking *x, struct beginning *then)
{
    struct store_stats n;
    begin_kind(x);
    int rc = store_stats(x->s, &n, x->e);
    if (rc)
        return told_damage(x, "figures", rc, x->e);
    rc = did_move(x, then, &n);
    if (!rc && !x->r.moving)
        compare_figures(x, &n);
    return rc;
}

/* ---- all of it ---- */

static void pass_on(void *ctx, bool is_wrong, const char *line)
{
    tell(ctx, is_wrong, line);
}

static int check_all(struct checking *x)
{
    struct beginning then;
    int rc = begin(x, &then);
    if (!rc)
        rc = check_records(x, &then.n);
    if (!rc)
        rc = check_items(x);
    if (!rc)
        rc = check_figures(x, &then);
    begin_kind(x);
    return rc ? rc : x->s->ops->check(x->s, pass_on, x, x->e);
}

int store_check(struct store *s, const struct store_work *w,
                store_finding_fn fn, void *ctx, struct store_check_report *ret,
                struct err *e)
{
    struct err own = ERR_INIT;
    struct checking *x = calloc(1, sizeof(*x));
    if (!x)
        return err_set(e, RC_NOMEM, "no memory for a check");
    x->s = s;
    x->pulse.w = w;
    x->fn = fn;
    x->ctx = ctx;
    x->e = e ? e : &own; /* what it says is told */
    int rc = check_all(x);
    if (!rc)
        *ret = x->r;
    free(x);
    return rc;
}
