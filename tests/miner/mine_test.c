/* tests/miner/mine_test.c - whole jobs against the simulator. */
#include "tests/miner/mine_kit.h"

#include <stdio.h>
#include <unistd.h>

enum { DAY_S = 24 * 3600 };

static const struct kit_setup world = { .videos = 2000, .channels = 40 };

static void mine_to_the_end(struct kit *k)
{
    T_OK(kit_mine(k), &k->e);
    kit_check_report(k);
    T_STR("stopped by", str_of(mine_stop_name(k->r.stopped_by)), "done");
}

START_TEST(a_harvest_is_the_catalogue_for_the_least_units)
{
    struct kit k;
    kit_open(&k, &world);
    size_t channels = kit_add_channels(&k);
    int64_t pages = kit_least_pages(&k);
    mine_to_the_end(&k);
    size_t n = kit_check_truth(&k);
    T_U64("asked", k.r.asked, n);
    T_U64("new or hidden", k.r.outcomes[MINE_NEW] + k.r.outcomes[MINE_HIDDEN],
          n);
    T_U64("channels", k.r.channels, channels);
    T_I64("channel calls", k.r.units_by_method[QUOTA_CHANNELS], 1);
    T_I64("pages", k.r.units_by_method[QUOTA_PLAYLIST_ITEMS], pages);
    T_I64("batches", k.r.units_by_method[QUOTA_VIDEOS], ((int64_t)n + 49) / 50);
    T_I64("the simulator's ledger", kit_sim_ledger(&k, "general.spent"),
          k.r.units[QUOTA_GENERAL]);
    T_I64("our ledger", kit_own_ledger(&k), k.r.units[QUOTA_GENERAL]);
    kit_close(&k);
}
END_TEST

START_TEST(a_second_run_has_nothing_to_do)
{
    struct kit k;
    kit_open(&k, &world);
    kit_add_channels(&k);
    mine_to_the_end(&k);
    mine_to_the_end(&k);
    T_U64("asked", k.r.asked, 0);
    T_U64("requests", k.r.requests, 0);
    kit_close(&k);
}
END_TEST

START_TEST(a_day_later_everything_is_refreshed)
{
    struct kit k;
    kit_open(&k, &world);
    kit_add_channels(&k);
    mine_to_the_end(&k);
    uint64_t first = k.r.asked;
    kit_pass(&k, DAY_S);
    mine_to_the_end(&k);
    T_TRUE("all asked", k.r.asked >= first);
    T_TRUE("49 outcomes a unit",
           k.r.asked >= 49 * (uint64_t)k.r.units_by_method[QUOTA_VIDEOS]);
    T_TRUE("some changed", k.r.outcomes[MINE_UPDATED] > 0);
    kit_pass(&k, DAY_S); /* what vanished is confirmed and deleted */
    mine_to_the_end(&k);
    kit_check_truth(&k);
    kit_close(&k);
}
END_TEST

START_TEST(quota_ends_a_day_and_the_next_goes_on)
{
    struct kit k;
    kit_open(&k, &world);
    kit_add_channels(&k);
    int64_t least = kit_least_pages(&k) + 1, total = 0;
    uint64_t asked = 0;
    int days = 0;
    k.ledger.limit[QUOTA_GENERAL] = 30;
    k.o.refresh_after = DUR_S(30 * DAY_S);
    do {
        T_OK(kit_mine(&k), &k.e);
        kit_check_report(&k);
        T_TRUE("within the limit", k.r.units[QUOTA_GENERAL] <= 30);
        T_I64("ledgers", kit_sim_ledger(&k, "general.spent"),
              k.r.units[QUOTA_GENERAL]);
        if (k.r.stopped_by == MINE_QUOTA)
            T_I64("all of it", k.r.units[QUOTA_GENERAL], 30);
        total += k.r.units[QUOTA_GENERAL];
        asked += k.r.asked;
        kit_pass(&k, DAY_S);
        T_TRUE("ends", ++days < 30);
    } while (k.r.stopped_by == MINE_QUOTA);
    size_t n;
    free(kit_stored(&k, &n));
    T_TRUE("each id asked once, but those that vanished",
           asked >= n && asked <= n + 20);
    T_TRUE("no page and no batch paid twice",
           total <= least + (int64_t)(asked + 49) / 50 + days);
    kit_close(&k);
}
END_TEST

START_TEST(the_servers_own_quota_closes_the_day_for_all)
{
    struct kit k;
    struct kit_setup small = world;
    small.sim_quota = 20;
    kit_open(&k, &small);
    kit_add_channels(&k);
    T_OK(kit_mine(&k), &k.e);
    kit_check_report(&k);
    T_I64("stopped by", k.r.stopped_by, MINE_QUOTA);
    T_TRUE("few were refused", k.r.requests <= 20 + 4);
    T_OK(kit_mine(&k), &k.e);
    T_I64("the next job asks nothing", (int64_t)k.r.requests, 0);
    T_I64("stopped by", k.r.stopped_by, MINE_QUOTA);
    kit_pass(&k, DAY_S);
    T_OK(kit_mine(&k), &k.e);
    T_TRUE("until the reset", k.r.requests >= 20);
    kit_close(&k);
}
END_TEST

START_TEST(units_and_time_end_a_job)
{
    struct kit k;
    kit_open(&k, &world);
    kit_add_channels(&k);
    k.o.units_max = 7;
    T_OK(kit_mine(&k), &k.e);
    kit_check_report(&k);
    T_I64("stopped by", k.r.stopped_by, MINE_UNITS);
    T_I64("units", k.r.units[QUOTA_GENERAL], 7);
    k.o.units_max = 0;
    k.o.until = clk_wall(&k.clock.clk);
    T_OK(kit_mine(&k), &k.e);
    T_I64("stopped by", k.r.stopped_by, MINE_TIME);
    T_I64("units", k.r.units[QUOTA_GENERAL], 0);
    kit_close(&k);
}
END_TEST

START_TEST(a_signal_ends_a_job_in_good_order)
{
    struct kit k;
    atomic_bool stop = true;
    kit_open(&k, &world);
    kit_add_channels(&k);
    k.o.stop = &stop;
    T_OK(kit_mine(&k), &k.e);
    kit_check_report(&k);
    T_I64("stopped by", k.r.stopped_by, MINE_SIGNAL);
    stop = false;
    mine_to_the_end(&k);
    kit_check_truth(&k);
    kit_close(&k);
}
END_TEST

START_TEST(a_plan_costs_nothing_and_is_right)
{
    struct kit k;
    kit_open(&k, &world);
    kit_add_channels(&k);
    k.o.plan_only = true;
    T_OK(kit_mine(&k), &k.e);
    T_I64("channels", k.r.units_by_method[QUOTA_CHANNELS], 1);
    T_I64("spent", kit_own_ledger(&k), 0);
    k.o.plan_only = false;
    mine_to_the_end(&k);
    kit_pass(&k, DAY_S);
    k.o.plan_only = true;
    T_OK(kit_mine(&k), &k.e);
    kit_check_report(&k);
    uint64_t asked = k.r.asked;
    int64_t batches = k.r.units_by_method[QUOTA_VIDEOS];
    k.o.plan_only = false;
    mine_to_the_end(&k);
    T_TRUE("ids", k.r.asked >= asked && k.r.asked <= asked + 100);
    T_TRUE("batches", k.r.units_by_method[QUOTA_VIDEOS] >= batches);
    kit_close(&k);
}
END_TEST

/* ---- given sources ---- */

START_TEST(only_what_is_given_is_mined)
{
    struct kit k;
    size_t n, mine = 0;
    kit_open(&k, &world);
    struct kit_video *truth = kit_truth(&k, &n);
    struct source only[2] = { { .kind = SOURCE_CHANNEL },
                              { .kind = SOURCE_VIDEO } };
    cid_text(truth[0].channel, only[0].ref);
    vid_text(truth[n - 1].id, only[1].ref);
    for (size_t i = 0; i < n; i++)
        mine += i == n - 1 || cid_eq(truth[i].channel, truth[0].channel);
    k.o.only = only;
    k.o.n_only = 2;
    mine_to_the_end(&k);
    T_U64("asked", k.r.asked, mine);
    mine_to_the_end(&k);
    T_U64("what is fresh is not asked again", k.r.requests, 0);
    kit_pass(&k, DAY_S);
    mine_to_the_end(&k);
    T_TRUE("what is old is", k.r.asked >= mine);
    free(truth);
    kit_close(&k);
}
END_TEST

/* The video at @at by itself and by its channel. */
static void name_twice(uint64_t videos, size_t at)
{
    struct kit k;
    struct kit_setup one = { .videos = videos, .channels = 1 };
    size_t n;
    kit_open(&k, &one);
    struct kit_video *truth = kit_truth(&k, &n);
    struct source only[2] = { { .kind = SOURCE_CHANNEL },
                              { .kind = SOURCE_VIDEO } };
    cid_text(truth[at].channel, only[0].ref);
    vid_text(truth[at].id, only[1].ref);
    k.o.threads = 1;
    k.o.only = only;
    k.o.n_only = 2;
    mine_to_the_end(&k);
    T_U64("asked", k.r.asked, n);
    T_U64("gone", k.r.outcomes[MINE_GONE], 0);
    free(truth);
    kit_close(&k);
}

START_TEST(an_id_named_twice_is_asked_once)
{
    name_twice(45, 0); /* its channel brings it in the same batch */
    for (size_t at = 0; at < 120; at += 30)
        name_twice(130, at); /* or in an earlier one */
}
END_TEST

START_TEST(a_source_named_twice_is_walked_once)
{
    struct kit k;
    size_t n;
    kit_open(&k, &world);
    struct kit_video *truth = kit_truth(&k, &n);
    struct source only[3] = { { .kind = SOURCE_CHANNEL },
                              { .kind = SOURCE_CHANNEL },
                              { .kind = SOURCE_VIDEO } };
    cid_text(truth[0].channel, only[0].ref);
    cid_text(truth[0].channel, only[1].ref);
    vid_text(truth[0].id, only[2].ref);
    k.o.only = only;
    k.o.n_only = 1;
    mine_to_the_end(&k);
    int64_t pages = k.r.units_by_method[QUOTA_PLAYLIST_ITEMS];
    kit_close(&k);
    struct source *given = only;
    struct kit again;
    kit_open(&again, &world);
    again.o.only = given;
    again.o.n_only = 3;
    mine_to_the_end(&again);
    T_I64("pages", again.r.units_by_method[QUOTA_PLAYLIST_ITEMS], pages);
    free(truth);
    kit_close(&again);
}
END_TEST

/* The ids that were met in the list of @src so far. */
static uint64_t videos_met(struct kit *k, const struct source *src)
{
    struct source kept = *src;
    T_OK(source_load(k->store, &kept, &k->e), &k->e);
    return kept.videos;
}

START_TEST(a_kept_playlist_mined_by_hand_is_counted_once)
{
    struct kit k;
    struct kit_setup one = { .videos = 130, .channels = 1 };
    size_t n;
    kit_open(&k, &one);
    struct kit_video *truth = kit_truth(&k, &n);
    struct source only = { .kind = SOURCE_PLAYLIST };
    cid_text(truth[0].channel, only.ref);
    only.ref[1] = 'U'; /* its uploads */
    T_OK(source_add(k.store, &only, &k.e), &k.e);
    mine_to_the_end(&k);
    T_U64("by itself", videos_met(&k, &only), n);
    k.o.only = &only;
    k.o.n_only = 1;
    mine_to_the_end(&k);
    T_I64("all of it", k.r.units_by_method[QUOTA_PLAYLIST_ITEMS], 3);
    T_U64("by hand", videos_met(&k, &only), n);
    free(truth);
    kit_close(&k);
}
END_TEST

START_TEST(unknown_ids_and_lists_are_gone)
{
    struct kit k;
    kit_open(&k, &world);
    struct source only[3] = {
        { .kind = SOURCE_VIDEO, .ref = "AAAAAAAAAAA" },
        { .kind = SOURCE_PLAYLIST, .ref = "PLnowhere" },
        { .kind = SOURCE_CHANNEL, .ref = "UCAAAAAAAAAAAAAAAAAAAAAA" },
    };
    k.o.only = only;
    k.o.n_only = 3;
    mine_to_the_end(&k);
    T_U64("asked", k.r.asked, 1);
    T_U64("gone", k.r.outcomes[MINE_GONE], 1);
    T_U64("gone lists", k.r.errors[7].n, 1);
    mine_to_the_end(&k);
    T_U64("looked for again only in a week", k.r.units[QUOTA_GENERAL], 1);
    kit_close(&k);
}
END_TEST

/* ---- keys ---- */

static int job_with_key(struct kit *k, const char *key)
{
    struct net_options o = NET_OPTIONS_INIT;
    struct secret secret;
    char url[128];
    snprintf(secret.bytes, sizeof(secret.bytes), "%s", key);
    snprintf(url, sizeof(url), "%s/youtube/v3", k->sim_url);
    o.base_url = url;
    o.key = &secret;
    T_OK(net_open(&k->o.net, &o, &k->e), &k->e);
    int rc = kit_mine(k);
    net_close(k->o.net);
    k->o.net = k->net;
    return rc;
}

START_TEST(a_refused_key_ends_the_job)
{
    static const char wrong[] = "AIzaTheWrongKey";
    struct kit k;
    kit_open(&k, &world);
    kit_add_channels(&k);
    T_RC("a wrong key", job_with_key(&k, wrong), RC_DENIED, &k.e);
    kit_check_report(&k);
    T_I64("stopped by", k.r.stopped_by, MINE_ERROR);
    T_TRUE("the API's reason", strstr(k.e.msg, "API_KEY_INVALID"));
    T_TRUE("not the key", !strstr(k.e.msg, wrong) && !strstr(k.r.why, wrong));
    T_TRUE("at once", k.r.requests <= 4);
    kit_close(&k);
}
END_TEST

START_TEST(a_probe_tells_whether_the_key_works)
{
    struct kit k;
    wall_t now = { SIM_START_MS };
    kit_open(&k, &world);
    T_OK(quota_open(&k.o.quota, &k.ledger, &k.e), &k.e);
    T_OK(mine_probe(k.net, k.o.quota, now, true, &k.e), &k.e);
    T_I64("one unit", kit_sim_ledger(&k, "general.spent"), 1);
    struct net_options o = NET_OPTIONS_INIT;
    struct secret secret = { .bytes = "AIzaTheWrongKey" };
    char url[128];
    struct net *n;
    snprintf(url, sizeof(url), "%s/youtube/v3", k.sim_url);
    o.base_url = url;
    o.key = &secret;
    T_OK(net_open(&n, &o, &k.e), &k.e);
    T_RC("a wrong key", mine_probe(n, k.o.quota, now, true, &k.e), RC_DENIED,
         &k.e);
    net_close(n);
    quota_close(k.o.quota, now);
    kit_close(&k);
}
END_TEST

/* ---- one job at a time ---- */

START_TEST(a_lease_that_is_held_refuses_the_job)
{
    struct kit k;
    struct lease l;
    char holder[128];
    kit_open(&k, &world);
    kit_add_channels(&k);
    lease_holder(holder); /* this process, which is alive */
    T_OK(lease_take(k.store, "job", holder, DUR_S(60), clk_wall(&k.clock.clk),
                    &l, &k.e),
         &k.e);
    T_RC("held", kit_mine(&k), RC_AGAIN, &k.e);
    T_TRUE("until", k.e.retry_at_ms > 0);
    T_U64("requests", k.r.requests, 0);
    lease_drop(k.store, &l);
    mine_to_the_end(&k);
    kit_close(&k);
}
END_TEST

static int read_report(void *ctx, const char *key, uint64_t version,
                       struct str body)
{
    (void)key, (void)version;
    struct buf *b = ctx;
    buf_reset(b);
    buf_str(b, body);
    return RC_OK;
}

START_TEST(the_report_is_kept)
{
    struct kit k;
    struct buf kept = BUF_INIT(65536), told = BUF_INIT(65536);
    kit_open(&k, &world);
    kit_add_channels(&k);
    mine_to_the_end(&k);
    T_OK(report_each(k.store, 1, read_report, &kept, &k.e), &k.e);
    mine_report_json(&k.r, &told);
    T_STR("kept as told", buf_view(&kept), told.p);
    buf_fini(&kept);
    buf_fini(&told);
    kit_close(&k);
}
END_TEST

T_SUITE("miner.mine", 120, a_harvest_is_the_catalogue_for_the_least_units,
        a_second_run_has_nothing_to_do, a_day_later_everything_is_refreshed,
        quota_ends_a_day_and_the_next_goes_on,
        the_servers_own_quota_closes_the_day_for_all, units_and_time_end_a_job,
        a_signal_ends_a_job_in_good_order, a_plan_costs_nothing_and_is_right,
        only_what_is_given_is_mined, an_id_named_twice_is_asked_once,
        a_source_named_twice_is_walked_once,
        a_kept_playlist_mined_by_hand_is_counted_once,
        unknown_ids_and_lists_are_gone, a_refused_key_ends_the_job,
        a_probe_tells_whether_the_key_works,
        a_lease_that_is_held_refuses_the_job, the_report_is_kept)
