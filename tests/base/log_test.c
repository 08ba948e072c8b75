/* tests/base/log_test.c - log lines byte for byte, under a fake clock. */
#include "base/buf.h"
#include "base/log.h"
#include "tests/base/fake_clk.h"
#include "tests/t.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#define CANARY "canary-5ecret"

struct rig {
    struct fake_clk clk;
    struct log *log;
    int ends[2]; /* of a pipe */
    char text[8192];
};

static void rig_open(struct rig *r, enum log_level level,
                     enum log_format format)
{
    fake_clk_init(&r->clk, 1795161600123); /* 2026-11-20T08:00:00.123Z */
    ck_assert_int_eq(pipe(r->ends), 0);
    r->log = log_open(r->ends[1], level, format, &r->clk.clk);
    ck_assert_ptr_nonnull(r->log);
}

/* Close the log and return all that it wrote. */
static const char *rig_close(struct rig *r)
{
    log_close(r->log);
    close(r->ends[1]);
    size_t n = 0;
    for (ssize_t got = 1; got > 0; n += (size_t)got)
        got = read(r->ends[0], r->text + n, sizeof(r->text) - 1 - n);
    r->text[n] = '\0';
    close(r->ends[0]);
    return r->text;
}

static void write_examples(struct log *l)
{
    log_event(l, LOG_INFO, "miner", "job_end", "units=%d share=%.2f name=%s", 7,
              0.25, "plain");
    log_event(l, LOG_WARN, "api", "slow", NULL);
    log_event(l, LOG_ERROR, "store", "full", "path=\"%s\" why=%s", "/a b",
              "no space left");
    log_event(l, LOG_INFO, "x", "hostile", "title=%s q=\"%s\" n=%d",
              "a level=error\n\"x\" \\", "b\" n=9 c=\"d", 3);
    log_event(l, LOG_INFO, "x", "edge", "empty=%s eq=%s bad=%s nan=%f lit=12",
              "", "a=b", "\xff", (double)NAN);
    log_event(l, LOG_DEBUG, "x", "unseen", "k=%d", 1);
}

START_TEST(text_form)
{
    struct rig r;
    rig_open(&r, LOG_INFO, LOG_TEXT);
    write_examples(r.log);
    const char *front = "2026-11-20T08:00:00.123Z ";
    char want[2000];
    snprintf(want, sizeof(want),
             "%sinfo miner job_end units=7 share=0.25 name=plain\n"
             "%swarn api slow\n"
             "%serror store full path=\"/a b\" why=\"no space left\"\n"
             "%sinfo x hostile title=\"a level=error\\n\\\"x\\\" \\\\\" "
             "q=\"b\\\" n=9 c=\\\"d\" n=3\n"
             "%sinfo x edge empty=\"\" eq=\"a=b\" bad=\"\xef\xbf\xbd\" nan=nan "
             "lit=12\n",
             front, front, front, front, front);
    ck_assert_str_eq(rig_close(&r), want);
}
END_TEST

START_TEST(json_form)
{
    struct rig r;
    rig_open(&r, LOG_INFO, LOG_JSON);
    write_examples(r.log);
    const char *front = "{\"ts\":\"2026-11-20T08:00:00.123Z\",\"level\":";
    char want[2000];
    snprintf(want, sizeof(want),
             "%s\"info\",\"comp\":\"miner\",\"ev\":\"job_end\",\"units\":7,"
             "\"share\":0.25,\"name\":\"plain\"}\n"
             "%s\"warn\",\"comp\":\"api\",\"ev\":\"slow\"}\n"
             "%s\"error\",\"comp\":\"store\",\"ev\":\"full\","
             "\"path\":\"/a b\",\"why\":\"no space left\"}\n"
             "%s\"info\",\"comp\":\"x\",\"ev\":\"hostile\","
             "\"title\":\"a level=error\\n\\\"x\\\" \\\\\","
             "\"q\":\"b\\\" n=9 c=\\\"d\",\"n\":3}\n"
             "%s\"info\",\"comp\":\"x\",\"ev\":\"edge\",\"empty\":\"\",\"eq\":"
             "\"a=b\","
             "\"bad\":\"\xef\xbf\xbd\",\"nan\":\"nan\",\"lit\":\"12\"}\n",
             front, front, front, front, front);
    ck_assert_str_eq(rig_close(&r), want);
}
END_TEST

START_TEST(a_value_cannot_pose_as_a_pair)
{
    struct rig r;
    rig_open(&r, LOG_INFO, LOG_TEXT);
    log_event(r.log, LOG_INFO, "x", "y", "a=%s b=%d",
              "1\x1f"
              "b=2",
              3);
    ck_assert_str_eq(rig_close(&r), "2026-11-20T08:00:00.123Z info x y "
                                    "text=\"a=1\\u001fb=2\\u001fb=3\"\n");
}
END_TEST

START_TEST(a_long_event_is_cut_and_stays_one_line)
{
    struct rig r;
    static char endless[6000];
    memset(endless, '\x01', sizeof(endless) - 1);
    rig_open(&r, LOG_INFO, LOG_JSON);
    log_event(r.log, LOG_INFO, "x", "y", "a=%s", "short");
    r.clk.wall.ms++;
    log_event(NULL, LOG_INFO, "x", "y", "a=%s", "nowhere");
    int held = dup(r.ends[0]);
    ck_assert_int_gt(held, 0);
    log_event(r.log, LOG_INFO, "x", "y", "n=1 a=%.1000s", endless);
    const char *text = rig_close(&r);
    close(held);
    size_t n = strlen(text);
    ck_assert_uint_lt(n, 8000);
    ck_assert_str_eq(text + n - 9, "\\u0001\"}\n");
}
END_TEST

START_TEST(levels_are_a_threshold)
{
    struct rig r;
    rig_open(&r, LOG_WARN, LOG_TEXT);
    ck_assert(log_on(r.log, LOG_ERROR) && log_on(r.log, LOG_WARN));
    ck_assert(!log_on(r.log, LOG_INFO) && !log_on(NULL, LOG_ERROR));
    log_event(r.log, LOG_INFO, "x", "unseen", NULL);
    log_event(r.log, LOG_WARN, "x", "seen", NULL);
    ck_assert_str_eq(rig_close(&r), "2026-11-20T08:00:00.123Z warn x seen\n");
    enum log_level level = LOG_ERROR;
    ck_assert(log_level_parse(STR("debug"), &level) && level == LOG_DEBUG);
    ck_assert(!log_level_parse(STR("DEBUG"), &level));
    ck_assert(!log_level_parse(STR(""), &level) && level == LOG_DEBUG);
}
END_TEST

START_TEST(a_flood_is_told_once_and_counted)
{
    struct rig r;
    rig_open(&r, LOG_INFO, LOG_TEXT);
    for (int i = 0; i < 10; i++)
        log_often(r.log, LOG_WARN, "net", "refused", "try=%d", i);
    log_often(r.log, LOG_WARN, "net", "reset", "try=%d", 0);
    fake_clk_pass(&r.clk, 59999);
    log_often(r.log, LOG_WARN, "net", "refused", "try=%d", 10);
    fake_clk_pass(&r.clk, 1);
    log_event(r.log, LOG_INFO, "x", "other", NULL);
    log_often(r.log, LOG_WARN, "net", "refused", "try=%d", 11);
    log_often(r.log, LOG_WARN, "net", "refused", "try=%d", 12);
    fake_clk_pass(&r.clk, 2000);
    ck_assert_str_eq(
        rig_close(&r),
        "2026-11-20T08:00:00.123Z warn net refused try=0\n"
        "2026-11-20T08:00:00.123Z warn net reset try=0\n"
        "2026-11-20T08:01:00.123Z warn net refused repeated=\"x 10 in 60 s\"\n"
        "2026-11-20T08:01:00.123Z info x other\n"
        "2026-11-20T08:01:00.123Z warn net refused try=11\n"
        "2026-11-20T08:01:02.123Z warn net refused repeated=\"x 1 in 2 s\"\n");
}
END_TEST

START_TEST(kinds_beyond_the_table_are_written)
{
    struct rig r;
    rig_open(&r, LOG_INFO, LOG_TEXT);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 65; i++) {
            char ev[16];
            snprintf(ev, sizeof(ev), "kind%d", i);
            log_often(r.log, LOG_INFO, "x", ev, NULL);
        }
    }
    const char *text = rig_close(&r);
    int lines = 0;
    for (const char *p = text; *p; p++)
        lines += *p == '\n';
    ck_assert_int_eq(lines, 65 + 1 + 64); /* each, the last again, counts */
}
END_TEST

START_TEST(a_log_that_cannot_be_written_is_no_error)
{
    struct fake_clk clk;
    fake_clk_init(&clk, 0);
    struct log *l = log_open(-1, LOG_INFO, LOG_TEXT, &clk.clk);
    log_event(l, LOG_INFO, "x", "y", "k=%d", 1);
    log_close(l);
    log_close(NULL);
}
END_TEST

T_SUITE("base.log", 10, text_form, json_form, a_value_cannot_pose_as_a_pair,
        a_long_event_is_cut_and_stays_one_line, levels_are_a_threshold,
        a_flood_is_told_once_and_counted, kinds_beyond_the_table_are_written,
        a_log_that_cannot_be_written_is_no_error)
