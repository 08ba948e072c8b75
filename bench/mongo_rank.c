/*
 * bench/mongo_rank.c - the server ranks: $setWindowFields over the buckets of
 * a table of the ratio engine.
 *
 * The bucket of a document is found by a tree of comparisons with the edges,
 * eight for 200 buckets; a $switch would make half of all of them.
 *
 * Threads: none.
 */
#include "base/buf.h"
#include "bench/bench.h"
#include "bench/mongo_raw.h"

/* The number of the bucket of {"$v"} among buckets [lo, hi). */
static void put_tree(struct buf *b, const struct ratio_table *t, size_t lo,
                     size_t hi)
{
    if (hi - lo == 1) {
        buf_f(b, "%zu", lo);
        return;
    }
    size_t mid = lo + (hi - lo) / 2;
    buf_f(b, "{\"$cond\":[{\"$lt\":[\"$v\",{\"$numberLong\":\"%llu\"}]},",
          (unsigned long long)t->buckets[mid].views_min);
    put_tree(b, t, lo, mid);
    buf_c(b, ',');
    put_tree(b, t, mid, hi);
    buf_z(b, "]}");
}

static bson_t *stages(const struct ratio_table *t)
{
    struct buf b = BUF_INIT(1 << 20);
    buf_z(&b, "{\"pipeline\":["
              "{\"$match\":{\"v\":{\"$gte\":1},\"l\":{\"$gte\":0}}},"
              "{\"$project\":{\"s\":{\"$divide\":[\"$l\",\"$v\"]},\"b\":");
    put_tree(&b, t, 0, t->n_buckets);
    buf_z(&b, "}},{\"$setWindowFields\":{\"partitionBy\":\"$b\","
              "\"sortBy\":{\"s\":-1},\"output\":{\"r\":{\"$rank\":{}}}}},"
              "{\"$project\":{\"r\":1}}]}");
    bson_error_t be;
    if (b.failed)
        bench_give_up("no memory for the pipeline");
    bson_t *ret = bson_new_from_json((const uint8_t *)b.p, (ssize_t)b.n, &be);
    if (!ret)
        bench_give_up(be.message);
    buf_fini(&b);
    return ret;
}

/* The store's own client would not wait so long for an answer. */
static mongoc_client_t *patient_client(const char *hosts)
{
    char uri[300];
    snprintf(uri, sizeof(uri), "mongodb://%s/?socketTimeoutMS=3600000", hosts);
    mongoc_client_t *c = mongoc_client_new(uri);
    if (!c)
        bench_give_up("no client");
    return c;
}

static void tell_all(mongoc_cursor_t *x, server_rank_fn fn, void *ctx)
{
    const bson_t *doc;
    bson_iter_t id, place;
    bson_error_t be;
    while (mongoc_cursor_next(x, &doc)) {
        if (!bson_iter_init_find(&id, doc, "_id") ||
            !bson_iter_init_find(&place, doc, "r"))
            bench_give_up("a place without an id");
        fn(ctx, (uint64_t)bson_iter_int64(&id),
           (uint64_t)bson_iter_as_int64(&place));
    }
    if (mongoc_cursor_error(x, &be))
        bench_give_up(be.message);
}

void server_rank(struct mg_conn *c, const char *hosts,
                 const struct ratio_table *t, server_rank_fn fn, void *ctx)
{
    bson_t opts MG_AUTO_BSON = BSON_INITIALIZER;
    BSON_APPEND_BOOL(&opts, "allowDiskUse", true);
    mongoc_client_t *client = patient_client(hosts);
    mongoc_collection_t *coll =
        mongoc_client_get_collection(client, c->m->db, "video");
    bson_t *pipeline = stages(t);
    mongoc_cursor_t *x = mongoc_collection_aggregate(coll, MONGOC_QUERY_NONE,
                                                     pipeline, &opts, NULL);
    tell_all(x, fn, ctx);
    mongoc_cursor_destroy(x);
    bson_destroy(pipeline);
    mongoc_collection_destroy(coll);
    mongoc_client_destroy(client);
}
