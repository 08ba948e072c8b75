/* tests/base/ctr_test.c - the X-macro convention and the exposition text. */
#include "base/ctr.h"
#include "base/thr.h"
#include "tests/t.h"

enum {
#define CTR CTR_ENUM
#include "tests/base/ctr_test.def"
#undef CTR
};

static struct ctr demo_ctr[] = {
#define CTR CTR_ROW
#include "tests/base/ctr_test.def"
#undef CTR
};

static struct ctr other_ctr[] = {
    { "other_total", CTR_COUNTER, "things", "others", 0 },
};

static const struct ctr_table tables[] = { CTR_TABLE(demo_ctr),
                                           CTR_TABLE(other_ctr) };

START_TEST(prints_prometheus_text)
{
    struct buf b = BUF_INIT(1000);
    ctr_add(&demo_ctr[CTR_demo_requests_total], 40);
    ctr_add(&demo_ctr[CTR_demo_requests_total], 2);
    ctr_set(&demo_ctr[CTR_demo_open], -3);
    ctr_prometheus(&b, tables, ARRAY_LEN(tables));
    T_STR("text", buf_view(&b),
          "# HELP svf_demo_requests_total requests sent (requests)\n"
          "# TYPE svf_demo_requests_total counter\n"
          "svf_demo_requests_total 42\n"
          "# HELP svf_demo_open now \\\\ open\\nor not (connections)\n"
          "# TYPE svf_demo_open gauge\n"
          "svf_demo_open -3\n"
          "# HELP svf_other_total others (things)\n"
          "# TYPE svf_other_total counter\n"
          "svf_other_total 0\n");
    buf_fini(&b);
}
END_TEST

static void *count_up(void *arg)
{
    for (int i = 0; i < 10000; i++)
        ctr_add(arg, 1);
    return NULL;
}

START_TEST(threads_count_without_loss)
{
    struct thr t[4] = { { .started = false } };
    ctr_set(&other_ctr[0], 0);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(
            thr_start(&t[i], "count", count_up, &other_ctr[0], NULL), RC_OK);
    for (int i = 0; i < 4; i++)
        thr_join(&t[i]);
    ck_assert_int_eq(ctr_get(&other_ctr[0]), 40000);
}
END_TEST

T_SUITE("base.ctr", 20, prints_prometheus_text, threads_count_without_loss)
