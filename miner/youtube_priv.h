/*
 * miner/youtube_priv.h - one question to the YouTube Data API and what to
 * make of the answer. Knows no quota, no store and no second try.
 */
#ifndef SVF_MINER_YOUTUBE_PRIV_H
#define SVF_MINER_YOUTUBE_PRIV_H

#include "miner/miner.h"

/* Ids a call, items a page: what the API allows. */
enum { YT_BATCH = 50 };

/*
 * What a call came to. The first eight are the error classes of a report,
 * named by yt_class_name().
 */
enum yt_class {
    YT_NETWORK, /* no connection, or it broke */
    YT_TIMEOUT, /* a deadline passed */
    YT_SERVER,  /* 5xx, or an answer that cannot be one */
    YT_RATE,    /* too fast: wait */
    YT_QUOTA,   /* the day is used up: stop until the reset */
    YT_KEY,     /* key or project refused: stop and tell */
    YT_REQUEST, /* the question is wrong: asking again will not help */
    YT_GONE,    /* the list or channel is not there any more */
    YT_ERRORS,
    YT_OK = YT_ERRORS,
    YT_STOPPED /* the job ends: not sent, or given up underway */
};

const char *yt_class_name(enum yt_class c);
/* May the same question be worth asking again soon? */
bool yt_class_passes(enum yt_class c);

/* What the API meant by HTTP @status and the error body @d. */
enum yt_class yt_classify(int status, const struct decode_error *d);

/* ---- questions ---- */

/* Write the query of one call to @b (reset before). n in [1, YT_BATCH]. */
void yt_videos_query(struct buf *b, const uint64_t *ids, size_t n);
void yt_channels_query(struct buf *b, const struct cid *ids, size_t n);
void yt_handle_query(struct buf *b, const char *handle);
/* @token  "" = first page */
void yt_page_query(struct buf *b, const char *playlist, const char *token);

/* ---- one exchange ---- */

struct yt_question {
    enum quota_method method;
    struct str query;        /* from one of the above */
    wall_t now;              /* becomes stats_at and text_at */
    bool sim_time;           /* tell @now to the simulator */
    const atomic_bool *stop; /* may be NULL */
};

struct yt_answer {
    enum yt_class class;
    struct decode_page page; /* YT_OK; lives in the arena */
    char reason[64];         /* the API's word, "" = none */
    char why[200];           /* one line for people; never a key */
    int64_t retry_after_s;   /* -1 = not told */
    uint64_t wire_bytes;
};

/*
 * Send @q over @c and read the answer into @ret. YT_OK means a page of the
 * kind that was asked for with at most YT_BATCH items.
 * @r  working space, reused from call to call
 */
void yt_ask(struct net_conn *c, const struct yt_question *q,
            struct net_response *r, struct arena *arena, struct yt_answer *ret);

/* Uploads list of @id: "UU" and the rest of the channel's name. */
enum { YT_LIST_TEXT = CID_TEXT };
void yt_uploads(struct cid id, char out[static YT_LIST_TEXT]);
/* The channel behind an uploads list; false for any other list. */
bool yt_channel_of_uploads(const char *playlist, struct cid *ret);

#endif
