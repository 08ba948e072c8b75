/*
 * store/mongo_feed.c - the change feed: a change stream over the narrow
 * collections.
 *
 * Rules
 *   1. a position is the store's id, a resume token of the server and a
 *      checksum: it may come back from a file years later, and a token of
 *      our own making must not reach the server
 *   2. told are inserts, deletes and those updates that raise the number of
 *      changes of a document (mongo_put.c, rule 3)
 *   3. a stream that broke is opened again behind the last token there was,
 *      which is ours to keep: a stream of the driver's that found no server
 *      has none. Only the server's word that history is gone makes a position
 *      LOST. So does a collection that was dropped or renamed: somebody put a
 *      copy in place
 *   4. one stream is kept open between reads: who follows the feed asks
 *      again for where it stopped
 *   5. a read without a wait asks the server to wait 1 ms: it answers with
 *      all that is committed. One with a wait goes to work on what came
 *      first, however steadily more comes: that is for the next read
 *
 * Threads: any. Lock: m->stream_mu, held to take or leave the idle stream.
 */
#include "store/mongo_priv.h"

#include "base/digest.h"

#include <stdlib.h>

enum {
    FORM = 2, /* 1 is store_place_pack()'s */
    AT_STORE = 1,
    AT_SUM = AT_STORE + STORE_ID_BYTES,
    AT_TOKEN = AT_SUM + 8,
    SHORT_WAIT_MS = 1,
    LONG_WAIT_MS = 250, /* the server answers earlier when there is news */
    LONG_FROM_MS = 100, /* waits that use the long one */
    GATHER_MS = 100     /* for more than the first change */
};

struct mg_stream {
    struct mg_conn c;
    mongoc_change_stream_t *cs;
    bson_t *token;        /* what was told lies before it; NULL = nothing was,
                             and it watches from now on; owned */
    int64_t wait_ms;      /* that the server waits for news */
    struct store_pos pos; /* behind what it told */
};

/* ---- positions ---- */

static uint64_t checksum(const unsigned char id[STORE_ID_BYTES],
                         const uint8_t *token, size_t n)
{
    return digest_bytes(digest_bytes(DIGEST_INIT, id, STORE_ID_BYTES), token,
                        n);
}

static int pack(const struct mongo *m, const bson_t *token,
                struct store_pos *ret, struct err *e)
{
    if (!token || token->len > sizeof(ret->bytes) - AT_TOKEN)
        return err_set(e, RC_IO, "the server's resume token has %u bytes",
                       token ? token->len : 0);
    const uint8_t *bytes = bson_get_data(token);
    uint64_t sum = checksum(m->base.id, bytes, token->len);
    *ret = (struct store_pos){ .n = (uint16_t)(AT_TOKEN + token->len) };
    ret->bytes[0] = FORM;
    memcpy(ret->bytes + AT_STORE, m->base.id, sizeof(m->base.id));
    for (int i = 0; i < 8; i++)
        ret->bytes[AT_SUM + i] = (unsigned char)(sum >> (56 - 8 * i));
    memcpy(ret->bytes + AT_TOKEN, bytes, token->len);
    return RC_OK;
}

/* The token in @pos, borrowed from it. False: none of this store. */
static bool unpack(const struct mongo *m, const struct store_pos *pos,
                   bson_t *token)
{
    if (pos->n <= AT_TOKEN || pos->bytes[0] != FORM ||
        memcmp(pos->bytes + AT_STORE, m->base.id, sizeof(m->base.id)) != 0)
        return false;
    const uint8_t *bytes = pos->bytes + AT_TOKEN;
    size_t n = (size_t)pos->n - AT_TOKEN;
    uint64_t sum = 0;
    for (int i = 0; i < 8; i++)
        sum = sum << 8 | pos->bytes[AT_SUM + i];
    return sum == checksum(m->base.id, bytes, n) &&
           bson_init_static(token, bytes, n);
}

static int lost(struct err *e)
{
    return err_set(e, RC_LOST, "the changes behind the position are gone");
}

/* ---- streams ---- */

/* Rules 2 and 3. */
static void stages(bson_t *ret)
{
    static const char json[] =
        "{\"pipeline\":[{\"$match\":{\"$or\":["
        "{\"operationType\":{\"$in\":"
        "[\"drop\",\"rename\",\"dropDatabase\",\"invalidate\"]}},"
        "{\"ns.coll\":{\"$in\":[\"video\",\"channel\"]},\"$or\":["
        "{\"operationType\":{\"$in\":[\"insert\",\"replace\",\"delete\"]}},"
        "{\"updateDescription.updatedFields." MG_CHANGES
        "\":{\"$exists\":true}}]}]}},"
        "{\"$project\":{\"operationType\":1,\"ns\":1,\"documentKey\":1}}]}";
    bson_error_t be;
    if (!bson_init_from_json(ret, json, sizeof(json) - 1, &be))
        bson_init(ret); /* an empty pipeline would tell more, never less */
}

static void watch(struct mg_stream *x)
{
    bson_t pipeline MG_AUTO_BSON;
    bson_t opts MG_AUTO_BSON = BSON_INITIALIZER;
    stages(&pipeline);
    if (x->token)
        BSON_APPEND_DOCUMENT(&opts, "resumeAfter", x->token);
    BSON_APPEND_INT64(&opts, "maxAwaitTimeMS", x->wait_ms);
    BSON_APPEND_INT32(&opts, "batchSize", MG_STREAM_BATCH);
    mongoc_database_t *db = mongoc_client_get_database(x->c.client, x->c.m->db);
    x->cs = mongoc_database_watch(db, &pipeline, &opts);
    mongoc_database_destroy(db);
}

/* @token NULL = from now on. */
static int stream_open(struct mg_stream **ret, struct mongo *m,
                       const bson_t *token, int64_t wait_ms, struct err *e)
{
    struct mg_stream *x = calloc(1, sizeof(*x));
    if (!x)
        return err_set(e, RC_NOMEM, "no memory for a change stream");
    int rc = mg_conn_open(m, MG_PLAIN, &x->c, e);
    if (rc) {
        free(x);
        return rc;
    }
    x->wait_ms = wait_ms;
    x->token = token ? bson_copy(token) : NULL;
    watch(x);
    *ret = x;
    return RC_OK;
}

void mg_stream_close(struct mg_stream *x)
{
    if (!x)
        return;
    mongoc_change_stream_destroy(x->cs);
    bson_destroy(x->token);
    mg_conn_close(&x->c);
    free(x);
}

/* The last token there was; NULL = none came yet. Rule 3. */
static const bson_t *stream_token(struct mg_stream *x)
{
    const bson_t *last = mongoc_change_stream_get_resume_token(x->cs);
    if (last) {
        bson_destroy(x->token);
        x->token = bson_copy(last);
    }
    return x->token;
}

static void stream_reopen(struct mg_stream *x)
{
    (void)stream_token(x);
    mongoc_change_stream_destroy(x->cs);
    watch(x);
}

/* Why the stream stopped; RC_OK when it only has no news. */
static int stream_fail(struct mg_stream *x, struct err *e)
{
    bson_error_t be;
    const bson_t *reply = NULL;
    if (!mongoc_change_stream_error_document(x->cs, &be, &reply))
        return RC_OK;
    return mg_fail(&x->c, &be, reply, MG_NONE, "follow the changes", e);
}

/* The next change; *doc stays NULL when none came in the server's wait. */
static int next(struct mg_stream *x, const bson_t **doc, struct err *e)
{
    struct clk *clk = x->c.m->clk;
    mono_t until = mg_patience(x->c.m);
    for (;;) {
        if (mongoc_change_stream_next(x->cs, doc))
            return RC_OK;
        *doc = NULL;
        int rc = stream_fail(x, e);
        bool broke = rc == RC_DOWN || rc == RC_AGAIN;
        if (!broke || clk_mono(clk).us > until.us)
            return rc;
        stream_reopen(x);
    }
}

/* ---- the idle one ---- */

static struct mg_stream *take_idle(struct mongo *m, const struct store_pos *pos,
                                   int64_t wait_ms)
{
    mtx_lock(&m->stream_mu);
    struct mg_stream *x = m->stream;
    m->stream = NULL;
    mtx_unlock(&m->stream_mu);
    bool fits = x && x->wait_ms == wait_ms && x->pos.n == pos->n &&
                memcmp(x->pos.bytes, pos->bytes, pos->n) == 0;
    if (fits)
        return x;
    mg_stream_close(x);
    return NULL;
}

static void leave_idle(struct mongo *m, struct mg_stream *x)
{
    mtx_lock(&m->stream_mu);
    struct mg_stream *other = m->stream;
    m->stream = x;
    mtx_unlock(&m->stream_mu);
    mg_stream_close(other);
}

/* ---- reading ---- */

int mg_feed_now(struct store *store, struct store_pos *ret, struct err *e)
{
    struct mongo *m = mg_of(store);
    struct mg_stream *x;
    const bson_t *doc;
    int rc = stream_open(&x, m, NULL, SHORT_WAIT_MS, e);
    if (rc)
        return rc;
    rc = next(x, &doc, e); /* the token comes with the first answer */
    if (!rc)
        rc = pack(m, stream_token(x), ret, e);
    mg_stream_close(x);
    return rc;
}

static const char *text_at(const bson_t *doc, const char *path)
{
    bson_iter_t it, found;
    if (!bson_iter_init(&it, doc) ||
        !bson_iter_find_descendant(&it, path, &found) ||
        !BSON_ITER_HOLDS_UTF8(&found))
        return "";
    return bson_iter_utf8(&found, NULL);
}

static size_t type_of(const bson_t *event)
{
    const char *coll = text_at(event, "ns.coll");
    size_t i = 0;
    while (i < STORE_TYPES && strcmp(mg_layout(i)->narrow, coll) != 0)
        i++;
    return i;
}

static int tell(const bson_t *event, store_change_fn fn, void *ctx,
                struct err *e)
{
    static const char *const ends[] = { "drop", "rename", "dropDatabase",
                                        "invalidate" };
    const char *op = text_at(event, "operationType");
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        if (strcmp(op, ends[i]) == 0)
            return lost(e);
    size_t type = type_of(event);
    bson_iter_t it;
    bson_t doc;
    uint32_t n;
    const uint8_t *bytes;
    uint64_t key[2];
    if (type == STORE_TYPES ||
        !bson_iter_init_find(&it, event, "documentKey") ||
        !BSON_ITER_HOLDS_DOCUMENT(&it))
        return err_set(e, RC_CORRUPT, "a change of '%.20s' has no key", op);
    bson_iter_document(&it, &n, &bytes);
    if (!bson_init_static(&doc, bytes, n) || !mg_take_key(&doc, type, key))
        return err_set(e, RC_CORRUPT, "a change of '%.20s' has no key", op);
    return fn(ctx, store_type_at(type), key);
}

/* What a reader of the feed wants. */
struct follow {
    size_t max;
    bool waits;   /* rule 5 */
    mono_t until; /* the wait for the first change, then for more */
    store_change_fn fn;
    void *ctx;
    size_t told;
};

static int read_stream(struct mg_stream *x, struct follow *f, struct err *e)
{
    struct clk *clk = x->c.m->clk;
    while (f->told < f->max) {
        const bson_t *event;
        int rc = next(x, &event, e);
        if (!rc && event)
            rc = tell(event, f->fn, f->ctx, e);
        if (rc)
            return rc;
        mono_t now = clk_mono(clk);
        if (event && f->told++ == 0)
            f->until = mono_add(now, DUR_MS(GATHER_MS));
        bool late = now.us >= f->until.us;
        if (event ? f->waits && late : f->told || late)
            break;
    }
    return RC_OK;
}

static int follow(struct mongo *m, struct store_pos *pos, const bson_t *token,
                  int64_t wait_ms, struct follow *f, struct err *e)
{
    struct mg_stream *x = take_idle(m, pos, wait_ms);
    int rc = x ? RC_OK : stream_open(&x, m, token, wait_ms, e);
    if (rc)
        return rc;
    rc = read_stream(x, f, e);
    if (!rc)
        rc = pack(m, stream_token(x), &x->pos, e);
    if (rc) {
        mg_stream_close(x);
        return rc;
    }
    *pos = x->pos;
    leave_idle(m, x);
    return RC_OK;
}

int mg_feed_read(struct store *store, struct store_pos *pos, size_t max,
                 dur_t wait, store_change_fn fn, void *ctx, size_t *n,
                 struct err *e)
{
    struct mongo *m = mg_of(store);
    bson_t token;
    if (!unpack(m, pos, &token))
        return lost(e);
    struct follow f = { .max = max, .fn = fn, .ctx = ctx };
    f.waits = wait.ms >= LONG_FROM_MS;
    f.until = mono_add(clk_mono(m->clk), wait);
    int64_t wait_ms = f.waits ? LONG_WAIT_MS : SHORT_WAIT_MS;
    int rc = max ? follow(m, pos, &token, wait_ms, &f, e) : RC_OK;
    if (!rc)
        *n = f.told;
    return rc;
}
