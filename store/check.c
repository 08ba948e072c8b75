/*
 * store/check.c - reads all of a store and tells what is not as it should be.
 *
 * Rules
 *   1. nothing is changed, and damage ends nothing: what can still be read is
 *      looked at too
 *   2. a store in use is no reason for a false alarm: what seems wrong
 *      between two records is looked at again together, and figures are only
 *      compared when the feed was silent
 *   3. of each kind STORE_FINDINGS_MAX are told, all are counted
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

static void PRINTF_LIKE(2, 3) wrong(struct checking *x, const char *fmt, ...)
{
    char line[320];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    x->r.wrong++;
    if (x->told++ < STORE_FINDINGS_MAX)
        x->fn(x->ctx, true, line);
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

/* Of those samples whose video was not found some may be gone by now, with
 * their video: rule 2. */
static int tell_orphans(struct checking *x, uint64_t (*key)[2], size_t n)
{
    struct arena none = ARENA_INIT(0);
    bool there[STORE_ATOMIC_MAX];
    struct sample *rec = calloc(n, sizeof(*rec));
    if (!rec)
        return err_set(x->e, RC_NOMEM, "no memory for a check");
    int rc = store_get(x->s, &schema_sample, (whole_keys)key, n, 0, &none, rec,
                       there, x->e);
    for (size_t i = 0; !rc && i < n; i++) {
        char name[64];
        name_of(&schema_sample, key[i], name);
        if (there[i])
            wrong(x, "%s: there is no such video", name);
    }
    arena_fini(&none);
    free(rec);
    return rc;
}

static int find_videos(struct checking *x)
{
    struct arena none = ARENA_INIT(0);
    bool there[STORE_ATOMIC_MAX];
    size_t n = x->samples.n, missing = 0;
    struct video *rec = n ? calloc(n, sizeof(*rec)) : NULL;
    if (!rec)
        return n ? err_set(x->e, RC_NOMEM, "no memory for a check") : RC_OK;
    int rc = store_get(x->s, &schema_video, (whole_keys)x->samples.video, n, 0,
                       &none, rec, there, x->e);
    for (size_t i = 0; !rc && i < n; i++)
        if (!there[i])
            memmove(x->samples.key[missing++], x->samples.key[i],
                    sizeof(x->samples.key[0]));
    arena_fini(&none);
    free(rec);
    x->samples.n = 0;
    return rc || !missing ? rc : tell_orphans(x, x->samples.key, missing);
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
    return ++x->samples.n == STORE_ATOMIC_MAX ? find_videos(x) : RC_OK;
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
        rc = find_videos(x);
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

/* Was anything told behind @pos? */
static int did_move(struct checking *x, struct store_pos *pos)
{
    size_t n = 0;
    int rc =
        store_feed_read(x->s, pos, 1, DUR_MS(0), pass_change, NULL, &n, x->e);
    x->r.moving = rc == RC_LOST || n;
    return rc == RC_LOST ? RC_OK : rc;
}

static int check_figures(struct checking *x)
{
    const struct store_content *c = &x->r.content;
    struct store_stats n;
    begin_kind(x);
    int rc = store_stats(x->s, &n, x->e);
    if (rc)
        return told_damage(x, "figures", rc, x->e);
    const struct {
        const char *name;
        uint64_t said, found;
    } rows[] = { { "videos", n.videos, c->videos },
                 { "channels", n.channels, c->channels },
                 { "samples", n.samples, c->samples } };
    for (size_t i = 0; !x->r.moving && i < ARRAY_LEN(rows); i++)
        if (rows[i].said != rows[i].found)
            wrong(x, "the figures say %" PRIu64 " %s, there are %" PRIu64,
                  rows[i].said, rows[i].name, rows[i].found);
    return RC_OK;
}

/* ---- all of it ---- */

/* What the back end finds counts as the rest does: rule 3. */
static void pass_on(void *ctx, bool is_wrong, const char *line)
{
    struct checking *x = ctx;
    if (is_wrong)
        wrong(x, "%s", line);
    else
        x->fn(x->ctx, false, line);
}

static int check_all(struct checking *x)
{
    struct store_pos pos;
    struct store_stats n;
    int rc = store_feed_now(x->s, &pos, x->e);
    if (!rc)
        rc = store_stats(x->s, &n, x->e);
    if (!rc)
        rc = check_records(x, &n);
    if (!rc)
        rc = check_items(x);
    if (!rc)
        rc = did_move(x, &pos);
    if (!rc)
        rc = check_figures(x);
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
