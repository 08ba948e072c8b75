/*
 * bench/mongo_raw.h - the bound of a mongodb: store: the plain driver that
 * writes the same documents into a database beside the store's, with the same
 * concerns. It reads nothing first, merges nothing, fences nothing and tells
 * no outcomes. And what the server says about itself.
 */
#ifndef SVF_BENCH_MONGO_RAW_H
#define SVF_BENCH_MONGO_RAW_H

#include "ratio/ratio.h"
#include "store/mongo_priv.h"

struct raw {
    struct store *store;  /* owned: made its collections */
    struct mg_conn plain; /* without a session */
    struct mg_conn txn;   /* with one for transactions */
};

/* All end the program with a sentence when something fails. */
struct store *raw_store_open(const char *hosts, const char *db);
/* Drop the database of @s and close it. */
void raw_store_drop(struct store *s);

void raw_open(struct raw *r, const char *hosts, const char *db);
/* Close, and drop the database. */
void raw_drop(struct raw *r);
/* Insert into both collections, a bulk each. */
void raw_load(struct raw *r, const struct video *v, size_t n);
/* Update the counts by id, one unordered bulk; in a transaction or not. */
void raw_refresh(struct raw *r, const struct video *v, size_t n, bool txn);
/* Read all narrow documents, of each the id and three counts; returns the sum
 * of their views. */
uint64_t raw_scan(struct raw *r);

/* ---- the server ---- */

/* Write all that is dirty to the disk. */
void server_checkpoint(struct mg_conn *c);
/* Bytes written since the server began. */
struct server_written {
    double journal; /* of the log */
    double pages;   /* out of the cache: checkpoints and evictions */
};
struct server_written server_written(struct mg_conn *c);
/* Bytes of the files of collection @coll and of its indexes. */
double server_bytes(struct mg_conn *c, const char *coll);

/*
 * Let the server rank: likes/views of all videos of @c's database, partitioned
 * by the buckets of @t, the places of a bucket from 1, equals share one. Told
 * in any order.
 */
typedef void (*server_rank_fn)(void *ctx, uint64_t id, uint64_t place);
void server_rank(struct mg_conn *c, const char *hosts,
                 const struct ratio_table *t, server_rank_fn fn, void *ctx);

#endif
