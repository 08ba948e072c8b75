/*
 * sim/corpus_priv.h - where the service's answers come from: a generated
 * catalogue, or the records of a store. The answers know only this.
 *
 * All videos lie in slots [0, slots), channel by channel: a channel's
 * uploads are one run of slots, oldest first.
 */
#ifndef SVF_SIM_CORPUS_PRIV_H
#define SVF_SIM_CORPUS_PRIV_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "schema/schema.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    CORPUS_POPULAR_MAX = 1000, /* candidates of chart=mostPopular */
    CORPUS_BATCH_MAX = 256     /* ids of one read */
};

struct corpus_run {
    uint64_t first, n;
};

/* Threads: every verb from any thread. @now is a second since 1970. */
struct corpus_ops {
    uint64_t (*slots)(void *ctx);
    /* The id in @slot; false when the API does not tell it at @now. */
    bool (*told)(void *ctx, uint64_t slot, int64_t now, uint64_t *id);
    /* The slots of a channel's uploads, and how many of them are told at
     * @now; false when there is no such channel. */
    bool (*uploads)(void *ctx, struct cid channel, int64_t now,
                    struct corpus_run *ret, uint64_t *told);
    /* Fields @cols of @n videos, n <= CORPUS_BATCH_MAX; found[i] tells
     * whether the API tells ids[i] at @now. Text in @arena. */
    int (*videos)(void *ctx, const uint64_t *ids, size_t n, int64_t now,
                  uint64_t cols, struct arena *arena, struct video *ret,
                  bool *found, struct err *e);
    int (*channels)(void *ctx, const struct cid *ids, size_t n, int64_t now,
                    struct arena *arena, struct channel *ret, bool *found,
                    struct err *e);
    uint64_t (*n_channels)(void *ctx);
    struct cid (*channel_at)(void *ctx, uint64_t i);
    /* @handle with or without '@'. */
    bool (*named)(void *ctx, struct str handle, struct cid *ret);
    /* Slots of the videos with the most views, most first. */
    size_t (*popular)(void *ctx, const uint64_t **slots);
    void (*close)(void *ctx);
};

struct corpus {
    const struct corpus_ops *ops;
    void *ctx; /* owned */
};

/* The generated catalogue. RC_INPUT as catalog_init(). */
int corpus_made(struct corpus *ret, uint64_t seed, uint64_t videos,
                uint64_t channels, int64_t start, struct err *e) MUST_CHECK;
/* The records of @store (borrowed): those that a source once told and that
 * are not gone. Reads the ids into memory, 8 bytes a video. */
int corpus_stored(struct corpus *ret, struct store *store,
                  struct err *e) MUST_CHECK;
void corpus_fini(struct corpus *s);

/* Keeps the @max slots with the most views seen so far. */
struct corpus_top {
    double views[CORPUS_POPULAR_MAX]; /* a heap, the least in front */
    uint64_t slot[CORPUS_POPULAR_MAX];
    size_t n;
};
void corpus_top_add(struct corpus_top *t, uint64_t slot, double views);
/* Order it, most views first; equal views by slot. */
void corpus_top_sort(struct corpus_top *t);

#endif
