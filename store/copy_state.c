/*
 * store/copy_state.c - how far a copy has come, as document 'copy/state' of
 * the store that is being filled.
 *
 * Rules
 *   1. it is there from before the first record to behind the last check: a
 *      store that has it is not whole
 *   2. it never says more than was written before it
 *   3. it is compared and set: a copier that was stalled while another one
 *      finished must not write it again. A document that is gone keeps no
 *      fence, but its versions never come back. The first write has no version
 *      to compare with, so the lease is asked behind it
 *
 * Threads: none of its own; no state but the document.
 */
#include "store/copy_priv.h"

#include "base/jsonw.h"

/* ---- bytes as text ---- */

enum { HEX_MAX = 2 * sizeof(((struct store_pos *)NULL)->bytes) + 1 };

static const char *hex(const unsigned char *p, size_t n, char out[HEX_MAX])
{
    static const char digit[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digit[p[i] >> 4];
        out[2 * i + 1] = digit[p[i] & 15];
    }
    out[2 * n] = '\0';
    return out;
}

static int nibble(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* Read up to @max bytes; *n tells how many there were. */
static bool unhex(struct str s, unsigned char *out, size_t max, size_t *n)
{
    if (s.n % 2 || s.n / 2 > max)
        return false;
    for (size_t i = 0; i < s.n / 2; i++) {
        int high = nibble(s.p[2 * i]), low = nibble(s.p[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (unsigned char)(high << 4 | low);
    }
    *n = s.n / 2;
    return true;
}

/* ---- the document ---- */

static bool number(const struct jsonr *v, const char *name, uint64_t max,
                   uint32_t *ret)
{
    uint64_t n;
    if (!jsonr_u64(jsonr_get(v, name), &n) || n > max)
        return false;
    *ret = (uint32_t)n;
    return true;
}

static bool parse(const struct jsonr *v, struct copy_state *ret)
{
    struct str from, pos;
    size_t n_from, n_pos;
    if (!jsonr_str(jsonr_get(v, "from"), &from) ||
        !jsonr_str(jsonr_get(v, "position"), &pos) ||
        !unhex(from, ret->from, sizeof(ret->from), &n_from) ||
        !unhex(pos, ret->pos.bytes, sizeof(ret->pos.bytes), &n_pos) ||
        n_from != sizeof(ret->from))
        return false;
    ret->pos.n = (uint16_t)n_pos;
    return number(v, "type", STORE_TYPES, &ret->type) &&
           number(v, "of", WHOLE_PARTS_MAX, &ret->of) &&
           number(v, "part", ret->of, &ret->part) &&
           jsonr_bool(jsonr_get(v, "sweep"), &ret->sweep);
}

int copy_state_read(struct store *s, struct copy_state *ret, struct err *e)
{
    struct buf b = BUF_INIT(ABOVE_DOC_BYTES);
    struct jsonr *root = NULL;
    struct copy_state st = { .type = 0 };
    int rc = store_doc_get(s, WHOLE_COPY_KEY, &b, &st.version, e);
    if (!rc)
        rc = jsonr_open(&root, buf_view(&b), e);
    if (rc == RC_INPUT || (!rc && !parse(root, &st)))
        rc = err_set(e, RC_CORRUPT, "document '%s' is no state of a copy",
                     WHOLE_COPY_KEY);
    jsonr_close(root);
    buf_fini(&b);
    if (!rc)
        *ret = st;
    return rc;
}

/* ---- compare and set ---- */

/* Is @body there (body.p NULL: is nothing)? Then *@version is its version.
 * RC_UNKNOWN: no, still what was there before. */
static int look(struct copier *c, struct str body, uint64_t *version)
{
    struct buf b = BUF_INIT(ABOVE_DOC_BYTES);
    int rc = store_doc_get(c->to, WHOLE_COPY_KEY, &b, version, c->e);
    if (rc == RC_NOTFOUND)
        rc = RC_OK;
    if (!rc && *version == c->st.version)
        rc = RC_UNKNOWN;
    else if (!rc && (body.p ? !str_eq(buf_view(&b), body) : *version != 0))
        rc = copy_fenced(c);
    buf_fini(&b);
    return rc;
}

/* Rule 3; body.p NULL deletes. After a lost answer it is looked whether it is
 * to be done again. */
static int replace(struct copier *c, struct str body)
{
    uint64_t version = 0;
    int rc = RC_UNKNOWN;
    for (int i = 0; i < COPY_TRIES && rc == RC_UNKNOWN; i++) {
        rc = store_doc_put(c->to, WHOLE_COPY_KEY, c->st.version, body,
                           c->pulse.lease.token, &version, c->e);
        if (rc == RC_UNKNOWN || rc == RC_EXISTS)
            rc = look(c, body, &version);
    }
    if (!rc)
        c->st.version = version;
    return rc;
}

int copy_state_remove(struct copier *c)
{
    int rc = whole_pulse_renew(&c->pulse, c->e);
    return rc ? rc : replace(c, str_n(NULL, 0));
}

/* Of the first write: was it made too late? */
static int ask_behind(struct copier *c)
{
    int rc = whole_pulse_renew(&c->pulse, c->e);
    if (rc != RC_FENCED)
        return rc;
    (void)replace(c, str_n(NULL, 0)); /* whoever is there by now, it stays */
    return copy_fenced(c);
}

int copy_state_write(struct copier *c)
{
    const bool first = !c->st.version;
    const struct copy_state *st = &c->st;
    struct buf b = BUF_INIT(ABOVE_DOC_BYTES);
    struct jsonw w;
    char text[HEX_MAX];
    jsonw_init(&w, &b);
    jsonw_obj(&w);
    jsonw_kz(&w, "from", hex(st->from, sizeof(st->from), text));
    jsonw_kz(&w, "name", store_uri(c->from));
    jsonw_kz(&w, "position", hex(st->pos.bytes, st->pos.n, text));
    jsonw_ku64(&w, "type", st->type);
    jsonw_ku64(&w, "part", st->part);
    jsonw_ku64(&w, "of", st->of);
    jsonw_kbool(&w, "sweep", st->sweep);
    jsonw_obj_end(&w);
    int rc = buf_check(&b, WHOLE_COPY_KEY, c->e);
    if (!rc)
        rc = replace(c, buf_view(&b));
    buf_fini(&b);
    return !rc && first ? ask_behind(c) : rc;
}

int store_copy_unfinished(struct store *s, bool *ret, struct err *e)
{
    int rc = store_doc_get(s, WHOLE_COPY_KEY, NULL, NULL, e);
    if (rc && rc != RC_NOTFOUND)
        return rc;
    *ret = rc == RC_OK;
    return RC_OK;
}
