/* tests/search/kit.c - what the tests of the index share. */
#include "tests/search/kit.h"

static void open_kit(struct kit *k, const char *kind, uint64_t feed_keep)
{
    *k = (struct kit){ .e = ERR_INIT };
    tmp_open(&k->tmp);
    snprintf(k->index, sizeof(k->index), "%s", tmp_path(&k->tmp, "index.seg"));
    if (strcmp(kind, "mem:") == 0)
        snprintf(k->uri, sizeof(k->uri), "mem:");
    else
        snprintf(k->uri, sizeof(k->uri), "%s%s", kind,
                 tmp_path(&k->tmp, "svf.db"));
    clk_step_init(&k->clock, wall_of_s(KIT_NOW));
    struct store_options o = { .uri = k->uri,
                               .create = true,
                               .kind = STORE_LOCAL,
                               .clk = &k->clock.clk,
                               .feed_keep = feed_keep };
    T_OK(store_open(&k->store, &o, &k->e), &k->e);
}

void kit_open(struct kit *k, const char *kind)
{
    open_kit(k, kind, 0);
}

void kit_open_short_feed(struct kit *k, uint64_t changes)
{
    open_kit(k, "mem:", changes);
}

void kit_close(struct kit *k)
{
    store_close(k->store);
    tmp_close(&k->tmp);
}

struct search *kit_index(struct kit *k, bool file)
{
    struct search *s = NULL;
    struct search_options o = { .store = k->store,
                                .segment_path = file ? k->index : NULL,
                                .clk = &k->clock.clk,
                                .progress_fd = -1,
                                .threads = 2 };
    T_OK(search_open(&s, &o, &k->e), &k->e);
    return s;
}

void kit_put(struct kit *k, const struct video *v, size_t n)
{
    enum store_outcome *out = calloc(n + 1, sizeof(*out));
    ck_assert_ptr_nonnull(out);
    T_OK(store_put(k->store, &schema_video, v, n, 0, out, &k->e), &k->e);
    free(out);
}

void kit_delete(struct kit *k, uint64_t id)
{
    const uint64_t key[1][2] = { { id, 0 } };
    T_OK(store_delete(k->store, &schema_video, key, 1, 0, NULL, &k->e), &k->e);
}

void kit_refresh(struct kit *k, struct search *s)
{
    bool changed;
    T_OK(search_refresh(s, DUR_MS(0), &changed, &k->e), &k->e);
}

static int set_all(struct kit *k, const char *params, struct search_query *q)
{
    struct str rest = str_of(params), part;
    int rc = RC_OK;
    while (!rc && rest.n && str_split(&rest, '&', &part)) {
        struct str name;
        ck_assert(str_split(&part, '=', &name));
        rc = search_query_set(q, name, part, wall_of_s(KIT_NOW), NULL, &k->e);
    }
    return rc ? rc : search_query_check(q, NULL, &k->e);
}

void kit_query(struct kit *k, const char *params, struct search_query *ret)
{
    search_query_init(ret);
    T_RC(params, set_all(k, params, ret), RC_OK, &k->e);
}

int kit_ask(struct kit *k, struct search *s, const char *params,
            struct search_result *ret)
{
    struct search_query q;
    search_query_init(&q);
    int rc = set_all(k, params, &q);
    if (!rc)
        rc = search_run(s, &q, ret, &k->e);
    search_query_fini(&q);
    return rc;
}

const char *kit_ids(struct search *s, struct search_result *r, char *out,
                    size_t size)
{
    size_t at = 0;
    out[0] = 0;
    for (size_t i = 0; i < r->n && at < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%llu", i ? " " : "",
                               (unsigned long long)r->items[i].v.h.key[0]);
    search_result_fini(s, r);
    return out;
}

struct video kit_video(uint64_t id, uint64_t views, uint64_t likes,
                       const char *title)
{
    struct video v = { .h.key = { id, 0 } };
    VIDEO_SET(&v, views, views);
    VIDEO_SET(&v, likes, likes);
    VIDEO_SET(&v, stats_at, KIT_NOW);
    VIDEO_SET(&v, text_at, KIT_NOW);
    VIDEO_SET(&v, published, KIT_NOW - (int64_t)id * 86400);
    VIDEO_SET(&v, duration, id * 60);
    VIDEO_SET(&v, title, str_of(title));
    VIDEO_SET(&v, origin, ORIGIN_SIM);
    return v;
}
