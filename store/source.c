/*
 * store/source.c - sources as documents 'source/<kind>/<ref>'.
 *
 * Rules
 *   1. one table tells which member of struct source is which member of the
 *      document, for writing and for reading
 *   2. a document that is not a source is RC_CORRUPT with its key; a member
 *      that is not there reads as empty, so that older documents stay good
 *   3. a frontier is only saved for a source that is still kept
 *
 * Threads: any; no state but the documents.
 */
#include "store/above_priv.h"

#include "base/jsonw.h"

/* ---- the document ---- */

enum member { TEXT, NUMBER, COUNT, TRUTH };

/* clang-format off */
static const struct {
    const char *name;
    enum member member;
    size_t offset;
    size_t size; /* of a text */
} members[] = {
#define TEXT_OF(f) TEXT, offsetof(struct source, f), \
                   sizeof(((struct source *)NULL)->f)
    { "ref",       TEXT_OF(ref) },
    { "playlist",  TEXT_OF(playlist) },
    { "pageToken", TEXT_OF(page_token) },
    { "addedAt",   NUMBER, offsetof(struct source, added_at), 0 },
    { "lastRunAt", NUMBER, offsetof(struct source, last_run_at), 0 },
    { "listAt",    NUMBER, offsetof(struct source, list_at), 0 },
    { "goneSince", NUMBER, offsetof(struct source, gone_since), 0 },
    { "videos",    COUNT,  offsetof(struct source, videos), 0 },
    { "listCount", COUNT,  offsetof(struct source, list_count), 0 },
    { "walking",   TRUTH,  offsetof(struct source, walking), 0 },
    { "walked",    TRUTH,  offsetof(struct source, walked), 0 },
#undef TEXT_OF
};
/* clang-format on */

void source_json(const struct source *src, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_obj(&w);
    jsonw_kz(&w, "kind", source_kind_text(src->kind));
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        const void *at = (const char *)src + members[i].offset;
        switch (members[i].member) {
        case TEXT:
            jsonw_kz(&w, members[i].name, at);
            break;
        case NUMBER:
            jsonw_ki64(&w, members[i].name, *(const int64_t *)at);
            break;
        case COUNT:
            jsonw_ku64(&w, members[i].name, *(const uint64_t *)at);
            break;
        case TRUTH:
            jsonw_kbool(&w, members[i].name, *(const bool *)at);
            break;
        }
    }
    jsonw_obj_end(&w);
}

static bool read_text(const struct jsonr *v, char *to, size_t size)
{
    struct str s;
    if (!jsonr_str(v, &s) || s.n >= size)
        return false;
    memcpy(to, s.p, s.n);
    to[s.n] = '\0';
    return true;
}

static bool read_member(const struct jsonr *root, size_t i, struct source *ret)
{
    const struct jsonr *v = jsonr_get(root, members[i].name);
    void *at = (char *)ret + members[i].offset;
    if (!v)
        return true; /* rule 2 */
    switch (members[i].member) {
    case TEXT:
        return read_text(v, at, members[i].size);
    case NUMBER:
        return jsonr_i64(v, at);
    case COUNT:
        return jsonr_u64(v, at);
    case TRUTH:
        return jsonr_bool(v, at);
    }
    return false;
}

static bool read_kind(const struct jsonr *root, enum source_kind *ret)
{
    struct str s;
    if (!jsonr_str(jsonr_get(root, "kind"), &s))
        return false;
    for (enum source_kind k = SOURCE_CHANNEL; k <= SOURCE_VIDEO; k++) {
        if (str_eqz(s, source_kind_text(k))) {
            *ret = k;
            return true;
        }
    }
    return false;
}

int source_of_json(struct str body, const char *key, struct source *ret,
                   struct err *e)
{
    struct jsonr *root = NULL;
    struct source out = { .kind = SOURCE_CHANNEL };
    int rc = jsonr_open(&root, body, e);
    bool ok = !rc && read_kind(root, &out.kind);
    for (size_t i = 0; ok && i < ARRAY_LEN(members); i++)
        ok = read_member(root, i, &out);
    jsonr_close(root);
    if (ok && out.ref[0]) {
        *ret = out;
        return RC_OK;
    }
    if (rc == RC_NOMEM)
        return rc;
    return err_set(e, RC_CORRUPT, "document '%s' is no source", key);
}

/* ---- one source ---- */

static int key_of(const struct source *src, char out[static STORE_KEY_MAX + 1],
                  struct err *e)
{
    if (src->kind < SOURCE_CHANNEL || src->kind > SOURCE_VIDEO || !src->ref[0])
        return err_set(e, RC_INPUT, "a source needs a kind and a reference");
    snprintf(out, STORE_KEY_MAX + 1, "source/%s/%s",
             source_kind_text(src->kind), src->ref);
    return RC_OK;
}

static int no_source(const struct source *src, struct err *e)
{
    return err_set(e, RC_NOTFOUND, "%s '%s' is not among the sources",
                   source_kind_text(src->kind), src->ref);
}

static int write_source(struct store *s, const char *key,
                        const struct source *src, uint64_t expect,
                        uint64_t fence, struct err *e)
{
    struct buf b = BUF_INIT(ABOVE_DOC_BYTES);
    source_json(src, &b);
    int rc = buf_check(&b, key, e);
    if (!rc)
        rc = store_doc_put(s, key, expect, buf_view(&b), fence, NULL, e);
    buf_fini(&b);
    return rc;
}

int source_add(struct store *s, const struct source *src, struct err *e)
{
    char key[STORE_KEY_MAX + 1];
    int rc = key_of(src, key, e);
    if (rc)
        return rc;
    rc = write_source(s, key, src, 0, 0, e);
    if (rc == RC_EXISTS)
        return err_set(e, RC_EXISTS, "%s '%s' is among the sources already",
                       source_kind_text(src->kind), src->ref);
    return rc;
}

int source_remove(struct store *s, const struct source *src, struct err *e)
{
    char key[STORE_KEY_MAX + 1];
    int rc = key_of(src, key, e);
    if (!rc)
        rc = store_doc_get(s, key, NULL, NULL, e);
    if (rc == RC_NOTFOUND)
        return no_source(src, e);
    if (rc)
        return rc;
    return store_doc_put(s, key, STORE_DOC_ANY, str_n(NULL, 0), 0, NULL, e);
}

int source_load(struct store *s, struct source *io, struct err *e)
{
    char key[STORE_KEY_MAX + 1];
    struct buf b = BUF_INIT(ABOVE_DOC_BYTES);
    int rc = key_of(io, key, e);
    if (!rc)
        rc = store_doc_get(s, key, &b, NULL, e);
    if (!rc)
        rc = source_of_json(buf_view(&b), key, io, e);
    else if (rc == RC_NOTFOUND)
        rc = no_source(io, e);
    buf_fini(&b);
    return rc;
}

int source_save(struct store *s, const struct source *src, uint64_t fence,
                struct err *e)
{
    char key[STORE_KEY_MAX + 1];
    int rc = key_of(src, key, e);
    if (rc)
        return rc;
    rc = RC_EXISTS;
    for (int i = 0; i < ABOVE_TRIES && rc == RC_EXISTS; i++) {
        uint64_t version;
        rc = store_doc_get(s, key, NULL, &version, e);
        if (rc == RC_NOTFOUND)
            return no_source(src, e); /* rule 3 */
        if (!rc)
            rc = write_source(s, key, src, version, fence, e);
    }
    return rc;
}

int source_check(struct str body, const char *key, struct err *e)
{
    char own[STORE_KEY_MAX + 1];
    struct source src;
    int rc = source_of_json(body, key, &src, e);
    if (!rc)
        rc = key_of(&src, own, e);
    if (!rc && strcmp(own, key) != 0)
        rc = err_set(e, RC_CORRUPT, "document '%s' is that of '%s'", key, own);
    return rc;
}

/* ---- all of them ---- */

struct visiting {
    source_fn fn;
    void *ctx;
    struct err *e;
};

static int visit(void *ctx, const char *key, uint64_t version, struct str body)
{
    (void)version;
    struct visiting *v = ctx;
    struct source src;
    int rc = source_of_json(body, key, &src, v->e);
    return rc ? rc : v->fn(v->ctx, &src);
}

int source_each(struct store *s, source_fn fn, void *ctx, struct err *e)
{
    struct visiting v = { fn, ctx, e };
    return store_doc_list(s, "source/", visit, &v, e);
}

static int count_one(void *ctx, const struct source *src)
{
    uint64_t *n = ctx;
    (void)src;
    ++*n;
    return RC_OK;
}

int source_count(struct store *s, uint64_t *ret, struct err *e)
{
    uint64_t n = 0;
    int rc = source_each(s, count_one, &n, e);
    if (!rc)
        *ret = n;
    return rc;
}
