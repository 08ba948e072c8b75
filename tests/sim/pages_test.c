/*
 * Lists that are longer than a page: rules of sim/answer_playlist.c and
 * sim/answer_search.c, while videos appear and vanish between two pages.
 */
#include "tests/sim/sim_t.h"

#include "base/cal.h"
#include "sim/search_priv.h"

#include <stdio.h>
#include <string.h>

enum { CHANNELS = 40, SEEN_MAX = 12000, DAY_S = 86400 };

static struct service s;

static void setup(void)
{
    t_service(&s, 12000, CHANNELS);
}

static void teardown(void)
{
    t_service_fini(&s);
}

static const struct catalog *catalog(void)
{
    return s.corpus.ctx;
}

/* What a walk over all pages met. */
struct walk {
    const char *target; /* without a page token */
    const char *id;     /* path of the video id in an item */
    int64_t now, step;  /* seconds: time moves on by @step a page */
    uint64_t seen[SEEN_MAX];
    size_t n, pages;
    char back[TOKEN_TEXT]; /* prevPageToken of the second page */
};

static void take_page(struct walk *w, const struct jsonr *doc)
{
    const struct jsonr *items = jsonr_get(doc, "items");
    for (size_t i = 0; i < jsonr_len(items); i++) {
        struct str id = t_text(jsonr_item(items, i), w->id);
        ck_assert(w->n < SEEN_MAX);
        T_TRUE("an id", vid_parse(id, &w->seen[w->n], NULL) == RC_OK);
        w->n++;
    }
    struct str back = t_text(doc, "prevPageToken");
    T_I64("only the first page has none before it", back.n > 0, w->pages > 0);
    if (w->pages == 1)
        snprintf(w->back, sizeof(w->back), "%.*s", STR_ARG(back));
    w->pages++;
}

static struct jsonr *ask_page(const struct walk *w, struct str token)
{
    char target[600], now[CAL_TEXT];
    snprintf(target, sizeof(target), "%s%s%.*s", w->target,
             token.n ? "&pageToken=" : "", STR_ARG(token));
    cal_text(wall_of_s(w->now), now);
    return t_json(&s, target, now, 200);
}

static void walk(struct walk *w)
{
    char token[64] = "";
    do {
        struct jsonr *doc = ask_page(w, str_of(token));
        take_page(w, doc);
        struct str next = t_text(doc, "nextPageToken");
        snprintf(token, sizeof(token), "%.*s", STR_ARG(next));
        jsonr_close(doc);
        w->now += w->step;
    } while (token[0]);
}

static int by_number(const void *pa, const void *pb)
{
    uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;
    return (a > b) - (a < b);
}

/* Sort what was seen; fail when anything was seen twice. */
static void sort_seen(struct walk *w)
{
    qsort(w->seen, w->n, sizeof(*w->seen), by_number);
    for (size_t i = 1; i < w->n; i++)
        T_TRUE("seen twice", w->seen[i] != w->seen[i - 1]);
}

static bool was_seen(const struct walk *w, uint64_t id)
{
    return bsearch(&id, w->seen, w->n, sizeof(id), by_number) != NULL;
}

/* A channel with more than a few pages. */
static uint64_t busy_channel(void)
{
    uint64_t channel = 0;
    while (catalog_uploads(catalog(), channel).n < 150)
        channel++;
    return channel;
}

static void uploads_target(uint64_t channel, uint32_t page, char ret[300])
{
    char text[CID_TEXT];
    cid_text(catalog_channel_id(catalog(), channel), text);
    snprintf(ret, 300,
             "playlistItems?part=contentDetails&maxResults=%u&playlistId=UU%s",
             page, text + 2);
}

/* Whatever is told from the first page to the last is met exactly once; what
 * appears or vanishes meanwhile may be met or not, never twice. */
static void check_uploads(uint64_t channel, uint32_t page, int64_t step)
{
    static struct walk w;
    char target[300];
    uploads_target(channel, page, target);
    w = (struct walk){ .target = target,
                       .id = "contentDetails.videoId",
                       .now = T_START,
                       .step = step };
    walk(&w);
    sort_seen(&w);
    struct catalog_uploads u = catalog_uploads(catalog(), channel);
    for (uint64_t k = 0; k < u.n; k++) {
        uint64_t index = u.first + k;
        bool always = catalog_told(catalog(), index, T_START) &&
                      catalog_told(catalog(), index, w.now);
        if (always || !step)
            T_I64("met", was_seen(&w, catalog_video_id(catalog(), index)),
                  always);
    }
}

START_TEST(uploads_are_met_exactly_once)
{
    for (uint64_t channel = 0; channel < CHANNELS; channel++)
        check_uploads(channel, 50, 0);
    check_uploads(busy_channel(), 1, 0);
    check_uploads(busy_channel(), 7, 0);
}
END_TEST

START_TEST(also_when_the_list_changes_between_pages)
{
    for (uint64_t channel = 0; channel < CHANNELS; channel++)
        check_uploads(channel, 20, DAY_S);
}
END_TEST

START_TEST(one_page_back_is_the_page_before)
{
    static struct walk w;
    char target[300];
    uploads_target(busy_channel(), 20, target);
    w = (struct walk){ .target = target,
                       .id = "contentDetails.videoId",
                       .now = T_START };
    walk(&w);
    ck_assert(w.pages > 2);
    struct jsonr *doc = ask_page(&w, str_of(w.back));
    const struct jsonr *items = jsonr_get(doc, "items");
    T_U64("items", jsonr_len(items), 20);
    for (size_t i = 0; i < 20; i++) {
        char text[VID_TEXT];
        T_STR("item", t_text(jsonr_item(items, i), w.id),
              vid_text(w.seen[i], text));
    }
    jsonr_close(doc);
}
END_TEST

START_TEST(no_results_asked_for)
{
    char target[300];
    uploads_target(busy_channel(), 0, target);
    struct jsonr *doc = t_json(&s, target, NULL, 200);
    T_U64("items", jsonr_len(jsonr_get(doc, "items")), 0);
    T_TRUE("no endless paging", !jsonr_get(doc, "nextPageToken"));
    jsonr_close(doc);
    doc = t_json(&s, "search?part=id&q=a&maxResults=0", NULL, 200);
    T_U64("items", jsonr_len(jsonr_get(doc, "items")), 0);
    T_TRUE("no endless paging", !jsonr_get(doc, "nextPageToken"));
    jsonr_close(doc);
}
END_TEST

START_TEST(a_search_dries_up_at_500)
{
    static struct walk w;
    w = (struct walk){ .target = "search?part=id&type=video&maxResults=50",
                       .id = "id.videoId",
                       .now = T_START };
    walk(&w);
    T_U64("results", w.n, SEARCH_RESULTS_MAX);
    sort_seen(&w);
    struct jsonr *doc = ask_page(&w, STR(""));
    uint64_t total = 0;
    ck_assert(jsonr_u64(jsonr_get(doc, "pageInfo.totalResults"), &total));
    T_TRUE("the estimate is of all", total > 11000 && total <= 12000);
    jsonr_close(doc);
}
END_TEST

START_TEST(a_chart_has_200_places)
{
    static struct walk w;
    w = (struct walk){ .target =
                           "videos?part=id&chart=mostPopular&maxResults=50",
                       .id = "id",
                       .now = T_START };
    walk(&w);
    T_U64("places", w.n, 200);
    T_U64("pages", w.pages, 4);
    sort_seen(&w);
}
END_TEST

/* A token is good for the list and the query that it was made for. */
START_TEST(tokens_belong_to_their_list)
{
    static struct walk w;
    char target[300], other[300];
    uploads_target(busy_channel(), 20, target);
    w = (struct walk){ .target = target,
                       .id = "contentDetails.videoId",
                       .now = T_START };
    walk(&w);
    uploads_target(busy_channel() + 1, 20, other);
    const char *const targets[] = { other, "search?part=id&q=a",
                                    "videos?part=id&chart=mostPopular" };
    for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
        char asked[400];
        snprintf(asked, sizeof(asked), "%s&pageToken=%s", targets[i], w.back);
        struct jsonr *doc = t_json(&s, asked, NULL, 400);
        T_STR(targets[i], t_reason(doc), "invalidPageToken");
        jsonr_close(doc);
    }
}
END_TEST

T_SUITE_WITH("sim.pages", 60, setup, teardown, uploads_are_met_exactly_once,
             also_when_the_list_changes_between_pages,
             one_page_back_is_the_page_before, no_results_asked_for,
             a_search_dries_up_at_500, a_chart_has_200_places,
             tokens_belong_to_their_list)
