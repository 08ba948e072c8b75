/* tests/api/drain_test.c - a stop waits for requests that are under way. */
#include "api/api_priv.h"
#include "tests/t.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

static void no_status(void *ctx, struct jsonw *w)
{
    (void)ctx, (void)w;
}

static void no_metrics(void *ctx, struct buf *out)
{
    (void)ctx, (void)out;
}

static struct api *opened(void)
{
    struct err e = ERR_INIT;
    struct api *a = NULL;
    struct api_options o = { .listen = "127.0.0.1:0",
                             .sources = { NULL, no_status, no_metrics },
                             .clk = clk_real(),
                             .threads = 1,
                             .request_timeout = DUR_S(10) };
    T_OK(api_open(&a, &o, &e), &e);
    return a;
}

/* Send a request without its end, and wait until it is under way. */
static int begun_request(struct api *a)
{
    static const char text[] = "GET /health HTTP/1.1\r\nHost: a\r\nX-Slow: ";
    struct err e = ERR_INIT;
    struct listen_address l;
    T_OK(listen_parse(api_url(a) + strlen("http://"), &l, &e), &e);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(
        connect(fd, (const struct sockaddr *)(const void *)&l.addr, l.len), 0);
    ck_assert_int_eq(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
    while (atomic_load(&a->in_flight) == 0) /* the suite has a time limit */
        clk_real()->wait(clk_real(), wall_add(clk_wall(clk_real()), DUR_MS(1)),
                         NULL);
    return fd;
}

static void on_alarm(int number)
{
    (void)number;
}

/* timeout(1) sends SIGTERM twice: the second one meets the wait. */
START_TEST(a_signal_does_not_end_the_wait)
{
    struct sigaction alarm = { .sa_handler = on_alarm };
    struct itimerval often = { .it_interval = { .tv_usec = 20000 },
                               .it_value = { .tv_usec = 20000 } };
    struct itimerval never = { .it_interval = { .tv_usec = 0 } };
    struct api *a = opened();
    int fd = begun_request(a);
    ck_assert_int_eq(sigaction(SIGALRM, &alarm, NULL), 0);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
    mono_t begun = clk_mono(clk_real());
    api_stop(a, DUR_MS(300));
    int64_t waited_ms = mono_since(begun, clk_mono(clk_real())).ms;
    ck_assert_int_eq(setitimer(ITIMER_REAL, &never, NULL), 0);
    ck_assert_msg(waited_ms >= 299, "waited %d ms", (int)waited_ms);
    close(fd);
    api_close(a);
}
END_TEST

START_TEST(a_stop_ends_with_the_last_request)
{
    struct api *a = opened();
    int fd = begun_request(a);
    ck_assert_int_eq(write(fd, "x\r\n\r\n", 5), 5);
    mono_t begun = clk_mono(clk_real());
    api_stop(a, DUR_S(60));
    int64_t waited_s = mono_since(begun, clk_mono(clk_real())).ms / 1000;
    ck_assert_msg(waited_s < 30, "waited %d s", (int)waited_s);
    close(fd);
    api_close(a);
}
END_TEST

T_SUITE("api.drain", 60, a_signal_does_not_end_the_wait,
        a_stop_ends_with_the_last_request)
