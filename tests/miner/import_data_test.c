/*
 * tests/miner/import_data_test.c - real sets, if they lie where
 * $SVF_TEST_DATA says: the numbers that were counted by hand. Without them
 * the test is skipped (77).
 */
#include "base/file.h"
#include "tests/miner/import_kit.h"
#include "tests/t.h"

#include <glob.h>
#include <stdio.h>

static const struct {
    const char *files; /* pattern in the data folder */
    int year;
    bool foreign;
    uint64_t read, rejected, videos, channels, hidden;
} sets[] = {
    { "kaggle-trending-2017-v1/*.csv.gz", 2017, false, 15997, 1, 3280, 0, 123 },
    { "trending-2018-11-01/*.csv.gz", 0, false, 1960, 0, 1672, 0, 0 },
    { "br-politics-2018/video_*.csv.gz", 0, false, 2210, 0, 1339, 0, 0 },
    /* 421 rows with an empty id; 58 more say null, so that there is none */
    { "br-politics-2018/channel_*.csv.gz", 0, false, 1072, 421, 0, 38, 0 },
    { "trending-2021-02-01/*.csv.gz", 0, false, 50, 0, 50, 0, 0 },
    { "adview-2016/*.csv.gz", 0, false, 14999, 14999, 0, 0, 0 },
    { "adview-2016/*.csv.gz", 0, true, 14999, 0, 14999, 0, 22 },
};

static void import_set(struct store *s, const char *folder, size_t i,
                       struct import_report *sum)
{
    char pattern[512];
    glob_t found;
    snprintf(pattern, sizeof(pattern), "%s/%s", folder, sets[i].files);
    ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
    for (size_t k = 0; k < found.gl_pathc; k++) {
        struct err e = ERR_INIT;
        struct import_report r;
        struct import_options o = kit_options(s);
        o.year = sets[i].year;
        o.foreign_ids = sets[i].foreign;
        T_RC(found.gl_pathv[k], import_file(&o, found.gl_pathv[k], &r, &e),
             RC_OK, &e);
        sum->read += r.read;
        sum->rejected += r.rejected;
        sum->unchanged += r.unchanged;
        sum->videos += r.videos;
        sum->channels += r.channels;
        sum->hidden_inferred += r.hidden_inferred;
    }
    globfree(&found);
}

static const char *data_folder(void)
{
    const char *folder = getenv("SVF_TEST_DATA");
    return folder && file_exists(folder) ? folder : NULL;
}

START_TEST(known_numbers)
{
    struct store *s = kit_store("mem:", STORE_LOCAL);
    for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
        struct import_report sum = { .read = 0 };
        import_set(s, data_folder(), i, &sum);
        T_U64(sets[i].files, sum.read, sets[i].read);
        T_U64(sets[i].files, sum.rejected, sets[i].rejected);
        T_U64(sets[i].files, sum.videos, sets[i].videos);
        T_U64(sets[i].files, sum.channels, sets[i].channels);
        T_U64(sets[i].files, sum.hidden_inferred, sets[i].hidden);
    }
    struct buf before = BUF_INIT(64 << 20), after = BUF_INIT(64 << 20);
    kit_dump(s, ~UINT64_C(0), &before);
    for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
        struct import_report sum = { .read = 0 };
        import_set(s, data_folder(), i, &sum);
        T_U64(sets[i].files, sum.unchanged + sum.rejected, sum.read);
    }
    kit_dump(s, ~UINT64_C(0), &after);
    T_TRUE("a second import", str_eq(buf_view(&before), buf_view(&after)));
    buf_fini(&before);
    buf_fini(&after);
    store_close(s);
}
END_TEST

static int count_eligible(void *ctx, const void *rec)
{
    const struct video *v = rec;
    uint64_t *n = ctx;
    n[0]++;
    n[1] += VIDEO_HAS(v, views) && VIDEO_HAS(v, likes) &&
            VIDEO_HAS(v, dislikes) && v->likes + v->dislikes >= 1;
    return RC_OK;
}

START_TEST(eligible_videos)
{
    struct err e = ERR_INIT;
    struct import_report sum = { .read = 0 };
    uint64_t n[2] = { 0, 0 };
    struct store *s = kit_store("mem:", STORE_LOCAL);
    for (size_t i = 0; i < ARRAY_LEN(sets); i++)
        if (!strstr(sets[i].files, "adview"))
            import_set(s, data_folder(), i, &sum);
    T_OK(
        store_scan(s, &schema_video, ~UINT64_C(0), NULL, count_eligible, n, &e),
        &e);
    T_U64("videos with ids", n[0], 6341);
    T_U64("eligible for likes/dislikes", n[1], 6103);
    store_close(s);
}
END_TEST

int main(void)
{
    if (!data_folder()) {
        printf("skipped: no data folder (SVF_TEST_DATA)\n");
        return 77;
    }
    Suite *suite = suite_create("real sets");
    TCase *c = tcase_create("real sets");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, known_numbers);
    tcase_add_test(c, eligible_videos);
    suite_add_tcase(suite, c);
    return t_run(suite);
}
