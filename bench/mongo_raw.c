/*
 * bench/mongo_raw.c - the plain driver beside the mongodb: store.
 *
 * Threads: none.
 */
#include "bench/mongo_raw.h"

#include "bench/bench.h"

#include <stdlib.h>

static void must_do(bool ok, const bson_error_t *be)
{
    if (!ok)
        bench_give_up(be->message);
}

/* ---- databases ---- */

struct store *raw_store_open(const char *hosts, const char *db)
{
    char uri[300];
    struct err e = ERR_INIT;
    struct store *s;
    snprintf(uri, sizeof(uri), "mongodb://%s/%s", hosts, db);
    struct store_options o = { .uri = uri, .create = true, .clk = clk_real() };
    bench_must(store_open(&s, &o, &e), &e);
    return s;
}

void raw_store_drop(struct store *s)
{
    struct err e = ERR_INIT;
    struct mg_conn c;
    bson_error_t be;
    bench_must(mg_conn_open(mg_of(s), MG_PLAIN, &c, &e), &e);
    mongoc_database_t *db = mongoc_client_get_database(c.client, c.m->db);
    must_do(mongoc_database_drop(db, &be), &be);
    mongoc_database_destroy(db);
    mg_conn_close(&c);
    store_close(s);
}

void raw_open(struct raw *r, const char *hosts, const char *db)
{
    struct err e = ERR_INIT;
    r->store = raw_store_open(hosts, db);
    bench_must(mg_conn_open(mg_of(r->store), MG_PLAIN, &r->plain, &e), &e);
    bench_must(mg_conn_open(mg_of(r->store), MG_TXN, &r->txn, &e), &e);
}

void raw_drop(struct raw *r)
{
    mg_conn_close(&r->plain);
    mg_conn_close(&r->txn);
    raw_store_drop(r->store);
}

/* ---- writes ---- */

static void load_part(struct raw *r, const struct video *v, size_t n, bool wide)
{
    bson_t opts MG_AUTO_BSON = BSON_INITIALIZER;
    bson_error_t be;
    BSON_APPEND_BOOL(&opts, "validate", false);
    mongoc_collection_t *c MG_AUTO_COLL =
        mg_coll(&r->plain, wide ? "video_text" : "video");
    mongoc_bulk_operation_t *bulk MG_AUTO_BULK =
        mongoc_collection_create_bulk_operation_with_opts(c, NULL);
    for (size_t i = 0; i < n; i++) {
        bson_t doc = BSON_INITIALIZER;
        mg_put_key(&doc, "_id", 0, v[i].h.key);
        mg_put_fields(&doc, &schema_video, wide, v[i].h.have, &v[i]);
        mongoc_bulk_operation_insert_with_opts(bulk, &doc, &opts, &be);
        bson_destroy(&doc);
    }
    must_do(mongoc_bulk_operation_execute(bulk, NULL, &be), &be);
}

void raw_load(struct raw *r, const struct video *v, size_t n)
{
    load_part(r, v, n, false);
    load_part(r, v, n, true);
}

static void add_update(mongoc_bulk_operation_t *bulk, const struct video *v)
{
    bson_t id MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t doc MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t set;
    bson_error_t be;
    BSON_APPEND_INT64(&id, "_id", (int64_t)v->h.key[0]);
    BSON_APPEND_DOCUMENT_BEGIN(&doc, "$set", &set);
    mg_put_fields(&set, &schema_video, false, v->h.have, v);
    bson_append_document_end(&doc, &set);
    must_do(
        mongoc_bulk_operation_update_one_with_opts(bulk, &id, &doc, NULL, &be),
        &be);
}

static void update(struct mg_conn *conn, const struct video *v, size_t n)
{
    bson_t opts MG_AUTO_BSON = BSON_INITIALIZER;
    bson_error_t be;
    struct err e = ERR_INIT;
    BSON_APPEND_BOOL(&opts, "ordered", false);
    bench_must(mg_opts(conn, &opts, &e), &e);
    mongoc_collection_t *c MG_AUTO_COLL = mg_coll(conn, "video");
    mongoc_bulk_operation_t *bulk MG_AUTO_BULK =
        mongoc_collection_create_bulk_operation_with_opts(c, &opts);
    for (size_t i = 0; i < n; i++)
        add_update(bulk, &v[i]);
    must_do(mongoc_bulk_operation_execute(bulk, NULL, &be), &be);
}

void raw_refresh(struct raw *r, const struct video *v, size_t n, bool txn)
{
    mongoc_client_session_t *s = r->txn.session;
    bson_error_t be;
    if (!txn) {
        update(&r->plain, v, n);
        return;
    }
    must_do(mongoc_client_session_start_transaction(s, NULL, &be), &be);
    update(&r->txn, v, n);
    must_do(mongoc_client_session_commit_transaction(s, NULL, &be), &be);
}

/* ---- scan ---- */

/* Looks at the fields that the store's scan is asked for. */
static uint64_t views_of(bson_iter_t *it)
{
    uint64_t views = 0, others = 0;
    for (int left = 4; left && bson_iter_next(it);) {
        const char *name = bson_iter_key(it);
        bool views_here = strcmp(name, "v") == 0;
        if (!views_here && strcmp(name, "_id") != 0 && strcmp(name, "l") != 0 &&
            strcmp(name, "c") != 0)
            continue;
        *(views_here ? &views : &others) += (uint64_t)bson_iter_int64(it);
        left--;
    }
    return others ? views : 0; /* an id is never 0 here */
}

uint64_t raw_scan(struct raw *r)
{
    bson_t none MG_AUTO_BSON = BSON_INITIALIZER;
    const bson_t *doc;
    bson_iter_t it;
    bson_error_t be;
    uint64_t sum = 0;
    mongoc_collection_t *c MG_AUTO_COLL = mg_coll(&r->plain, "video");
    mongoc_cursor_t *x MG_AUTO_CURSOR =
        mongoc_collection_find_with_opts(c, &none, NULL, NULL);
    while (mongoc_cursor_next(x, &doc))
        if (bson_iter_init(&it, doc))
            sum += views_of(&it);
    must_do(!mongoc_cursor_error(x, &be), &be);
    return sum;
}

/* ---- the server ---- */

static void command(struct mg_conn *c, const char *db, const char *name,
                    const char *of, bson_t *reply)
{
    bson_t b MG_AUTO_BSON = BSON_INITIALIZER;
    bson_error_t be;
    if (of)
        bson_append_utf8(&b, name, -1, of, -1);
    else
        bson_append_int32(&b, name, -1, 1);
    must_do(mongoc_client_command_simple(c->client, db, &b, NULL, reply, &be),
            &be);
}

static double number_at(const bson_t *doc, const char *path)
{
    bson_iter_t it, found;
    if (!bson_iter_init(&it, doc) ||
        !bson_iter_find_descendant(&it, path, &found))
        bench_give_up(path);
    return (double)bson_iter_as_int64(&found);
}

void server_checkpoint(struct mg_conn *c)
{
    bson_t reply MG_AUTO_BSON;
    command(c, "admin", "fsync", NULL, &reply);
}

struct server_written server_written(struct mg_conn *c)
{
    bson_t reply MG_AUTO_BSON;
    command(c, "admin", "serverStatus", NULL, &reply);
    return (struct server_written){
        .journal = number_at(&reply, "wiredTiger.log.log bytes written"),
        .pages = number_at(&reply, "wiredTiger.cache.bytes written from cache"),
    };
}

double server_bytes(struct mg_conn *c, const char *coll)
{
    bson_t reply MG_AUTO_BSON;
    command(c, c->m->db, "collStats", coll, &reply);
    return number_at(&reply, "storageSize") +
           number_at(&reply, "totalIndexSize");
}
