/*
 * tests/search/segment_test.c - the file of the index: every damage is seen,
 * the last good file serves, and what cannot be used is built again.
 */
#include "search/build_priv.h"
#include "search/snap_priv.h"
#include "tests/search/check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

enum { RECORDS = 200, MORE = 40 };

/* Where two numbers of the head lie: see struct head of segment.c. */
enum { AT_MARK = 8, AT_VERSION = 12 };

static void open_saved(struct indexed *f)
{
    indexed_open(f, 5, RECORDS, true);
    T_OK(search_save(f->s, &f->k.e), &f->k.e);
}

static void reopen(struct indexed *f)
{
    search_close(f->s);
    f->s = kit_index(&f->k, true);
}

static void change_more(struct indexed *f)
{
    world_change(f->w, MORE);
    kit_refresh(&f->k, f->s);
}

static void read_index(struct indexed *f, struct buf *ret)
{
    *ret = (struct buf)BUF_INIT(64 << 20);
    T_OK(file_read_all(f->k.index, ret, &f->k.e), &f->k.e);
}

static int64_t scans(void)
{
    for (size_t i = 0; i < search_counters.n; i++)
        if (strcmp(search_counters.rows[i].name, "search_scans_total") == 0)
            return ctr_get(&search_counters.rows[i]);
    ck_abort_msg("no such counter");
}

/* ---- the file itself ---- */

static int parse(const void *p, size_t n, struct err *e)
{
    struct seg *s;
    struct seg_meta m;
    T_OK(seg_new(&s, e), e);
    int rc = seg_parse(s, &m, (struct span){ p, n }, e);
    if (!rc)
        rc = dict_check(s, e);
    seg_unref(s);
    return rc;
}

/* Rule 1 of segment.c: every byte of the head, and many behind it. */
START_TEST(any_byte_changed_is_refused)
{
    struct indexed f;
    struct buf file;
    struct rnd r;
    rnd_init(&r, 1);
    open_saved(&f);
    read_index(&f, &file);
    T_OK(parse(file.p, file.n, &f.k.e), &f.k.e);
    for (size_t i = 0; i < 2500; i++) {
        size_t at = i < 1500 ? i : (size_t)rnd_below(&r, file.n);
        char was = file.p[at];
        file.p[at] = (char)(was ^ (1 << rnd_below(&r, 8)));
        int rc = parse(file.p, file.n, &f.k.e);
        ck_assert_msg(rc == RC_CORRUPT, "byte %zu of %zu: %s", at, file.n,
                      err_name(rc));
        file.p[at] = was;
    }
    buf_fini(&file);
    indexed_close(&f);
}
END_TEST

START_TEST(any_other_length_is_refused)
{
    struct indexed f;
    struct buf file;
    struct rnd r;
    rnd_init(&r, 2);
    open_saved(&f);
    read_index(&f, &file);
    for (size_t i = 0; i < 300; i++) {
        size_t n = i < 100   ? i * 16
                   : i < 200 ? file.n - 1 - (i - 100)
                             : (size_t)rnd_below(&r, file.n);
        char *exact = malloc(n ? n : 1); /* reading beyond it is seen */
        ck_assert_ptr_nonnull(exact);
        memcpy(exact, file.p, n);
        T_RC("cut", parse(exact, n, &f.k.e), RC_CORRUPT, &f.k.e);
        free(exact);
    }
    for (size_t more = 1; more <= 128; more++) {
        buf_c(&file, 0);
        T_RC("longer", parse(file.p, file.n, &f.k.e), RC_CORRUPT, &f.k.e);
    }
    buf_fini(&file);
    indexed_close(&f);
}
END_TEST

START_TEST(other_files_are_refused_by_what_they_are)
{
    static const struct {
        const char *name;
        size_t at;
        char byte;
        const char *said;
    } rows[] = {
        { "another kind of file", 0, 'X', "not an index file" },
        { "a newer version", AT_VERSION, 99, "another version (99" },
        { "the other byte order", AT_MARK, 1, "another version" },
    };
    struct indexed f;
    struct buf file;
    open_saved(&f);
    read_index(&f, &file);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char was = file.p[rows[i].at];
        file.p[rows[i].at] = rows[i].byte;
        T_RC(rows[i].name, parse(file.p, file.n, &f.k.e), RC_CORRUPT, &f.k.e);
        ck_assert_msg(strstr(f.k.e.msg, rows[i].said), "%s: %s", rows[i].name,
                      f.k.e.msg);
        file.p[rows[i].at] = was;
    }
    T_RC("empty", parse("", 0, &f.k.e), RC_CORRUPT, &f.k.e);
    buf_fini(&file);
    indexed_close(&f);
}
END_TEST

/* Rule 3: right checksums, wrong contents. What seg_bind() lets through is
 * read to its end; the sanitizers watch. */
static struct seg *copy_of(const struct seg *s, struct err *e)
{
    struct seg *c;
    T_OK(seg_new(&c, e), e);
    for (enum section i = 0; i < SEC_COUNT; i++) {
        char *p = malloc(s->sec[i].n ? s->sec[i].n : 1);
        ck_assert_ptr_nonnull(p);
        memcpy(p, s->sec[i].p, s->sec[i].n);
        seg_give(c, i, p, s->sec[i].n);
    }
    c->n = s->n;
    c->words = s->words;
    return c;
}

static void spoil(struct seg *s, struct rnd *r)
{
    enum section sec = (enum section)rnd_below(r, SEC_COUNT);
    unsigned char *p = s->heap[sec];
    size_t n = s->sec[sec].n;
    if (n && rnd_below(r, 4))
        p[rnd_below(r, n)] = (unsigned char)rnd_u64(r);
    else if (n)
        s->sec[sec].n = (size_t)rnd_below(r, n);
    else
        s->n += (uint32_t)rnd_below(r, 3);
}

static void read_all(const struct seg *s)
{
    struct video v;
    for (uint32_t d = 0; d < s->n; d++) {
        seg_video(s, s->facts, d, &v);
        (void)doc_digest(s, s->facts, d);
        (void)seg_find(s, s->facts, s->id[d]);
    }
    for (size_t i = 0; i < world_words_n; i++) {
        struct post p;
        if (post_open(&p, s, str_of(world_words[i])))
            for (; post_doc(&p) != DOC_NONE; post_next(&p))
                ck_assert_uint_lt(post_doc(&p), s->n);
    }
}

/* Each promise of rule 1 of seg.c, broken once; three videos. */
START_TEST(a_segment_that_contradicts_itself_is_refused)
{
    static const struct {
        const char *name;
        enum section sec;
        size_t at;
        unsigned char byte;
        const char *blamed;
    } rows[] = {
        { "a document named twice", SEC_by_id, 0, 1, "by_id" },
        { "a document outside", SEC_by_id, 4, 9, "by_id" },
        { "ids that do not ascend", SEC_id, 23, 255, "by_id" },
        { "a date before the one before", SEC_published, 3, 255, "published" },
        { "a channel outside", SEC_channel, 0, 7, "channel" },
        { "a language outside", SEC_language, 0, 7, "language" },
        { "rows that do not begin at 0", SEC_row_at, 0, 1, "row_at" },
        { "a row that ends before it begins", SEC_row_at, 8, 255, "row_at" },
        { "rows that end elsewhere", SEC_row_at, 24, 255, "row_at" },
        { "a title that begins outside", SEC_chans, 17, 1, "chans" },
        { "a title that ends outside", SEC_chans, 25, 1, "chans" },
        { "a language's name outside", SEC_langs, 9, 1, "langs" },
    };
    struct err e = ERR_INIT;
    struct builder *b;
    struct seg *good;
    T_OK(builder_open(&b, true, &e), &e);
    for (uint64_t id = 1; id <= 3; id++) {
        struct video v = kit_video(id, 10, 1, "a cat");
        VIDEO_SET(&v, channel_title, STR("cats"));
        VIDEO_SET(&v, language, STR("en"));
        T_OK(builder_add(b, &v, &e), &e);
    }
    T_OK(builder_finish(b, &good, &e), &e);
    builder_close(b);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct seg *bad = copy_of(good, &e);
        unsigned char *p = bad->heap[rows[i].sec];
        ck_assert_uint_lt(rows[i].at, bad->sec[rows[i].sec].n);
        T_OK(seg_bind(bad, &e), &e);
        p[rows[i].at] = rows[i].byte;
        T_RC(rows[i].name, seg_bind(bad, &e), RC_CORRUPT, &e);
        ck_assert_msg(strstr(e.msg, rows[i].blamed), "%s: %s", rows[i].name,
                      e.msg);
        seg_unref(bad);
    }
    seg_unref(good);
}
END_TEST

/* Rule 1 of post.c: a document named in two blocks is one too many for who
 * makes room for the living. */
START_TEST(a_list_that_goes_back_ends)
{
    enum { DOCS = 3 * POST_BLOCK, LIVING = 100 };
    struct err e = ERR_INIT;
    struct builder *b;
    struct seg *s, *merged;
    T_OK(builder_open(&b, true, &e), &e);
    for (uint64_t id = 1; id <= DOCS; id++) {
        struct video v = kit_video(id, 10, 1, "cat");
        T_OK(builder_add(b, &v, &e), &e);
    }
    T_OK(builder_finish(b, &s, &e), &e);
    builder_close(b);
    T_OK(dict_check(s, &e), &e);
    /* the only list begins with its rows: each block is the first one now */
    memset(s->heap[SEC_postings], 0, (DOCS / POST_BLOCK) * 8);
    T_RC("the file's test", dict_check(s, &e), RC_CORRUPT, &e);

    struct part part = part_of(s);
    facts_unref(part.facts);
    T_OK(facts_clone(s->facts, &part.facts, &e), &e);
    for (uint32_t d = LIVING; d < DOCS; d++)
        T_OK(facts_kill(part.facts, d, &e), &e);
    T_OK(seg_merge(&part, 1, &merged, &e), &e);
    T_U64("living", merged->n, LIVING);
    T_OK(dict_check(merged, &e), &e);
    seg_unref(merged);
    parts_unref(&part, 1);
}
END_TEST

static bool within(struct str text, const char *p, size_t n)
{
    return text.n == 0 || (text.p >= p && text.p + text.n <= p + n);
}

/* Rule 2 of row.c. */
START_TEST(a_cut_row_tells_less)
{
    struct video v = kit_video(1, 10, 1, "the title"), got;
    struct buf row = BUF_INIT(4096);
    VIDEO_SET(&v, category, 200);
    VIDEO_SET(&v, tags, STR("one\ntwo"));
    VIDEO_SET(&v, language, STR("en"));
    VIDEO_SET(&v, description, STR("about it"));
    row_put(&row, &v);
    uint64_t told = UINT64_MAX;
    for (size_t n = row.n + 1; n-- > 0;) {
        got = (struct video){ .h.have = 0 };
        row_get(str_n(row.p, n), &got);
        ck_assert_msg((got.h.have & ~told) == 0, "%zu bytes tell more", n);
        ck_assert_msg(within(got.title, row.p, n) &&
                          within(got.tags, row.p, n) &&
                          within(got.language, row.p, n) &&
                          within(got.description, row.p, n),
                      "%zu bytes: a text is outside", n);
        told = got.h.have;
    }
    T_U64("nothing", told, 0);
    buf_fini(&row);
}
END_TEST

START_TEST(damage_behind_right_checksums_leads_nowhere)
{
    struct indexed f;
    struct seg *good;
    struct seg_meta m;
    struct rnd r;
    rnd_init(&r, 3);
    open_saved(&f);
    T_OK(seg_load(&good, &m, f.k.index, &f.k.e), &f.k.e);
    int refused = 0, read = 0;
    for (int i = 0; i < 400; i++) {
        struct seg *bad = copy_of(good, &f.k.e);
        spoil(bad, &r);
        int rc = seg_bind(bad, &f.k.e);
        if (rc == RC_OK) {
            read_all(bad);
            rc = dict_check(bad, &f.k.e);
            ck_assert(rc == RC_OK || rc == RC_CORRUPT);
            read++;
        } else {
            refused++;
        }
        seg_unref(bad);
    }
    T_TRUE("some are refused, some are read", refused > 50 && read > 50);
    seg_unref(good);
    indexed_close(&f);
}
END_TEST

/* ---- the index and its file ---- */

START_TEST(a_good_file_is_used_instead_of_a_scan)
{
    struct indexed f;
    open_saved(&f);
    int64_t before = scans();
    reopen(&f);
    check_records(f.w, NULL, f.s, "from the file");
    T_I64("scans", scans(), before);
    world_add(f.w, MORE);
    world_change(f.w, MORE);
    reopen(&f);
    check_records(f.w, NULL, f.s, "from the file and the feed");
    T_I64("scans", scans(), before);
    indexed_close(&f);
}
END_TEST

static void damage_file(struct indexed *f, const char *how)
{
    struct buf file;
    read_index(f, &file);
    if (strcmp(how, "missing") == 0)
        ck_assert_int_eq(unlink(f->k.index), 0);
    else if (strcmp(how, "half") == 0)
        tmp_write(&f->k.tmp, "index.seg", file.p, file.n / 2);
    else if (strcmp(how, "empty") == 0)
        tmp_write(&f->k.tmp, "index.seg", "", 0);
    else if (strcmp(how, "changed") == 0)
        file.p[file.n / 2] ^= 1;
    if (strcmp(how, "changed") == 0)
        tmp_write(&f->k.tmp, "index.seg", file.p, file.n);
    buf_fini(&file);
}

START_TEST(a_bad_file_is_set_aside_and_built_again)
{
    static const struct {
        const char *how;
        bool aside;
    } rows[] = { { "missing", false },
                 { "half", true },
                 { "empty", true },
                 { "changed", true } };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct indexed f;
        open_saved(&f);
        int64_t before = scans();
        search_close(f.s);
        damage_file(&f, rows[i].how);
        f.s = kit_index(&f.k, true);
        check_records(f.w, NULL, f.s, rows[i].how);
        T_I64(rows[i].how, scans(), before + 1);
        T_TRUE(rows[i].how,
               file_exists(tmp_path(&f.k.tmp, "index.seg.damaged")) ==
                   rows[i].aside);
        T_OK(search_save(f.s, &f.k.e), &f.k.e);
        reopen(&f);
        T_I64(rows[i].how, scans(), before + 1);
        indexed_close(&f);
    }
}
END_TEST

/* Rule 1 of build_seg.c, and the rules of merge.c: however the records came
 * together, the same ones are the same bytes. */
START_TEST(a_merged_segment_is_the_one_that_would_be_built)
{
    struct indexed f;
    struct seg *merged, *built;
    struct seg_meta m;
    open_saved(&f);
    for (int round = 0; round < 3; round++) {
        world_add(f.w, MORE);
        change_more(&f);
    }
    T_OK(search_save(f.s, &f.k.e), &f.k.e);
    T_OK(seg_load(&merged, &m, f.k.index, &f.k.e), &f.k.e);
    ck_assert_int_eq(unlink(f.k.index), 0);
    reopen(&f);
    T_OK(search_save(f.s, &f.k.e), &f.k.e);
    T_OK(seg_load(&built, &m, f.k.index, &f.k.e), &f.k.e);
    T_U64("digest", merged->digest, built->digest);
    for (enum section i = 0; i < SEC_COUNT; i++)
        ck_assert_msg(
            merged->sec[i].n == built->sec[i].n &&
                memcmp(merged->sec[i].p, built->sec[i].p, built->sec[i].n) == 0,
            "section %d differs", (int)i);
    seg_unref(merged);
    seg_unref(built);
    indexed_close(&f);
}
END_TEST

START_TEST(the_file_of_another_store_is_not_used)
{
    struct indexed f;
    struct kit other;
    open_saved(&f);
    kit_open(&other, "sqlite:");
    struct video v = kit_video(7, 100, 5, "alone");
    kit_put(&other, &v, 1);
    snprintf(other.index, sizeof(other.index), "%s", f.k.index);
    struct search *s = kit_index(&other, true);
    struct search_info info;
    search_info(s, &info);
    T_U64("videos", info.videos, 1);
    T_TRUE("the file stays", file_exists(f.k.index));
    search_close(s);
    kit_close(&other);
    reopen(&f);
    check_records(f.w, NULL, f.s, "its own store again");
    indexed_close(&f);
}
END_TEST

/* The name of a store says nothing of what it holds; its id does. */
START_TEST(the_file_of_a_moved_store_is_used)
{
    struct kit k;
    struct err e = ERR_INIT;
    char path[600];
    kit_open(&k, "sqlite:");
    struct video v = kit_video(7, 100, 5, "alone");
    kit_put(&k, &v, 1);
    struct search *s = kit_index(&k, true);
    T_OK(search_save(s, &e), &e);
    search_close(s);
    store_close(k.store);
    snprintf(path, sizeof(path), "%s", tmp_path(&k.tmp, "moved.db"));
    ck_assert_int_eq(rename(k.uri + strlen("sqlite:"), path), 0);
    snprintf(k.uri, sizeof(k.uri), "sqlite:%.500s", path);
    struct store_options o = { .uri = k.uri, .clk = &k.clock.clk };
    T_OK(store_open(&k.store, &o, &e), &e);
    int64_t before = scans();
    s = kit_index(&k, true);
    T_I64("scans", scans(), before);
    struct search_info info;
    search_info(s, &info);
    T_U64("videos", info.videos, 1);
    search_close(s);
    kit_close(&k);
}
END_TEST

START_TEST(what_is_saved_already_is_not_written_again)
{
    struct indexed f;
    struct stat a, b;
    open_saved(&f);
    ck_assert_int_eq(stat(f.k.index, &a), 0);
    T_OK(search_save(f.s, &f.k.e), &f.k.e);
    ck_assert_int_eq(stat(f.k.index, &b), 0);
    T_U64("the same file", b.st_ino, a.st_ino);
    world_change(f.w, MORE);
    kit_refresh(&f.k, f.s);
    T_OK(search_save(f.s, &f.k.e), &f.k.e);
    reopen(&f);
    check_records(f.w, NULL, f.s, "saved again");
    indexed_close(&f);
}
END_TEST

START_TEST(only_an_index_with_words_and_a_path_is_saved)
{
    struct indexed f;
    open_saved(&f);
    struct search *s = kit_index(&f.k, false);
    T_RC("without a path", search_save(s, &f.k.e), RC_INPUT, &f.k.e);
    search_close(s);
    struct search_options o = { .store = f.k.store,
                                .segment_path = f.k.index,
                                .no_text = true,
                                .clk = &f.k.clock.clk,
                                .progress_fd = -1 };
    ck_assert_int_eq(unlink(f.k.index), 0);
    T_OK(search_open(&s, &o, &f.k.e), &f.k.e);
    T_RC("without words", search_save(s, &f.k.e), RC_INPUT, &f.k.e);
    search_close(s);
    indexed_close(&f);
}
END_TEST

/* ---- calls that fail, and kill -9 ---- */

static struct file_sys real;
static int calls_left; /* until the one that fails */
static bool kills;     /* or does not return at all */

static bool fails(void)
{
    if (--calls_left != 0)
        return false;
    if (kills)
        kill(getpid(), SIGKILL);
    errno = ENOSPC;
    return true;
}

static ssize_t bad_write(int fd, const void *p, size_t n)
{
    return fails() ? -1 : real.write(fd, p, n < 4096 ? n : 4096);
}

static int bad_fsync(int fd)
{
    return fails() ? -1 : real.fsync(fd);
}

static int bad_rename(const char *from, const char *to)
{
    return fails() ? -1 : real.rename(from, to);
}

static void break_files(int nth, bool with_kill)
{
    real = file_sys;
    calls_left = nth;
    kills = with_kill;
    file_sys.write = bad_write;
    file_sys.fsync = bad_fsync;
    file_sys.rename = bad_rename;
}

START_TEST(a_full_disk_leaves_the_old_file_and_the_index)
{
    struct indexed f;
    open_saved(&f);
    int rc = RC_IO, nth = 1;
    for (; rc; nth += 7) {
        change_more(&f);
        break_files(nth, false);
        rc = search_save(f.s, &f.k.e);
        file_sys = real;
        ck_assert_msg(rc == RC_OK || rc == RC_IO || rc == RC_UNKNOWN, "%s",
                      f.k.e.msg);
        check_records(f.w, NULL, f.s, "after a failed save");
        T_I64("no temporary file", tmp_count(&f.k.tmp), 1);
        struct search *again = kit_index(&f.k, true);
        check_records(f.w, NULL, again, "from the old file");
        search_close(again);
    }
    T_TRUE("many calls were refused", nth > 20);
    indexed_close(&f);
}
END_TEST

/* True when the child got through without meeting its end. */
static bool save_and_die(struct indexed *f, int nth)
{
    int status;
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        break_files(nth, true);
        _exit(search_save(f->s, &f->k.e));
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status) || WTERMSIG(status) == SIGKILL);
    return WIFEXITED(status);
}

START_TEST(after_kill_9_the_last_good_file_serves)
{
    struct indexed f;
    bool whole = false;
    int nth = 1;
    open_saved(&f);
    for (; !whole; nth += 7) {
        change_more(&f);
        int64_t before = scans();
        whole = save_and_die(&f, nth);
        struct search *again = kit_index(&f.k, true);
        check_records(f.w, NULL, again, "after kill -9");
        T_I64("scans", scans(), before);
        search_close(again);
    }
    T_TRUE("it died at many calls", nth > 20);
    indexed_close(&f);
}
END_TEST

static Suite *segment_suite(void)
{
    Suite *s = suite_create("segment");
    TCase *c = tcase_create("segment");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, any_byte_changed_is_refused);
    tcase_add_test(c, any_other_length_is_refused);
    tcase_add_test(c, other_files_are_refused_by_what_they_are);
    tcase_add_test(c, a_segment_that_contradicts_itself_is_refused);
    tcase_add_test(c, a_list_that_goes_back_ends);
    tcase_add_test(c, a_cut_row_tells_less);
    tcase_add_test(c, damage_behind_right_checksums_leads_nowhere);
    tcase_add_test(c, a_good_file_is_used_instead_of_a_scan);
    tcase_add_test(c, a_bad_file_is_set_aside_and_built_again);
    tcase_add_test(c, a_merged_segment_is_the_one_that_would_be_built);
    tcase_add_test(c, the_file_of_another_store_is_not_used);
    tcase_add_test(c, the_file_of_a_moved_store_is_used);
    tcase_add_test(c, what_is_saved_already_is_not_written_again);
    tcase_add_test(c, only_an_index_with_words_and_a_path_is_saved);
    tcase_add_test(c, a_full_disk_leaves_the_old_file_and_the_index);
    tcase_add_test(c, after_kill_9_the_last_good_file_serves);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return t_run(segment_suite());
}
