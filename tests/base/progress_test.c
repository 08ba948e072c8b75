/* tests/base/progress_test.c - whole lines once a minute off a terminal. */
#include "base/progress.h"
#include "tests/base/fake_clk.h"
#include "tests/t.h"

#include <unistd.h>

static const char *written(int ends[2], char *text, size_t room)
{
    close(ends[1]);
    size_t n = 0;
    for (ssize_t got = 1; got > 0; n += (size_t)got)
        got = read(ends[0], text + n, room - 1 - n);
    text[n] = '\0';
    close(ends[0]);
    return text;
}

START_TEST(a_line_a_minute_in_a_log)
{
    struct fake_clk clk;
    struct progress p;
    int ends[2];
    char text[2000];
    fake_clk_init(&clk, 0);
    ck_assert_int_eq(pipe(ends), 0);
    progress_init(&p, ends[1], &clk.clk, "importing", 1000);
    ck_assert(!p.tty);
    progress_at(&p, 0, NULL);
    fake_clk_pass(&clk, 59999);
    progress_at(&p, 300, NULL);
    fake_clk_pass(&clk, 1);
    progress_at(&p, 300, NULL);
    fake_clk_pass(&clk, 30000);
    progress_at(&p, 500, NULL);
    fake_clk_pass(&clk, 30000);
    progress_at(&p, 1200, "more than told");
    progress_end(&p);
    ck_assert_str_eq(written(ends, text, sizeof(text)),
                     "importing: 300 of 1000 (30 %), 5/s\n"
                     "importing: 1200 of 1000 (100 %), 10/s, more than told\n");
}
END_TEST

START_TEST(an_unknown_total_shows_no_share)
{
    struct fake_clk clk;
    struct progress p;
    int ends[2];
    char text[2000];
    fake_clk_init(&clk, 0);
    ck_assert_int_eq(pipe(ends), 0);
    progress_init(&p, ends[1], &clk.clk, "reading", 0);
    fake_clk_pass(&clk, 60000);
    progress_at(&p, 6, NULL);
    ck_assert_str_eq(written(ends, text, sizeof(text)), "reading: 6, 0/s\n");
}
END_TEST

START_TEST(a_bar_is_drawn_over_and_erased)
{
    struct fake_clk clk;
    struct progress p;
    int ends[2];
    char text[2000];
    fake_clk_init(&clk, 0);
    ck_assert_int_eq(pipe(ends), 0);
    progress_init(&p, ends[1], &clk.clk, "ranking", 10);
    p.tty = true; /* as on a terminal */
    fake_clk_pass(&clk, 199);
    progress_at(&p, 1, NULL);
    fake_clk_pass(&clk, 1);
    progress_at(&p, 2, NULL);
    progress_end(&p);
    progress_end(&p);
    ck_assert_str_eq(written(ends, text, sizeof(text)),
                     "\r\033[Kranking: 2 of 10 (20 %), 10/s\r\033[K");
}
END_TEST

START_TEST(silence_is_silent)
{
    struct fake_clk clk;
    struct progress p;
    fake_clk_init(&clk, 0);
    progress_init(&p, -1, &clk.clk, "x", 1);
    fake_clk_pass(&clk, 600000);
    progress_at(&p, 1, NULL);
    progress_end(&p);
    ck_assert(!p.drawn);
}
END_TEST

T_SUITE("base.progress", 10, a_line_a_minute_in_a_log,
        an_unknown_total_shows_no_share, a_bar_is_drawn_over_and_erased,
        silence_is_silent)
