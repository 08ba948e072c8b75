/* Starting: what sim_open() takes and refuses. */
#include "tests/sim/sim_t.h"

#include "sim/sim.h"

#include <string.h>

enum { MINUTE_MS = 60000 };

static struct sim_options small(void)
{
    struct sim_options o = SIM_OPTIONS_INIT;
    o.listen = "127.0.0.1:0";
    o.videos = 100;
    o.channels = 5;
    return o;
}

/* clang-format off */
static const struct { const char *name, *listen; int rc; } addresses[] = {
    { "a free port",           "127.0.0.1:0",        RC_OK },
    { "another loopback",      "127.9.9.9:0",        RC_OK },
    { "by name",               "localhost:0",        RC_OK },
    { "no port",               "127.0.0.1",          RC_INPUT },
    { "only a port",           "8089",               RC_INPUT },
    { "an empty host",         ":8089",              RC_INPUT },
    { "an empty port",         "127.0.0.1:",         RC_INPUT },
    { "a port too high",       "127.0.0.1:65536",    RC_INPUT },
    { "a host that is too long", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:0", RC_INPUT },
    { "all interfaces",        "0.0.0.0:0",          RC_DENIED },
    { "all of IPv6",           "[::]:0",             RC_DENIED },
    { "a private network",     "192.168.0.1:0",      RC_DENIED },
    { "loopback in disguise",  "128.0.0.1:0",        RC_DENIED },
    { "a name",                "example.com:0",      RC_DENIED },
    { "nothing",               NULL,                 RC_INPUT },
};
/* clang-format on */

START_TEST(it_listens_on_loopback_only)
{
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        struct sim_options o = small();
        struct err e = ERR_INIT;
        struct sim *s = NULL;
        o.listen = addresses[i].listen;
        T_RC(addresses[i].name, sim_open(&s, &o, &e), addresses[i].rc, &e);
        if (s)
            T_TRUE(addresses[i].name,
                   str_starts(str_of(sim_url(s)), STR("http://127.")));
        sim_close(s);
    }
}
END_TEST

START_TEST(a_port_is_taken_once)
{
    struct sim_options o = small();
    struct err e = ERR_INIT;
    struct sim *a, *b = NULL;
    T_OK(sim_open(&a, &o, &e), &e);
    o.listen = sim_url(a) + strlen("http://");
    T_RC("the same port", sim_open(&b, &o, &e), RC_EXISTS, &e);
    T_TRUE("nothing was opened", !b);
    sim_close(a);
}
END_TEST

/* Numbers of the options; the rest is as in small(). */
/* clang-format off */
static const struct {
    const char *name;
    int64_t quota, latency_ms, start_ms;
    int threads;
    uint64_t videos, channels;
    int rc;
} numbers[] = {
    { "as they are",            1, 0,             SIM_START_MS, 4,  100, 5, RC_OK },
    { "no quota at all",        0, 0,             SIM_START_MS, 4,  100, 5, RC_OK },
    { "a quota below 0",       -1, 0,             SIM_START_MS, 4,  100, 5, RC_INPUT },
    { "the longest latency",    1, MINUTE_MS,     SIM_START_MS, 4,  100, 5, RC_OK },
    { "a longer one",           1, MINUTE_MS + 1, SIM_START_MS, 4,  100, 5, RC_INPUT },
    { "a latency below 0",      1, -1,            SIM_START_MS, 4,  100, 5, RC_INPUT },
    { "a start in 1970",        1, 0,             0,            4,  100, 5, RC_INPUT },
    { "a start in 9999",        1, 0, INT64_C(253402300799000), 4,  100, 5, RC_INPUT },
    { "no thread",              1, 0,             SIM_START_MS, 0,  100, 5, RC_INPUT },
    { "the most threads",       1, 0,             SIM_START_MS, 64, 100, 5, RC_OK },
    { "one more",               1, 0,             SIM_START_MS, 65, 100, 5, RC_INPUT },
    { "no videos",              1, 0,             SIM_START_MS, 4,  0,   5, RC_OK },
    { "more channels than videos", 1, 0,          SIM_START_MS, 4,  4,   5, RC_INPUT },
};
/* clang-format on */

START_TEST(numbers_have_bounds)
{
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        struct sim_options o = small();
        struct err e = ERR_INIT;
        struct sim *s = NULL;
        o.quota_search = numbers[i].quota;
        o.latency = DUR_MS(numbers[i].latency_ms);
        o.start = (wall_t){ numbers[i].start_ms };
        o.threads = numbers[i].threads;
        o.videos = numbers[i].videos;
        o.channels = numbers[i].channels;
        T_RC(numbers[i].name, sim_open(&s, &o, &e), numbers[i].rc, &e);
        sim_close(s);
    }
}
END_TEST

START_TEST(files_that_are_not_there)
{
    struct sim_options o = small();
    struct err e = ERR_INIT;
    struct sim *s = NULL;
    o.faults_file = "/nonexistent/faults.json";
    T_RC("faults", sim_open(&s, &o, &e), RC_NOTFOUND, &e);
    o = small();
    o.replay_dir = "/nonexistent";
    T_RC("pages", sim_open(&s, &o, &e), RC_INPUT, &e);
    o = small();
    o.key = "";
    T_RC("a key", sim_open(&s, &o, &e), RC_INPUT, &e);
    T_TRUE("nothing was opened", !s);
    sim_close(NULL);
}
END_TEST

T_SUITE("sim.open", 30, it_listens_on_loopback_only, a_port_is_taken_once,
        numbers_have_bounds, files_that_are_not_there)
