/*
 * sim/catalog_priv.h - the generated catalogue: every fact is a pure function
 * of (seed, index, now), so a hundred million videos cost no memory.
 *
 * Videos have indexes [0, videos), channels [0, channels). The uploads of a
 * channel are one run of indexes, oldest first.
 */
#ifndef SVF_SIM_CATALOG_PRIV_H
#define SVF_SIM_CATALOG_PRIV_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/rnd.h"
#include "schema/schema.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    CATALOG_VIDEOS_MAX = 100 * 1000 * 1000,
    CATALOG_UPLOADS_MAX = 20000, /* what an uploads list tells */
    CATALOG_ROWS_MAX = 32
};

/* One independent stream of randomness for each kind of fact. */
enum catalog_salt {
    SALT_VIDEO_ID,
    SALT_CHANNEL_HI,
    SALT_CHANNEL_LO,
    SALT_UPLOAD,
    SALT_SPAN,
    SALT_PAUSE,
    SALT_GONE,
    SALT_VIEWS,
    SALT_GROWTH,
    SALT_TREND,
    SALT_LIKES,
    SALT_LIKES_B,
    SALT_COMMENTS,
    SALT_COMMENTS_B,
    SALT_HIDDEN,
    SALT_ROUND,
    SALT_WEEK,
    SALT_DURATION,
    SALT_DURATION_B,
    SALT_KIND,
    SALT_CATEGORY,
    SALT_LANGUAGE,
    SALT_TITLE,
    SALT_TEXT,
    SALT_TAGS,
    SALT_CHANNEL,
    SALT_SUBSCRIBERS,
    SALT_ORDER,
    SALT_COUNT
};

/* Channels [first_channel, …) have @size uploads each, from first_video. */
struct catalog_row {
    uint64_t first_channel;
    uint64_t first_video;
    uint64_t size;
};

/* A permutation of [0, n) by x -> (a x + b) mod n. */
struct catalog_perm {
    uint64_t n, a, b;
};

/* Read-only after catalog_init(); shared by all threads. */
struct catalog {
    uint64_t key[SALT_COUNT];
    uint64_t videos, channels;
    int64_t start;   /* second that the marginals hold at */
    uint64_t future; /* uploads published after start */
    uint64_t gone;   /* videos deleted at some time, half before start */
    struct catalog_row rows[CATALOG_ROWS_MAX + 1]; /* the last one is a stop */
    size_t n_rows;
    struct catalog_perm channel_order, video_order;
};

/* A channel's uploads: indexes [first, first + n), oldest first. */
struct catalog_uploads {
    uint64_t first, n;
    uint64_t future; /* the last so many are published after start */
};

/* Set up for @videos in @channels. RC_INPUT when they are out of range, or
 * when the lists would need more than CATALOG_UPLOADS_MAX each. */
int catalog_init(struct catalog *c, uint64_t seed, uint64_t videos,
                 uint64_t channels, int64_t start, struct err *e) MUST_CHECK;

static inline uint64_t catalog_hash(const struct catalog *c,
                                    enum catalog_salt salt, uint64_t x)
{
    return rnd_mix(c->key[salt] ^ x);
}
/* Uniform in [0, 1). */
static inline double catalog_unit(const struct catalog *c,
                                  enum catalog_salt salt, uint64_t x)
{
    return (double)(catalog_hash(c, salt, x) >> 11) * 0x1p-53;
}

/* Index to id and back; false when no video or channel has that id. */
uint64_t catalog_video_id(const struct catalog *c, uint64_t index);
bool catalog_video_index(const struct catalog *c, uint64_t id, uint64_t *ret);
struct cid catalog_channel_id(const struct catalog *c, uint64_t channel);
bool catalog_channel_index(const struct catalog *c, struct cid id,
                           uint64_t *ret);
/* A permutation of [0, n), n below 2^27, drawn by @key. */
void catalog_perm_init(struct catalog_perm *p, uint64_t n, uint64_t key);
uint64_t catalog_perm_at(const struct catalog_perm *p, uint64_t x);

struct catalog_uploads catalog_uploads(const struct catalog *c,
                                       uint64_t channel);
uint64_t catalog_channel_of(const struct catalog *c, uint64_t index);

/* Facts that move with time (counts.c). Times are seconds since 1970. */
int64_t catalog_published(const struct catalog *c, uint64_t index);
/* Does the API tell video @index at @now? */
bool catalog_told(const struct catalog *c, uint64_t index, int64_t now);
/* How many of a channel's uploads it tells. */
uint64_t catalog_told_uploads(const struct catalog *c, struct catalog_uploads u,
                              int64_t now);

struct catalog_counts {
    uint64_t views, likes, comments;
    bool likes_hidden, comments_off;
};
struct catalog_counts catalog_counts(const struct catalog *c, uint64_t index,
                                     int64_t now);
/* Views at start, near enough to rank videos by; cheap. */
double catalog_views_at_start(const struct catalog *c, uint64_t index);

/*
 * Fill the fields @cols of one record, text in @arena (records.c). Only
 * RC_NOMEM. The caller has asked catalog_told().
 */
int catalog_video(const struct catalog *c, uint64_t index, int64_t now,
                  uint64_t cols, struct arena *arena, struct video *ret,
                  struct err *e) MUST_CHECK;
int catalog_channel(const struct catalog *c, uint64_t channel, int64_t now,
                    struct arena *arena, struct channel *ret,
                    struct err *e) MUST_CHECK;
/* The channel with this @handle ("@name12" or "name12"). */
bool catalog_channel_named(const struct catalog *c, struct str handle,
                           uint64_t *ret);

#endif
