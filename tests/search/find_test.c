/*
 * tests/search/find_test.c - random questions over random records, each
 * answer compared with that of a naive oracle: before the first ranking,
 * freshly ranked, after changes (two parts, dead documents), from the file.
 */
#include "tests/search/check.h"

enum { RECORDS = 1000, QUESTIONS = 60, CHANGES = 150 };

static const struct ratio_options options = {
    .n_min = 40, .mantissa_bits = 7, .min_votes = 1, .threads = 2
};

static void rank(struct kit *k, struct search *s)
{
    struct search_rank_report report;
    T_OK(search_rank(s, &options, false, 0, &report, &k->e), &k->e);
}

START_TEST(answers)
{
    struct kit k;
    struct world_ranks first, then;
    kit_open(&k, "mem:");
    struct world *w = world_open(&k, (uint64_t)_i + 1);
    world_add(w, RECORDS);
    struct search *s = kit_index(&k, true);
    check_questions(w, NULL, s, QUESTIONS / 4, "never ranked");

    rank(&k, s);
    world_rank(w, &options, NULL, &first);
    check_records(w, &first, s, "ranked");
    check_questions(w, &first, s, QUESTIONS, "ranked");

    world_change(w, CHANGES);
    world_add(w, CHANGES);
    kit_refresh(&k, s);
    world_change(w, CHANGES);
    kit_refresh(&k, s);
    world_rank(w, &options, &first, &then);
    check_records(w, &then, s, "followed");
    check_questions(w, &then, s, QUESTIONS, "followed");

    T_OK(search_save(s, &k.e), &k.e);
    search_close(s);
    s = kit_index(&k, true);
    check_records(w, &then, s, "from the file");
    check_questions(w, &then, s, QUESTIONS / 2, "from the file");

    search_close(s);
    world_ranks_fini(&first);
    world_ranks_fini(&then);
    world_close(w);
    kit_close(&k);
}
END_TEST

/* Its channel is not known; id 0 is one that may exist. */
START_TEST(a_channel_title_alone_is_no_channel)
{
    struct kit k;
    struct search_result r;
    char ids[40];
    kit_open(&k, "mem:");
    struct video v[2] = { kit_video(1, 10, 1, "a"), kit_video(2, 10, 1, "b") };
    VIDEO_SET(&v[0], channel_title, STR("cats"));
    VIDEO_SET(&v[1], channel_title, STR("cats"));
    VIDEO_SET(&v[1], channel, ((struct cid){ 0, 0 }));
    kit_put(&k, v, 2);
    struct search *s = kit_index(&k, false);
    T_OK(kit_ask(&k, s, "channelId=UCAAAAAAAAAAAAAAAAAAAAAA", &r), &k.e);
    T_STR("ids", str_of(kit_ids(s, &r, ids, sizeof(ids))), "2");
    search_close(s);
    kit_close(&k);
}
END_TEST

static Suite *find_suite(void)
{
    Suite *s = suite_create("find");
    TCase *c = tcase_create("find");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, answers, 0, 3);
    tcase_add_test(c, a_channel_title_alone_is_no_channel);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return t_run(find_suite());
}
