/*
 * store/copy.c - one store into another: begin, bring, compare, end.
 *
 * Rules
 *   1. the state in the store that is filled is written before its first
 *      record and removed after both were compared: whoever finds it knows
 *      that the store is not whole, and which copy to go on with
 *   2. the feed's position is taken before the scan: what changes while it
 *      runs is told behind that position and brought again
 *   3. when the history behind the position is gone, all is scanned anew,
 *      and what the source has no more is looked for and deleted
 *   4. the end is not believed but looked at: both are read whole, and the feed
 *      must have been silent meanwhile
 *   5. records are fenced by the token of the job's lease of the store that is
 *      filled: of two calls that both believe to hold it, the older one is
 *      refused
 *
 * Threads: one.
 */
#include "store/copy_priv.h"

#include <inttypes.h>

enum {
    ROUNDS = 4,      /* of bringing and comparing, while the source moves */
    LEASE_TTL_S = 60 /* as a job's; a dead holder loses it at once */
};

static const char lease_name[] = "job";

/* ---- what may be copied, and where to ---- */

int store_copy_source(struct store *from, wall_t now, struct err *e)
{
    bool unfinished = false;
    int rc = store_copy_unfinished(from, &unfinished, e);
    if (!rc && unfinished)
        return err_set(e, RC_CORRUPT,
                       "%s is itself a copy that is not finished",
                       store_uri(from));
    return rc ? rc : lease_free(from, lease_name, now, e);
}

static int found_record(void *ctx, const void *rec)
{
    (void)ctx, (void)rec;
    return RC_EXISTS;
}

static int found_doc(void *ctx, const char *key, uint64_t version,
                     struct str body)
{
    (void)ctx, (void)version, (void)body;
    return whole_doc_counts(key) ? RC_EXISTS : RC_OK;
}

static int found_count(void *ctx, const char *key, int64_t value)
{
    (void)ctx, (void)key;
    return value ? RC_EXISTS : RC_OK;
}

static int check_empty(struct store *s, struct err *e)
{
    int rc = RC_OK;
    for (size_t i = 0; !rc && i < STORE_TYPES; i++)
        rc = store_scan(s, store_type_at(i), 0, NULL, found_record, NULL, e);
    if (!rc)
        rc = store_doc_list(s, "", found_doc, NULL, e);
    if (!rc)
        rc = store_counts(s, "", found_count, NULL, e);
    if (rc == RC_EXISTS)
        return err_set(e, rc,
                       "%s is not empty, and not the beginning of a copy",
                       store_uri(s));
    return rc;
}

/* Read how far an earlier call came; an empty store has come nowhere. */
static int find_state(struct copier *c, struct err *e)
{
    int rc = copy_state_read(c->to, &c->st, e);
    c->r.resumed = rc == RC_OK;
    if (rc == RC_NOTFOUND)
        return check_empty(c->to, e);
    if (!rc && memcmp(c->st.from, store_id(c->from), STORE_ID_BYTES) != 0)
        return err_set(e, RC_EXISTS, "%s is the beginning of another copy",
                       store_uri(c->to));
    return rc;
}

static int check_pair(const struct copier *c, struct err *e)
{
    if (memcmp(store_id(c->from), store_id(c->to), STORE_ID_BYTES) == 0)
        return err_set(e, RC_INPUT, "%s and %s are one store",
                       store_uri(c->from), store_uri(c->to));
    if (store_kind(c->from) != store_kind(c->to))
        return err_set(e, RC_CONFIG, "%s is a %s store and stays one",
                       store_uri(c->to),
                       store_kind(c->to) == STORE_LIVE ? "live" : "local");
    return RC_OK;
}

/* ---- bring ---- */

/* Rules 2 and 3. */
static int scan_anew(struct copier *c, bool sweep)
{
    c->r.rescans += sweep;
    c->st.type = c->st.part = c->st.of = 0;
    c->st.sweep = sweep;
    memcpy(c->st.from, store_id(c->from), sizeof(c->st.from));
    int rc = store_feed_now(c->from, &c->st.pos, c->e);
    return rc ? rc : copy_state_write(c);
}

static int count_of(struct store *s, size_t type, uint64_t *ret, struct err *e)
{
    struct store_stats n = { .videos = 0 };
    int rc = store_stats(s, &n, e);
    const uint64_t counts[STORE_TYPES] = { n.videos, n.channels, n.samples };
    if (!rc)
        *ret = counts[type];
    return rc;
}

/* Cut the type under way into shares, unless it is. */
static int cut(struct copier *c)
{
    uint64_t n;
    if (c->st.of)
        return RC_OK;
    int rc = count_of(c->from, c->st.type, &n, c->e);
    if (!rc)
        c->st.of = whole_parts(n);
    return rc;
}

/* Bring all shares from c->st on. */
static int scan(struct copier *c)
{
    int rc = RC_OK;
    while (!rc && c->st.type < STORE_TYPES) {
        rc = cut(c);
        struct store_range r = { .part = c->st.part, .of = c->st.of };
        if (!rc)
            rc = copy_part(c, store_type_at(c->st.type), &r);
        if (rc)
            break;
        if (++c->st.part == c->st.of) {
            c->st.type++;
            c->st.part = c->st.of = 0;
        }
        rc = copy_state_write(c);
    }
    return rc;
}

static int sweep(struct copier *c)
{
    int rc = RC_OK;
    for (size_t i = 0; !rc && c->st.sweep && i < STORE_TYPES; i++) {
        uint64_t n = 0;
        rc = count_of(c->to, i, &n, c->e);
        struct store_range r = { .of = whole_parts(n) };
        for (; !rc && r.part < r.of; r.part++)
            rc = copy_sweep_part(c, store_type_at(i), &r);
    }
    if (rc || !c->st.sweep)
        return rc;
    c->st.sweep = false;
    return copy_state_write(c);
}

static int bring(struct copier *c)
{
    uint64_t told;
    struct store_stats n;
    int rc = store_stats(c->from, &n, c->e);
    if (rc)
        return rc;
    whole_pulse_begin(&c->pulse, "copying", n.videos + n.channels + n.samples);
    rc = scan(c);
    if (!rc)
        rc = sweep(c);
    if (!rc)
        rc = copy_follow(c, &told);
    if (!rc)
        rc = copy_items(c);
    whole_pulse_end(&c->pulse);
    return rc;
}

/* ---- compare ---- */

struct comparison {
    bool same;    /* in everything */
    bool records; /* in records at least */
    uint64_t sum; /* of the records of from */
};

static int compare(struct copier *c, struct comparison *ret)
{
    struct store_content from, to;
    uint64_t a = 0, b = 0;
    struct store_stats n;
    int rc = store_stats(c->from, &n, c->e);
    if (rc)
        return rc;
    whole_pulse_begin(&c->pulse, "comparing",
                      2 * (n.videos + n.channels + n.samples));
    rc = whole_content(c->to, &c->pulse, &to, &b, c->e);
    if (!rc)
        rc = whole_content(c->from, &c->pulse, &from, &a, c->e);
    whole_pulse_end(&c->pulse);
    if (rc)
        return rc;
    ret->same = store_content_equal(&from, &to);
    ret->records = a == b;
    ret->sum = a;
    c->r.content = from;
    return RC_OK;
}

static int differ(struct copier *c)
{
    return err_set(c->e, RC_CORRUPT, "%s differs from %s after it was copied",
                   store_uri(c->to), store_uri(c->from));
}

/* What a round knows of the one before it. */
struct rounds {
    bool done;    /* both are equal and stand still */
    bool anew;    /* all is brought anew, since both differed … */
    uint64_t sum; /* … when the records of from had this sum */
};

/* Rule 4, once. */
static int round_once(struct copier *c, struct rounds *r)
{
    struct comparison x = { .same = false };
    uint64_t told = 0;
    int rc = bring(c);
    if (!rc)
        rc = compare(c, &x);
    if (!rc)
        rc = copy_follow(c, &told);
    if (rc)
        return rc;
    r->done = x.same && !told;
    /* Silence and other records: what the feed does not tell, as samples that
     * came or were deleted. Brought anew, they must be the same, unless more
     * came meanwhile. */
    if (told || x.records)
        return RC_OK;
    if (r->anew && r->sum == x.sum)
        return differ(c);
    r->anew = true;
    r->sum = x.sum;
    return scan_anew(c, /* sweep= */ true);
}

static int settle(struct copier *c)
{
    struct rounds r = { .done = false };
    for (int i = 0; i < ROUNDS && !r.done; i++) {
        int rc = round_once(c, &r);
        if (rc == RC_LOST)
            rc = scan_anew(c, /* sweep= */ true); /* rule 3 */
        if (!rc && r.done)
            rc = store_copy_source(c->from, clk_wall(c->pulse.w->clk), c->e);
        if (rc)
            return rc;
    }
    if (!r.done)
        return err_set(c->e, RC_AGAIN, "%s is written all the time",
                       store_uri(c->from));
    return RC_OK;
}

/* ---- the whole ---- */

static int copy_leased(struct copier *c)
{
    int rc = find_state(c, c->e);
    if (!rc && !c->r.resumed)
        rc = scan_anew(c, /* sweep= */ false); /* rule 1 */
    if (!rc)
        rc = settle(c);
    return rc ? rc : copy_state_remove(c);
}

static int take_lease(struct copier *c)
{
    char holder[128];
    lease_holder(holder);
    int rc = lease_take(c->to, lease_name, holder, DUR_S(LEASE_TTL_S),
                        clk_wall(c->pulse.w->clk), &c->pulse.lease, c->e);
    c->pulse.leased = rc ? NULL : c->to;
    c->pulse.renewed = clk_mono(c->pulse.w->clk);
    return rc;
}

int store_copy(struct store *from, struct store *to, const struct store_work *w,
               struct store_copy_report *ret, struct err *e)
{
    struct copier c = { .from = from, .to = to, .pulse = { .w = w }, .e = e };
    int rc = check_pair(&c, e);
    if (!rc)
        rc = store_copy_source(from, clk_wall(w->clk), e);
    if (!rc)
        rc = find_state(&c, e); /* before anything is written */
    if (!rc)
        rc = take_lease(&c);
    if (rc)
        return rc;
    rc = copy_leased(&c);
    lease_drop(to, &c.pulse.lease);
    if (!rc)
        *ret = c.r;
    return rc;
}
