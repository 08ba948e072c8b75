/*
 * miner/youtube_probe.c - does the key work? One question of one unit, paid
 * for like any other.
 */
#include "miner/youtube_priv.h"

#include "schema/schema.h"

enum { BODY_MAX = 1 << 20, ARENA_MAX = 4 << 20, QUERY_MAX = 8192 };

/* Any id will do: an unknown one is answered with an empty page. */
static const uint64_t probe_id = 0;

static int judge(const struct yt_answer *a, struct quota *q, wall_t now,
                 struct err *e)
{
    switch (a->class) {
    case YT_OK:
        return RC_OK;
    case YT_KEY:
        return err_set(e, RC_DENIED,
                       "the API refused the key or its project: %s", a->why);
    case YT_QUOTA: {
        int rc = quota_exhausted(q, QUOTA_GENERAL, now, e);
        return rc ? rc
                  : err_set(e, RC_LIMIT, "the day's quota is used up: %s",
                            a->why);
    }
    case YT_TIMEOUT:
    case YT_RATE:
        return err_set(e, RC_AGAIN, "the API gave no answer: %s", a->why);
    default:
        return err_set(e, RC_DOWN, "the API gave no answer: %s", a->why);
    }
}

static int ask(struct net_conn *c, struct quota *q, wall_t now, bool sim_time,
               struct err *e)
{
    struct buf query = BUF_INIT(QUERY_MAX);
    struct arena arena = ARENA_INIT(ARENA_MAX);
    struct net_response r;
    struct yt_answer a;
    net_response_init(&r, BODY_MAX);
    yt_videos_query(&query, &probe_id, 1);
    struct yt_question question = {
        .method = QUOTA_VIDEOS,
        .query = buf_view(&query),
        .now = now,
        .sim_time = sim_time,
    };
    yt_ask(c, &question, &r, &arena, &a);
    int rc = judge(&a, q, now, e);
    net_response_fini(&r);
    arena_fini(&arena);
    buf_fini(&query);
    return rc;
}

int mine_probe(struct net *n, struct quota *q, wall_t now, bool sim_time,
               struct err *e)
{
    struct net_conn *c;
    int rc = net_conn_open(&c, n, e);
    if (rc)
        return rc;
    rc = quota_reserve(q, QUOTA_VIDEOS, true, now, e);
    if (!rc)
        rc = ask(c, q, now, sim_time, e);
    net_conn_close(c);
    return rc;
}
