/* tests/contract/above.c - leases, sources, reports, rank epochs. */
#include "tests/contract/contract.h"

#include "base/thr.h"

#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static const wall_t noon = { 1800000000000 };

static wall_t later(int64_t s)
{
    return wall_add(noon, DUR_S(s));
}

/* ---- leases ---- */

static int take(const char *holder, wall_t now, struct lease *ret)
{
    return lease_take(fx.s, "job", holder, DUR_S(60), now, ret, &fx.e);
}

START_TEST(a_lease_has_one_holder)
{
    struct lease a, b;
    T_OK(take("far:1:1@1", noon, &a), &fx.e);
    T_U64("the first token", a.token, 1);
    T_STR("the holder", str_of(a.holder), "far:1:1@1");
    T_RC("another one", take("far:2:1@1", later(59), &b), RC_AGAIN, &fx.e);
    T_I64("told when to come again", fx.e.retry_at_ms, later(60).ms);
    T_TRUE("told who", strstr(fx.e.msg, "process 1 on far") != NULL);
    T_RC("not even the same one twice", take("far:1:1@1", noon, &b), RC_AGAIN,
         &fx.e);
    T_OK(lease_take(fx.s, "rank", "far:2:1@1", DUR_S(1), noon, &b, &fx.e),
         &fx.e);
    T_U64("another lease has tokens of its own", b.token, 1);
}
END_TEST

START_TEST(a_lease_ends_with_its_time)
{
    struct lease a, b;
    T_OK(take("far:1:1@1", noon, &a), &fx.e);
    T_OK(take("far:2:1@1", later(60), &b), &fx.e);
    T_U64("a newer token", b.token, 2);
    T_RC("the old holder learns it",
         lease_renew(fx.s, &a, DUR_S(60), later(61), &fx.e), RC_FENCED, &fx.e);
    lease_drop(fx.s, &a);
    T_RC("and cannot give away what is not its own",
         take("far:3:1@1", later(61), &a), RC_AGAIN, &fx.e);
}
END_TEST

START_TEST(a_renewed_lease_goes_on)
{
    struct lease a, b;
    T_OK(take("far:1:1@1", noon, &a), &fx.e);
    T_OK(lease_renew(fx.s, &a, DUR_S(60), later(50), &fx.e), &fx.e);
    T_RC("held for longer", take("far:2:1@1", later(109), &b), RC_AGAIN, &fx.e);
    T_OK(lease_renew(fx.s, &a, DUR_S(60), later(500), &fx.e), &fx.e);
    T_U64("also after its time, if nobody came", a.token, 1);
}
END_TEST

START_TEST(a_dropped_lease_is_free_and_its_token_grows)
{
    struct lease a;
    T_OK(take("far:1:1@1", noon, &a), &fx.e);
    lease_drop(fx.s, &a);
    lease_drop(fx.s, &a);
    T_RC("nothing to renew", lease_renew(fx.s, &a, DUR_S(1), noon, &fx.e),
         RC_FENCED, &fx.e);
    T_OK(take("far:1:1@1", noon, &a), &fx.e);
    T_U64("token", a.token, 2);
}
END_TEST

static void die_with_lease(const char *uri_or_null)
{
    struct lease l;
    char holder[128];
    struct store *s = fx.s;
    (void)uri_or_null;
    lease_holder(holder);
    if (column->keeps) {
        struct store_options o = { .uri = fx.uri, .clk = clk_real() };
        if (store_open(&s, &o, NULL))
            _exit(1);
    }
    _exit(lease_take(s, "job", holder, DUR_S(60), noon, &l, NULL) ? 1 : 0);
}

/* The holder of a process that has ended; it took the lease if the store
 * is one that keeps. */
static void dead_holder(char out[static 128])
{
    int ends[2];
    T_TRUE("pipe", pipe(ends) == 0);
    pid_t child = fork();
    T_TRUE("fork", child >= 0);
    if (child == 0) {
        lease_holder(out);
        if (write(ends[1], out, 128) != 128)
            _exit(1);
        die_with_lease(fx.uri);
    }
    T_TRUE("its name", read(ends[0], out, 128) == 128);
    int status = 0;
    T_TRUE("its end", waitpid(child, &status, 0) == child);
    T_I64("its exit code", status, 0);
    close(ends[0]);
    close(ends[1]);
}

START_TEST(a_dead_holder_of_this_machine_is_followed_at_once)
{
    char dead[128], me[128];
    struct lease a;
    dead_holder(dead);
    lease_holder(me);
    if (!column->keeps)
        T_OK(take(dead, noon, &a), &fx.e);
    T_OK(take(me, noon, &a), &fx.e);
    T_U64("a newer token", a.token, 2);
}
END_TEST

START_TEST(a_live_holder_is_not_followed)
{
    char me[128], other[128];
    struct lease a, b;
    lease_holder(me);
    T_OK(take(me, noon, &a), &fx.e);
    T_RC("alive", take("far:1:1@1", noon, &b), RC_AGAIN, &fx.e);
    lease_drop(fx.s, &a);
    /* The same pid with another start is another process: this one's pid
     * was used before, by one that is dead. */
    snprintf(other, sizeof(other), "%s", me);
    char *start = strrchr(other, ':') + 1;
    *start = *start == '9' ? '8' : '9';
    T_OK(take(other, noon, &a), &fx.e);
    T_OK(take(me, noon, &b), &fx.e);
    T_U64("a newer token", b.token, a.token + 1);
}
END_TEST

static const char *const odd_holders[] = {
    "x",
    "far",
    ":::@",
    "@",
    "a:b:c@d",
    "far:0:0@0",
    "far:99999999999:1@1",
    "far:-1:1@1",
    "a b:1:1@1",
};

START_TEST(a_holder_that_cannot_be_judged_counts_as_alive)
{
    for (size_t i = 0; i < ARRAY_LEN(odd_holders); i++) {
        struct lease a, b;
        T_OK(take(odd_holders[i], noon, &a), &fx.e);
        T_RC(odd_holders[i], take("far:2:1@1", noon, &b), RC_AGAIN, &fx.e);
        lease_drop(fx.s, &a);
    }
    struct lease a;
    T_RC("a holder must have a name", take("", noon, &a), RC_INPUT, &fx.e);
    T_RC("a lease too, and one that fits",
         lease_take(fx.s, "a-name-that-is-longer-than-31-byt", "h", DUR_S(1),
                    noon, &a, &fx.e),
         RC_INPUT, &fx.e);
}
END_TEST

static const char *const bad_leases[] = {
    "",
    "{",
    "[]",
    "{}",
    "{\"token\":\"x\",\"holder\":\"a\",\"expires\":1}",
    "{\"token\":1,\"holder\":2,\"expires\":1}",
    "{\"token\":-1,\"holder\":\"a\",\"expires\":1}",
};

START_TEST(a_damaged_lease_is_told)
{
    struct lease a;
    for (size_t i = 0; i < ARRAY_LEN(bad_leases); i++) {
        T_OK(store_doc_put(fx.s, "lease/job", STORE_DOC_ANY,
                           str_of(bad_leases[i]), 0, NULL, &fx.e),
             &fx.e);
        T_RC(bad_leases[i], take("far:1:1@1", noon, &a), RC_CORRUPT, &fx.e);
    }
}
END_TEST

enum { TAKERS = 8 };
static struct lease taken[TAKERS];
static int took[TAKERS];

static void *take_once(void *arg)
{
    size_t i = (size_t)((int *)arg - took);
    char holder[128];
    snprintf(holder, sizeof(holder), "far:%zu:1@1", i + 1);
    took[i] = lease_take(fx.s, "job", holder, DUR_S(60), noon, &taken[i], NULL);
    return NULL;
}

START_TEST(of_many_takers_one_wins)
{
    struct thr t[TAKERS] = { { .started = false } };
    int winners = 0;
    for (size_t i = 0; i < TAKERS; i++)
        T_OK(thr_start(&t[i], "taker", take_once, &took[i], &fx.e), &fx.e);
    for (size_t i = 0; i < TAKERS; i++) {
        thr_join(&t[i]);
        T_TRUE("held or taken", took[i] == RC_OK || took[i] == RC_AGAIN);
        winners += took[i] == RC_OK;
    }
    T_I64("winners", winners, 1);
}
END_TEST

static const TTest **const lease_tests[] = {
    &a_lease_has_one_holder,
    &a_lease_ends_with_its_time,
    &a_renewed_lease_goes_on,
    &a_dropped_lease_is_free_and_its_token_grows,
    &a_dead_holder_of_this_machine_is_followed_at_once,
    &a_live_holder_is_not_followed,
    &a_holder_that_cannot_be_judged_counts_as_alive,
    &a_damaged_lease_is_told,
    &of_many_takers_one_wins,
    NULL
};

/* ---- sources ---- */

static struct source source_of(const char *text)
{
    struct source src;
    T_OK(source_parse(str_of(text), &src, &fx.e), &fx.e);
    return src;
}

START_TEST(a_source_is_added_once_and_removed_once)
{
    struct source a = source_of("@somebody");
    T_RC("absent", source_load(fx.s, &a, &fx.e), RC_NOTFOUND, &fx.e);
    T_RC("absent", source_remove(fx.s, &a, &fx.e), RC_NOTFOUND, &fx.e);
    T_RC("absent", source_save(fx.s, &a, 0, &fx.e), RC_NOTFOUND, &fx.e);
    T_OK(source_add(fx.s, &a, &fx.e), &fx.e);
    T_RC("twice", source_add(fx.s, &a, &fx.e), RC_EXISTS, &fx.e);
    T_OK(source_load(fx.s, &a, &fx.e), &fx.e);
    T_OK(source_remove(fx.s, &a, &fx.e), &fx.e);
    T_RC("removed", source_save(fx.s, &a, 0, &fx.e), RC_NOTFOUND, &fx.e);
    T_OK(source_add(fx.s, &a, &fx.e), &fx.e);
}
END_TEST

static _Atomic bool saving;

/* Save, over and over, the source that somebody else removes. */
static void *save_source(void *arg)
{
    while (atomic_load(&saving)) {
        int rc = source_save(fx.s, arg, 0, NULL);
        if (rc && rc != RC_NOTFOUND && rc != RC_EXISTS)
            abort();
    }
    return NULL;
}

START_TEST(a_removed_source_is_not_brought_back)
{
    struct source a = source_of("@somebody");
    for (int i = 0; i < 30; i++) {
        struct source gone = a;
        struct thr t = { .started = false };
        T_OK(source_add(fx.s, &a, &fx.e), &fx.e);
        atomic_store(&saving, true);
        T_OK(thr_start(&t, "saver", save_source, &a, &fx.e), &fx.e);
        for (int k = 0; k < 5; k++)
            T_OK(source_load(fx.s, &gone, &fx.e), &fx.e);
        T_OK(source_remove(fx.s, &gone, &fx.e), &fx.e);
        atomic_store(&saving, false);
        thr_join(&t);
        T_RC("removed for good", source_load(fx.s, &gone, &fx.e), RC_NOTFOUND,
             &fx.e);
    }
}
END_TEST

START_TEST(all_of_a_source_comes_back)
{
    struct source a = source_of("UC_x5XG1OV2P6uZZ5FSM9Ttw");
    T_OK(source_add(fx.s, &a, &fx.e), &fx.e);
    a.added_at = 1;
    a.last_run_at = INT64_C(253402300799);
    a.videos = UINT64_C(1) << 53;
    snprintf(a.playlist, sizeof(a.playlist), "UU_x5XG1OV2P6uZZ5FSM9Ttw");
    memset(a.page_token, '"', sizeof(a.page_token) - 1);
    a.walking = true;
    a.list_count = 5000;
    a.gone_since = 3;
    T_OK(source_save(fx.s, &a, 4, &fx.e), &fx.e);
    reopen();
    struct source b = { .kind = a.kind };
    memcpy(b.ref, a.ref, sizeof(b.ref));
    T_OK(source_load(fx.s, &b, &fx.e), &fx.e);
    T_TRUE("kind and ref",
           b.kind == SOURCE_CHANNEL && strcmp(a.ref, b.ref) == 0);
    T_I64("added", b.added_at, a.added_at);
    T_I64("last run", b.last_run_at, a.last_run_at);
    T_U64("videos", b.videos, a.videos);
    T_STR("playlist", str_of(b.playlist), a.playlist);
    T_STR("page token", str_of(b.page_token), a.page_token);
    T_TRUE("flags", b.walking && !b.walked);
    T_U64("list count", b.list_count, a.list_count);
    T_I64("gone since", b.gone_since, a.gone_since);
    T_RC("an older job cannot write it", source_save(fx.s, &a, 3, &fx.e),
         RC_FENCED, &fx.e);
}
END_TEST

static int join_source(void *ctx, const struct source *src)
{
    buf_f(ctx, "%s:%s ", source_kind_text(src->kind), src->ref);
    return RC_OK;
}

START_TEST(each_source_is_visited)
{
    static const char *const texts[] = {
        "dQw4w9WgXcQ",
        "-QPy9CYaF3w",
        "@b",
        "@a",
        "PLFgquLnL59alCl_2TQvOiD5Vgm1hCaGSI",
    };
    struct buf b = BUF_INIT(4096);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct source a = source_of(texts[i]);
        T_OK(source_add(fx.s, &a, &fx.e), &fx.e);
    }
    T_OK(source_each(fx.s, join_source, &b, &fx.e), &fx.e);
    T_STR("all", buf_view(&b),
          "handle:@a handle:@b playlist:PLFgquLnL59alCl_2TQvOiD5Vgm1hCaGSI "
          "video:-QPy9CYaF3w video:dQw4w9WgXcQ ");
    buf_fini(&b);
}
END_TEST

static const char *const bad_sources[] = {
    "",
    "nonsense",
    "[]",
    "{}",
    "{\"kind\":\"handle\"}",
    "{\"kind\":\"nobody\",\"ref\":\"@a\"}",
    "{\"kind\":\"handle\",\"ref\":\"\"}",
    "{\"kind\":\"handle\",\"ref\":\"@a\",\"videos\":-1}",
    "{\"kind\":\"handle\",\"ref\":\"@a\",\"walking\":1}",
    "{\"kind\":\"handle\",\"ref\":\"@a\",\"playlist\":\""
    "0123456789012345678901234567890123456789012345678901234567890123\"}",
};

START_TEST(a_damaged_source_is_told_by_its_key)
{
    struct buf b = BUF_INIT(4096);
    for (size_t i = 0; i < ARRAY_LEN(bad_sources); i++) {
        T_OK(store_doc_put(fx.s, "source/handle/@a", STORE_DOC_ANY,
                           str_of(bad_sources[i]), 0, NULL, &fx.e),
             &fx.e);
        T_RC(bad_sources[i], source_each(fx.s, join_source, &b, &fx.e),
             RC_CORRUPT, &fx.e);
        T_TRUE("the key", strstr(fx.e.msg, "source/handle/@a") != NULL);
    }
    T_OK(store_doc_put(fx.s, "source/handle/@a", STORE_DOC_ANY,
                       STR("{\"kind\":\"handle\",\"ref\":\"@a\",\"new\":1}"), 0,
                       NULL, &fx.e),
         &fx.e);
    T_OK(source_each(fx.s, join_source, &b, &fx.e), &fx.e);
    T_STR("members may be missing, and unknown ones be there", buf_view(&b),
          "handle:@a ");
    buf_fini(&b);
}
END_TEST

static const TTest **const source_tests[] = {
    &a_source_is_added_once_and_removed_once,
    &a_removed_source_is_not_brought_back,
    &all_of_a_source_comes_back,
    &each_source_is_visited,
    &a_damaged_source_is_told_by_its_key,
    NULL
};

/* ---- reports ---- */

static int join_report(void *ctx, const char *id, uint64_t version,
                       struct str body)
{
    (void)version;
    buf_f(ctx, "%s=%.*s ", id, STR_ARG(body));
    return RC_OK;
}

START_TEST(the_newest_reports_stay)
{
    struct buf b = BUF_INIT(65536);
    T_OK(report_each(fx.s, 9, join_report, &b, &fx.e), &fx.e);
    T_U64("none yet", b.n, 0);
    for (int i = 1; i <= REPORTS_KEPT + 5; i++) {
        char id[16], json[32];
        snprintf(id, sizeof(id), "%04d", i);
        snprintf(json, sizeof(json), "{%d}", i);
        T_OK(report_put(fx.s, id, str_of(json), 0, &fx.e), &fx.e);
    }
    T_OK(report_each(fx.s, 3, join_report, &b, &fx.e), &fx.e);
    T_STR("newest first", buf_view(&b), "0105={105} 0104={104} 0103={103} ");
    T_OK(report_put(fx.s, "0104", STR("{again}"), 0, &fx.e), &fx.e);
    buf_reset(&b);
    T_OK(report_each(fx.s, 2, join_report, &b, &fx.e), &fx.e);
    T_STR("replaced", buf_view(&b), "0105={105} 0104={again} ");
    buf_reset(&b);
    T_OK(report_each(fx.s, 1000, join_report, &b, &fx.e), &fx.e);
    T_TRUE("the oldest ones are gone", !strstr(b.p, "0005="));
    T_TRUE("the hundredth stays", strstr(b.p, "0006=") != NULL);
    buf_fini(&b);
}
END_TEST

static const TTest **const report_tests[] = { &the_newest_reports_stay, NULL };

/* ---- rank epochs ---- */

START_TEST(an_epoch_replaces_the_one_before)
{
    struct buf b = BUF_INIT(4096);
    uint64_t id = 99;
    T_RC("none yet", epoch_get(fx.s, &b, &id, &fx.e), RC_NOTFOUND, &fx.e);
    T_OK(epoch_id(fx.s, &id, &fx.e), &fx.e);
    T_U64("none yet", id, 0);
    T_RC("empty", epoch_put(fx.s, STR(""), 0, &id, &fx.e), RC_INPUT, &fx.e);
    T_OK(epoch_put(fx.s, STR("{1}"), 3, &id, &fx.e), &fx.e);
    T_U64("first", id, 1);
    T_OK(epoch_put(fx.s, STR("{2}"), 3, &id, &fx.e), &fx.e);
    T_U64("second", id, 2);
    T_RC("an older job", epoch_put(fx.s, STR("{3}"), 2, &id, &fx.e), RC_FENCED,
         &fx.e);
    reopen();
    id = 0;
    T_OK(epoch_get(fx.s, &b, &id, &fx.e), &fx.e);
    T_STR("current", buf_view(&b), "{2}");
    T_U64("its id", id, 2);
    T_OK(epoch_id(fx.s, &id, &fx.e), &fx.e);
    T_U64("its id alone", id, 2);
    buf_reset(&b);
    T_OK(store_doc_get(fx.s, "rank/previous", &b, NULL, &fx.e), &fx.e);
    T_STR("the one before", buf_view(&b), "{1}");
    buf_fini(&b);
}
END_TEST

static const TTest **const epoch_tests[] = { &an_epoch_replaces_the_one_before,
                                             NULL };

const struct contract_case above_cases[] = {
    { "lease", lease_tests },
    { "sources", source_tests },
    { "reports", report_tests },
    { "epochs", epoch_tests },
    { NULL, NULL },
};
