/*
 * quota/method.c - what each API method costs, and from which bucket.
 *
 * Source: docs/sources.md#quota (2026-11-20).
 */
#include "quota/quota.h"

static const char *const buckets[QUOTA_BUCKETS] = {
    [QUOTA_GENERAL] = "general",
    [QUOTA_SEARCH] = "search",
    [QUOTA_BATCH_STATS] = "batchStats",
};

static const struct {
    const char *name;
    enum quota_bucket bucket;
    int64_t units;
} methods[QUOTA_METHODS] = {
    [QUOTA_VIDEOS] = { "videos", QUOTA_GENERAL, 1 },
    [QUOTA_CHANNELS] = { "channels", QUOTA_GENERAL, 1 },
    [QUOTA_PLAYLIST_ITEMS] = { "playlistItems", QUOTA_GENERAL, 1 },
    [QUOTA_SEARCH_LIST] = { "search", QUOTA_SEARCH, 1 },
    [QUOTA_BATCH_GET_STATS] = { "batchGetStats", QUOTA_BATCH_STATS, 1 },
};

const char *quota_bucket_name(enum quota_bucket b)
{
    return buckets[b];
}

enum quota_bucket quota_method_bucket(enum quota_method m)
{
    return methods[m].bucket;
}

int64_t quota_method_units(enum quota_method m)
{
    return methods[m].units;
}

const char *quota_method_name(enum quota_method m)
{
    return methods[m].name;
}
