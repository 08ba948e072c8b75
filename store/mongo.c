/*
 * store/mongo.c - the mongodb: store: opening, what it is, figures.
 *
 * Rules
 *   1. a server without a replica set is refused: there are no
 *      transactions, no change streams and no majority to wait for. One
 *      member is enough.
 *   2. nothing is written to a database before it is known to be ours, or
 *      empty; what the store is, is written last, so a store half made is
 *      made again
 *   3. time limits that the uri does not set are ours: the driver's own
 *      would wait five minutes for a machine that lost its power
 *   4. an option of the uri that the driver does not know is an error: a
 *      misspelt "tls" must not mean a connection in the clear
 *   5. no message tells a password: of the driver's sentences about a uri
 *      nothing is kept that quotes a value
 *   6. the driver's threads take no signals: those are the main thread's
 *   7. collections of an older version are read as they are, and written
 *      once they were brought up: validators first, the version last, each
 *      step harmless when it is done twice or by two at once
 *
 * Threads: verbs from any; open and close from one.
 */
#include "store/mongo_priv.h"

#include "base/file.h"
#include "base/rnd.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- the driver's own voice ---- */

/* The last warning in this thread; libraries return errors, never log. */
static _Thread_local char warning[160];

static void on_log(mongoc_log_level_t level, const char *domain,
                   const char *message, void *ctx)
{
    (void)domain, (void)ctx;
    if (level <= MONGOC_LOG_LEVEL_WARNING)
        snprintf(warning, sizeof(warning), "%s", message);
}

static void start_driver(void)
{
    static atomic_flag started = ATOMIC_FLAG_INIT;
    if (!atomic_flag_test_and_set(&started))
        mongoc_log_set_handler(on_log, NULL);
    mongoc_init(); /* it may warn already; again is harmless */
}

/* Its counters for mongoc-stat(1); it goes on without the name. */
void store_mongo_process_begin(void)
{
    char name[32];
    snprintf(name, sizeof(name), "/mongoc-%ld", (long)getpid());
    (void)shm_unlink(name);
}

/* ---- the uri ---- */

/* Rule 3; the numbers are those of ha.md, section 2. */
static const struct {
    const char *name;
    int32_t ms;
} limits[] = {
    { MONGOC_URI_SERVERSELECTIONTIMEOUTMS, 8000 },
    { MONGOC_URI_CONNECTTIMEOUTMS, 2000 },
    { MONGOC_URI_SOCKETTIMEOUTMS, 8000 },
    { MONGOC_URI_HEARTBEATFREQUENCYMS, 1000 },
    { MONGOC_URI_WAITQUEUETIMEOUTMS, 8000 },
};

static void set_concerns(mongoc_uri_t *uri)
{
    mongoc_write_concern_t *wc = mongoc_write_concern_new();
    mongoc_read_concern_t *rc = mongoc_read_concern_new();
    mongoc_read_prefs_t *prefs = mongoc_read_prefs_new(MONGOC_READ_PRIMARY);
    mongoc_write_concern_set_wmajority(wc, MG_OPERATION_MS);
    mongoc_write_concern_set_journal(wc, true);
    mongoc_read_concern_set_level(rc, MONGOC_READ_CONCERN_LEVEL_MAJORITY);
    mongoc_uri_set_write_concern(uri, wc);
    mongoc_uri_set_read_concern(uri, rc);
    mongoc_uri_set_read_prefs_t(uri, prefs);
    mongoc_write_concern_destroy(wc);
    mongoc_read_concern_destroy(rc);
    mongoc_read_prefs_destroy(prefs);
}

static void set_defaults(mongoc_uri_t *uri)
{
    for (size_t i = 0; i < ARRAY_LEN(limits); i++)
        if (!mongoc_uri_has_option(uri, limits[i].name))
            mongoc_uri_set_option_as_int32(uri, limits[i].name, limits[i].ms);
    /* A single host is asked for the other members of its set. */
    if (!mongoc_uri_has_option(uri, MONGOC_URI_DIRECTCONNECTION))
        mongoc_uri_set_option_as_bool(uri, MONGOC_URI_DIRECTCONNECTION, false);
    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYWRITES, true);
    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYREADS, true);
    mongoc_uri_set_appname(uri, MG_APP);
    set_concerns(uri);
}

static int must_be_coded(struct err *e)
{
    return err_set(e, RC_CONFIG,
                   "the store's uri: the signs :/?#[]@%% of user and password "
                   "must be percent-encoded");
}

/* Rule 5. Of 'Unsupported value for "x": "y"' the "x" is kept, of 'Password
 * "y" must not …' nothing. */
static int bad_uri(const char *said, struct err *e)
{
    size_t n = strcspn(said, "\"");
    if (said[n] && strncmp(said, "Unsupported ", strlen("Unsupported ")) != 0)
        return must_be_coded(e);
    if (said[n])
        n += 2 + strcspn(said + n + 1, "\"");
    return err_set(e, RC_CONFIG, "the store's uri: %.*s",
                   (int)(n < 150 ? n : 150), said);
}

/* An '@' that was not coded makes a part of the password the host. */
static int check_hosts(const mongoc_uri_t *uri, struct err *e)
{
    const mongoc_host_list_t *h = mongoc_uri_get_hosts(uri);
    for (; h; h = h->next)
        if (strchr(h->host_and_port, '@'))
            return must_be_coded(e);
    return RC_OK;
}

static const char *const servers_own[] = { "admin", "local", "config" };

static int check_uri(const mongoc_uri_t *uri, struct err *e)
{
    const char *db = mongoc_uri_get_database(uri);
    if (*warning) /* rule 4 */
        return bad_uri(warning, e);
    if (!db || !*db)
        return err_set(e, RC_CONFIG,
                       "the store's uri names no database; "
                       "mongodb://HOST/svf would");
    for (size_t i = 0; i < ARRAY_LEN(servers_own); i++)
        if (strcmp(db, servers_own[i]) == 0)
            return err_set(e, RC_CONFIG,
                           "database '%s' is the server's own; choose another",
                           db);
    return check_hosts(uri, e);
}

static int parse_uri(mongoc_uri_t **ret, const char *text, struct err *e)
{
    bson_error_t be = { .message = "" };
    warning[0] = '\0';
    mongoc_uri_t *uri = mongoc_uri_new_with_error(text, &be);
    if (!uri)
        return bad_uri(be.message, e);
    int rc = check_uri(uri, e);
    if (rc) {
        mongoc_uri_destroy(uri);
        return rc;
    }
    set_defaults(uri);
    *ret = uri;
    return RC_OK;
}

/* "host:port,host:port/db"; of mongodb+srv: the name that is looked up. */
static char *hosts_of(const mongoc_uri_t *uri)
{
    struct buf b = BUF_INIT(4096);
    const mongoc_host_list_t *h = mongoc_uri_get_hosts(uri);
    if (mongoc_uri_get_srv_hostname(uri))
        buf_z(&b, mongoc_uri_get_srv_hostname(uri));
    for (; h; h = h->next)
        buf_f(&b, "%s%s", h->host_and_port, h->next ? "," : "");
    buf_f(&b, "/%s", mongoc_uri_get_database(uri));
    return b.p;
}

/* ---- the server ---- */

static int server_check(struct mg_conn *c, const bson_t *hello, struct err *e)
{
    bson_iter_t it;
    if (!bson_iter_init_find(&it, hello, "setName") &&
        !bson_iter_init_find(&it, hello, "msg")) /* a router says "isdbgrid" */
        return err_set(e, RC_CONFIG,
                       "mongodb://%.60s is no replica set; start mongod with "
                       "--replSet rs0 and run rs.initiate() once in mongosh: "
                       "a set of one member will do",
                       c->m->hosts); /* rule 1 */
    int64_t version = bson_iter_init_find(&it, hello, "maxWireVersion")
                          ? bson_iter_as_int64(&it)
                          : 0;
    if (version < MG_WIRE_VERSION)
        return err_set(e, RC_CONFIG,
                       "mongodb://%.80s is older than MongoDB 6.0",
                       c->m->hosts);
    return RC_OK;
}

static int say_hello(void *ctx, struct mg_conn *c, struct err *e)
{
    (void)ctx;
    bson_t hello MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t reply;
    bson_error_t be;
    BSON_APPEND_INT32(&hello, "hello", 1);
    int rc;
    if (mongoc_client_command_simple(c->client, "admin", &hello, NULL, &reply,
                                     &be))
        rc = server_check(c, &reply, e);
    else
        rc = mg_fail(c, &be, &reply, MG_NONE, "connect", e);
    bson_destroy(&reply);
    return rc;
}

/* ---- what the store is ---- */

#define META_KEY "store"

struct meta {
    bool there;
    int32_t version;
    enum store_kind kind;
    unsigned char id[STORE_ID_BYTES];
};

static int take_meta(void *ctx, const bson_t *doc, struct err *e)
{
    struct meta *x = ctx;
    bson_iter_t it;
    uint32_t n = 0;
    const uint8_t *id = NULL;
    x->there = true;
    if (bson_iter_init_find(&it, doc, "version") && BSON_ITER_HOLDS_INT32(&it))
        x->version = bson_iter_int32(&it);
    x->kind = STORE_LOCAL;
    if (bson_iter_init_find(&it, doc, "kind") && BSON_ITER_HOLDS_UTF8(&it) &&
        strcmp(bson_iter_utf8(&it, NULL), "live") == 0)
        x->kind = STORE_LIVE;
    if (bson_iter_init_find(&it, doc, "id") && BSON_ITER_HOLDS_BINARY(&it))
        bson_iter_binary(&it, NULL, &n, &id);
    if (n != sizeof(x->id) || x->version < 1)
        return err_set(e, RC_CORRUPT, "the store's own document is damaged");
    memcpy(x->id, id, sizeof(x->id));
    return RC_OK;
}

static int read_meta(struct mg_conn *c, struct meta *ret, struct err *e)
{
    bson_t filter MG_AUTO_BSON = BSON_INITIALIZER;
    BSON_APPEND_UTF8(&filter, "_id", META_KEY);
    *ret = (struct meta){ .there = false };
    return mg_find(c, MG_META, &filter, NULL, take_meta, ret, e);
}

static int write_meta(struct mg_conn *c, enum store_kind kind, struct err *e)
{
    uint64_t id[2] = { rnd_os_seed(), rnd_os_seed() };
    bson_t doc MG_AUTO_BSON = BSON_INITIALIZER;
    bson_error_t be;
    BSON_APPEND_UTF8(&doc, "_id", META_KEY);
    BSON_APPEND_INT32(&doc, "version", MG_VERSION);
    BSON_APPEND_UTF8(&doc, "kind", kind == STORE_LIVE ? "live" : "local");
    BSON_APPEND_BINARY(&doc, "id", BSON_SUBTYPE_BINARY, (const uint8_t *)id,
                       sizeof(id));
    mongoc_collection_t *coll MG_AUTO_COLL = mg_coll(c, MG_META);
    if (mongoc_collection_insert_one(coll, &doc, NULL, NULL, &be) ||
        be.code == MG_CODE_DUPLICATE) /* another process was first */
        return RC_OK;
    return mg_fail(c, &be, NULL, MG_WRITE, "make a store", e);
}

/* Rule 7: written last. A newer version that came meanwhile stays. */
static int raise_version(struct mg_conn *c, struct err *e)
{
    bson_t filter MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t update MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t part;
    bson_error_t be;
    BSON_APPEND_UTF8(&filter, "_id", META_KEY);
    BSON_APPEND_DOCUMENT_BEGIN(&update, "$max", &part);
    BSON_APPEND_INT32(&part, "version", MG_VERSION);
    bson_append_document_end(&update, &part);
    mongoc_collection_t *coll MG_AUTO_COLL = mg_coll(c, MG_META);
    if (mongoc_collection_update_one(coll, &filter, &update, NULL, NULL, &be))
        return RC_OK;
    return mg_fail(c, &be, NULL, MG_WRITE, "bring a store up", e);
}

static int bring_up(struct mg_conn *c, const struct meta *x, struct err *e)
{
    int rc = mg_bring_up(c, e);
    return rc || x->version == MG_VERSION ? rc : raise_version(c, e);
}

static int check_version(struct mg_conn *c, const struct meta *x,
                         const struct store_options *o, struct err *e)
{
    if (x->version > MG_VERSION)
        return err_set(e, RC_CORRUPT,
                       "store 'mongodb://%.60s' was made by a newer version of "
                       "svf (collections %d, this one knows %d)",
                       c->m->hosts, (int)x->version, MG_VERSION);
    if (x->version < MG_VERSION && !o->upgrade && !o->read_only)
        return err_set(e, RC_CONFIG,
                       "store 'mongodb://%.60s' was made by an older version "
                       "of svf (collections %d, this one writes %d); bring it "
                       "up by svf init",
                       c->m->hosts, (int)x->version, MG_VERSION);
    return RC_OK;
}

/* What is there may be a store that another process has made just now. */
static int refuse_strangers(struct mg_conn *c, struct err *e)
{
    struct meta x;
    int rc = read_meta(c, &x, e);
    if (rc || x.there)
        return rc;
    return err_set(e, RC_CORRUPT,
                   "database 'mongodb://%.80s' holds other collections or "
                   "documents, so no store is made there",
                   c->m->hosts);
}

/* Rule 2. */
static int make_store(struct mg_conn *c, enum store_kind kind, struct err *e)
{
    bool strange;
    int rc = mg_has_strangers(c, &strange, e);
    if (!rc && strange)
        rc = refuse_strangers(c, e);
    if (!rc)
        rc = mg_make_collections(c, e);
    return rc ? rc : write_meta(c, kind, e);
}

static int adopt(struct mg_conn *c, const struct store_options *o,
                 struct err *e)
{
    struct meta x;
    int rc = mg_patiently(c, say_hello, NULL, e);
    if (!rc)
        rc = mg_catch_up(c, e);
    if (!rc)
        rc = read_meta(c, &x, e);
    if (!rc && !x.there) {
        if (!o->create || o->read_only)
            return err_set(e, RC_NOTFOUND, "there is no store 'mongodb://%s'",
                           c->m->hosts);
        rc = make_store(c, o->kind ? o->kind : STORE_LOCAL, e);
        if (!rc)
            rc = read_meta(c, &x, e);
    }
    if (!rc)
        rc = check_version(c, &x, o, e);
    if (!rc && o->upgrade && !o->read_only)
        rc = bring_up(c, &x, e);
    if (rc)
        return rc;
    c->m->base.kind = x.kind;
    memcpy(c->m->base.id, x.id, sizeof(x.id));
    return RC_OK;
}

/* ---- open and close ---- */

static void mg_close(struct store *store)
{
    struct mongo *m = mg_of(store);
    mg_stream_close(m->stream);
    if (m->pool)
        mongoc_client_pool_destroy(m->pool);
    mtx_fini(&m->stream_mu);
    cnd_fini(&m->turn);
    mtx_fini(&m->turn_mu);
    free(m->hosts);
    free(m->db);
    free(m);
}

/* The driver would say so only after having looked for a server in vain. */
static int check_file(const mongoc_uri_t *uri, const char *option,
                      struct err *e)
{
    struct file_map f;
    const char *path = mongoc_uri_get_option_as_utf8(uri, option, NULL);
    if (!path)
        return RC_OK;
    int rc = file_map_open(&f, path, e);
    if (rc)
        return err_wrap(e, RC_CONFIG, "the store's uri: %s", option);
    file_map_close(&f);
    return RC_OK;
}

static int check_files(const mongoc_uri_t *uri, struct err *e)
{
    int rc = check_file(uri, "tlsCAFile", e);
    return rc ? rc : check_file(uri, "tlsCertificateKeyFile", e);
}

static int make_pool(struct mongo *m, const mongoc_uri_t *uri, struct err *e)
{
    bson_error_t be;
    m->db = strdup(mongoc_uri_get_database(uri));
    m->hosts = hosts_of(uri);
    m->tls = mongoc_uri_get_tls(uri);
    if (!m->db || !m->hosts)
        return err_set(e, RC_NOMEM, "no memory for a store");
    m->pool = mongoc_client_pool_new_with_error(uri, &be);
    if (!m->pool && be.domain == MONGOC_ERROR_STREAM)
        return err_set(e, RC_DOWN,
                       "store 'mongodb+srv://%.80s' is not found in DNS",
                       m->hosts);
    if (!m->pool)
        return bad_uri(be.message, e);
    mongoc_client_pool_set_error_api(m->pool, MONGOC_ERROR_API_VERSION_2);
    return RC_OK;
}

static int connect_pool(struct mongo *m, const struct store_options *o,
                        struct err *e)
{
    struct mg_conn c;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* rule 6 */
    int rc = mg_conn_open(m, MG_PLAIN, &c, e);
    if (!rc) {
        rc = adopt(&c, o, e);
        mg_conn_close(&c);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

static int mg_open(struct store **ret, const struct store_options *o,
                   const char *place, struct err *e)
{
    (void)place;
    mongoc_uri_t *uri;
    start_driver();
    int rc = parse_uri(&uri, o->uri, e);
    if (rc)
        return rc;
    struct mongo *m = calloc(1, sizeof(*m));
    if (!m) {
        mongoc_uri_destroy(uri);
        return err_set(e, RC_NOMEM, "no memory for a store");
    }
    m->clk = o->clk;
    mtx_init(&m->turn_mu);
    cnd_init(&m->turn);
    mtx_init(&m->stream_mu);
    rc = check_files(uri, e);
    if (!rc)
        rc = make_pool(m, uri, e);
    mongoc_uri_destroy(uri);
    if (!rc)
        rc = connect_pool(m, o, e);
    if (rc) {
        mg_close(&m->base);
        return rc;
    }
    *ret = &m->base;
    return RC_OK;
}

/* ---- figures ---- */

struct estimate {
    const char *coll;
    uint64_t n;
};

static int estimate_once(void *ctx, struct mg_conn *c, struct err *e)
{
    struct estimate *x = ctx;
    bson_error_t be;
    mongoc_collection_t *coll MG_AUTO_COLL = mg_coll(c, x->coll);
    int64_t n =
        mongoc_collection_estimated_document_count(coll, NULL, NULL, NULL, &be);
    if (n < 0)
        return mg_fail(c, &be, NULL, MG_NONE, "count", e);
    x->n = (uint64_t)n;
    return RC_OK;
}

int mg_estimate(struct mg_conn *c, const char *coll, uint64_t *ret,
                struct err *e)
{
    struct estimate x = { .coll = coll };
    int rc = mg_patiently(c, estimate_once, &x, e);
    if (!rc)
        *ret = x.n;
    return rc;
}

static int measure_once(void *ctx, struct mg_conn *c, struct err *e)
{
    uint64_t *bytes = ctx;
    bson_t command MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t reply;
    bson_error_t be;
    bson_iter_t it;
    BSON_APPEND_INT32(&command, "dbStats", 1);
    int rc = RC_OK;
    if (!mongoc_client_command_simple(c->client, c->m->db, &command, NULL,
                                      &reply, &be))
        rc = mg_fail(c, &be, &reply, MG_NONE, "measure", e);
    else if (bson_iter_init_find(&it, &reply, "totalSize"))
        *bytes = (uint64_t)bson_iter_as_int64(&it);
    bson_destroy(&reply);
    return rc;
}

static int mg_stats(struct store *store, struct store_stats *ret, struct err *e)
{
    struct store_stats x = { .videos = 0 };
    uint64_t *const to[STORE_TYPES] = { &x.videos, &x.channels, &x.samples };
    struct mg_conn c;
    int rc = mg_conn_open(mg_of(store), MG_PLAIN, &c, e);
    if (rc)
        return rc;
    for (size_t i = 0; !rc && i < STORE_TYPES; i++)
        rc = mg_estimate(&c, mg_layout(i)->narrow, to[i], e);
    if (!rc)
        rc = mg_patiently(&c, measure_once, &x.bytes, e);
    mg_conn_close(&c);
    if (!rc)
        *ret = x;
    return rc;
}

#define MONGO_OPS(name)                                                        \
    {                                                                          \
        .scheme = (name), .open = mg_open, .close = mg_close, .put = mg_put,   \
        .get = mg_get, .scan = mg_scan, .del = mg_del,                         \
        .feed_now = mg_feed_now, .feed_read = mg_feed_read, .count = mg_count, \
        .counts = mg_counts, .doc_get = mg_doc_get, .doc_put = mg_doc_put,     \
        .doc_list = mg_doc_list, .stats = mg_stats, .estimates = true,         \
        .check = mg_check                                                      \
    }

const struct store_ops store_mongo_ops = MONGO_OPS("mongodb");
const struct store_ops store_mongo_srv_ops = MONGO_OPS("mongodb+srv");
