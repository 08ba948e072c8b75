/*
 * store/lease.c - one holder at a time, as a document that is compared and
 * set.
 *
 * {"token":3,"holder":"host:pid:start@space","expires":1789...} in ms; an
 * empty holder means free.
 *
 * Rules
 *   1. the token grows by one with every change of holder and never falls:
 *      a lease is given back by emptying its holder, not by deletion
 *   2. a lease is taken when it is free, has expired, or its holder is a
 *      dead process of this machine; by nobody else, not even by the same
 *      process a second time
 *   3. between reading and writing the document nobody else wrote it; if
 *      somebody did, all is judged anew
 *   4. a lease alone does not exclude: a stalled holder may go on working.
 *      Its writes carry the token, and the store refuses the older one.
 *
 * Threads: any; no state but the document.
 */
#include "store/above_priv.h"

#include "base/cal.h"
#include "base/jsonw.h"

#include <inttypes.h>

/* What the document says. */
struct kept {
    uint64_t version; /* 0 = there is no document */
    uint64_t token;
    char holder[128];
    int64_t expires_ms;
};

static void key_of(const char *name, char out[static STORE_KEY_MAX + 1])
{
    snprintf(out, STORE_KEY_MAX + 1, "lease/%s", name);
}

/* ---- the document ---- */

static bool parse_kept(const struct jsonr *root, struct kept *ret)
{
    struct str holder;
    if (!jsonr_u64(jsonr_get(root, "token"), &ret->token) ||
        !jsonr_str(jsonr_get(root, "holder"), &holder) ||
        !jsonr_i64(jsonr_get(root, "expires"), &ret->expires_ms) ||
        holder.n >= sizeof(ret->holder))
        return false;
    memcpy(ret->holder, holder.p, holder.n);
    ret->holder[holder.n] = '\0';
    return true;
}

static int parse_body(struct str body, const char *key, struct kept *ret,
                      struct err *e)
{
    struct jsonr *root = NULL;
    int rc = jsonr_open(&root, body, e);
    if (rc == RC_INPUT || (!rc && !parse_kept(root, ret)))
        rc = err_set(e, RC_CORRUPT, "document '%s' is no lease", key);
    jsonr_close(root);
    return rc;
}

int lease_check(struct str body, const char *key, struct err *e)
{
    struct kept k;
    return parse_body(body, key, &k, e);
}

static int read_kept(struct store *s, const char *name, struct kept *ret,
                     struct err *e)
{
    char key[STORE_KEY_MAX + 1];
    struct buf b = BUF_INIT(ABOVE_DOC_BYTES);
    *ret = (struct kept){ .version = 0 };
    key_of(name, key);
    int rc = store_doc_get(s, key, &b, &ret->version, e);
    if (rc == RC_NOTFOUND) {
        buf_fini(&b);
        return RC_OK;
    }
    if (!rc)
        rc = parse_body(buf_view(&b), key, ret, e);
    buf_fini(&b);
    return rc;
}

/* Write @k in place of version k->version; that becomes the new one. */
static int write_kept(struct store *s, const char *name, struct kept *k,
                      struct err *e)
{
    char key[STORE_KEY_MAX + 1];
    struct buf b = BUF_INIT(ABOVE_DOC_BYTES);
    struct jsonw w;
    key_of(name, key);
    jsonw_init(&w, &b);
    jsonw_obj(&w);
    jsonw_ku64(&w, "token", k->token);
    jsonw_kz(&w, "holder", k->holder);
    jsonw_ki64(&w, "expires", k->expires_ms);
    jsonw_obj_end(&w);
    int rc = buf_check(&b, key, e);
    if (!rc)
        rc = store_doc_put(s, key, k->version, buf_view(&b), 0, &k->version, e);
    buf_fini(&b);
    return rc;
}

/* ---- take ---- */

static bool is_free(const struct kept *k, wall_t now)
{
    return !k->holder[0] || k->expires_ms <= now.ms ||
           lease_holder_dead(k->holder);
}

static int held(const char *name, const struct kept *k, struct err *e)
{
    char until[CAL_TEXT];
    struct str host = str_of(k->holder), rest = host, pid = STR("?");
    if (str_split(&rest, ':', &host) && !str_split(&rest, ':', &pid))
        pid = STR("?");
    int rc = err_set(e, RC_AGAIN,
                     "lease '%s' is held by process %.*s on %.*s until %s",
                     name, STR_ARG(pid), STR_ARG(host),
                     cal_text((wall_t){ k->expires_ms }, until));
    if (e)
        e->retry_at_ms = k->expires_ms;
    return rc;
}

static void hand_out(const char *name, const struct kept *k, struct lease *ret)
{
    *ret = (struct lease){ .token = k->token, .version = k->version };
    snprintf(ret->name, sizeof(ret->name), "%s", name);
    memcpy(ret->holder, k->holder, sizeof(ret->holder));
}

static bool is_ours(const struct kept *k, uint64_t token, const char *holder)
{
    return holder[0] && k->token == token && strcmp(k->holder, holder) == 0;
}

/* One attempt; RC_EXISTS and RC_UNKNOWN ask for another. @tried is the token
 * of an attempt whose outcome was not known, 0 = none. */
static int try_take(struct store *s, const char *name, const char *holder,
                    wall_t until, wall_t now, uint64_t *tried, struct kept *ret,
                    struct err *e)
{
    struct kept k;
    int rc = read_kept(s, name, &k, e);
    if (rc)
        return rc;
    if (*tried && is_ours(&k, *tried, holder)) {
        *ret = k;
        return RC_OK;
    }
    if (k.version && !is_free(&k, now))
        return held(name, &k, e);
    k.token++; /* rule 1 */
    k.expires_ms = until.ms;
    snprintf(k.holder, sizeof(k.holder), "%s", holder);
    *tried = k.token;
    rc = write_kept(s, name, &k, e);
    if (!rc)
        *ret = k;
    return rc;
}

int lease_take(struct store *s, const char *name, const char *holder, dur_t ttl,
               wall_t now, struct lease *ret, struct err *e)
{
    struct kept k = { .version = 0 };
    uint64_t tried = 0;
    int rc = RC_EXISTS;
    if (strlen(name) >= sizeof(ret->name) || !holder[0] ||
        strlen(holder) >= sizeof(ret->holder))
        return err_set(e, RC_INPUT, "'%.60s' cannot name a lease", name);
    for (int i = 0; i < ABOVE_TRIES && (rc == RC_EXISTS || rc == RC_UNKNOWN);
         i++)
        rc = try_take(s, name, holder, wall_add(now, ttl), now, &tried, &k, e);
    if (rc == RC_EXISTS)
        return err_set(e, RC_AGAIN, "many processes want lease '%s'", name);
    if (!rc)
        hand_out(name, &k, ret);
    return rc;
}

int lease_free(struct store *s, const char *name, wall_t now, struct err *e)
{
    struct kept k;
    int rc = read_kept(s, name, &k, e);
    if (rc || !k.version || is_free(&k, now))
        return rc;
    return held(name, &k, e);
}

/* ---- keep and give back ---- */

static int fenced(const struct lease *l, struct err *e)
{
    return err_set(e, RC_FENCED, "lease '%s' went to somebody else", l->name);
}

/* Write @expires_ms, and @holder, while the lease is still ours. */
static int rewrite(struct store *s, struct lease *l, const char *holder,
                   int64_t expires_ms, struct err *e)
{
    int rc = RC_EXISTS;
    for (int i = 0; i < ABOVE_TRIES && (rc == RC_EXISTS || rc == RC_UNKNOWN);
         i++) {
        struct kept k;
        rc = read_kept(s, l->name, &k, e);
        if (rc)
            return rc;
        if (!k.version || !is_ours(&k, l->token, l->holder))
            return fenced(l, e);
        snprintf(k.holder, sizeof(k.holder), "%s", holder);
        k.expires_ms = expires_ms;
        rc = write_kept(s, l->name, &k, e);
        if (!rc)
            l->version = k.version;
    }
    return rc;
}

int lease_renew(struct store *s, struct lease *l, dur_t ttl, wall_t now,
                struct err *e)
{
    return rewrite(s, l, l->holder, wall_add(now, ttl).ms, e);
}

void lease_drop(struct store *s, struct lease *l)
{
    /* What cannot be given back expires. */
    if (rewrite(s, l, "", 0, NULL) == RC_OK)
        l->holder[0] = '\0';
}
