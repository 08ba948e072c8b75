/*
 * tests/store/sqlite_test.c - what is special to stores in a file: foreign
 * and damaged files, permissions, several processes, what a write touches.
 */
#include "store/sqlite_priv.h"
#include "tests/store/files.h"

#include "base/file.h"
#include "base/rnd.h"

#include <sys/stat.h>
#include <sys/wait.h>

static struct err e;

/* Run @sql on the file past the store. */
static void raw_sql(const char *sql)
{
    sqlite3 *db;
    char *said = NULL;
    T_I64("open", sqlite3_open(files_path, &db), SQLITE_OK);
    int code = sqlite3_exec(db, sql, NULL, NULL, &said);
    ck_assert_msg(code == SQLITE_OK, "%s: %s", sql, said);
    sqlite3_close(db);
}

static void make_store(size_t n)
{
    struct store *s;
    T_OK(files_open(&s, true, &e), &e);
    for (uint64_t i = 0; i < n; i++) {
        struct video v = files_video(i * 0x9e3779b97f4a7c15u, i, "a title");
        enum store_outcome out;
        T_OK(store_put(s, &schema_video, &v, 1, 0, &out, &e), &e);
    }
    T_OK(store_doc_put(s, "d", 0, STR("body"), 0, NULL, &e), &e);
    store_close(s);
}

/* ---- files that are no store ---- */

static void write_file(const char *bytes, size_t n)
{
    FILE *f = fopen(files_path, "wb");
    T_TRUE("a file", f != NULL);
    T_U64("written", fwrite(bytes, 1, n, f), n);
    fclose(f);
}

static void expect_open(const char *name, bool create, int want)
{
    struct store *s;
    T_RC(name, files_open(&s, create, &e), want, &e);
    if (want && want != RC_CONFIG)
        T_TRUE("the path is told", strstr(e.msg, files_path) != NULL);
    store_close(s);
}

START_TEST(a_file_of_another_kind_is_refused_and_left_alone)
{
    static char bytes[5000];
    static const size_t sizes[] = { 1, 15, 99, 100, 511, 512, 5000 };
    for (size_t i = 0; i < 2 * ARRAY_LEN(sizes); i++) {
        struct buf b = BUF_INIT(1 << 20);
        size_t n = sizes[i / 2];
        memset(bytes, i % 2 ? 'x' : '\0', sizeof(bytes));
        write_file(bytes, n);
        expect_open("to use", false, RC_CORRUPT);
        expect_open("to make", true, RC_CORRUPT);
        T_OK(file_read_all(files_path, &b, &e), &e);
        T_TRUE("unchanged", b.n == n && memcmp(b.p, bytes, n) == 0);
        buf_fini(&b);
    }
}
END_TEST

START_TEST(another_database_is_refused_and_left_alone)
{
    struct buf before = BUF_INIT(1 << 20), after = BUF_INIT(1 << 20);
    raw_sql("CREATE TABLE video(x)");
    T_OK(file_read_all(files_path, &before, &e), &e);
    expect_open("to use", false, RC_CORRUPT);
    expect_open("to make", true, RC_CORRUPT);
    T_OK(file_read_all(files_path, &after, &e), &e);
    T_TRUE("unchanged", str_eq(buf_view(&before), buf_view(&after)));
    buf_fini(&before);
    buf_fini(&after);
}
END_TEST

START_TEST(an_empty_file_becomes_a_store_when_asked)
{
    write_file("", 0);
    expect_open("to use", false, RC_NOTFOUND);
    expect_open("to make", true, RC_OK);
    expect_open("it is one", false, RC_OK);
}
END_TEST

/* What a kill leaves between the switch to WAL and the tables. */
START_TEST(a_store_killed_before_its_tables_is_empty)
{
    sqlite3 *db;
    T_I64("open", sqlite3_open(files_path, &db), SQLITE_OK);
    T_I64("wal", sqlite3_exec(db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL),
          SQLITE_OK);
    sqlite3_close(db);
    expect_open("to use", false, RC_NOTFOUND);
    T_TRUE("it says so", strstr(e.msg, "is empty") != NULL);
    expect_open("to make", true, RC_OK);
    expect_open("it is one", false, RC_OK);
}
END_TEST

START_TEST(a_folder_is_no_store)
{
    T_I64("mkdir", mkdir(files_path, 0700), 0);
    expect_open("to use", false, RC_CORRUPT);
    expect_open("to make", true, RC_CORRUPT);
}
END_TEST

START_TEST(a_store_cannot_be_made_in_a_folder_that_is_not_there)
{
    snprintf(files_path, sizeof(files_path), "%s/none/svf.db", files_dir);
    snprintf(files_uri, sizeof(files_uri), "sqlite:%s", files_path);
    expect_open("to make", true, RC_NOTFOUND);
    snprintf(files_path, sizeof(files_path), "%s/svf.db", files_dir);
}
END_TEST

START_TEST(a_newer_store_is_refused)
{
    make_store(1);
    raw_sql("PRAGMA user_version=2");
    expect_open("to use", false, RC_CORRUPT);
    T_TRUE("a sentence", strstr(e.msg, "newer version") != NULL);
    raw_sql("PRAGMA user_version=0");
    expect_open("no version", false, RC_CORRUPT);
}
END_TEST

/* To SQLite they are a database in memory, or one that options are read of. */
START_TEST(a_name_that_is_no_file_to_sqlite_is_refused)
{
    static const char *const places[] = { ":memory:",      ":",
                                          ":x.db",         "file:",
                                          "file::memory:", "file:x?mode=ro",
                                          "file:svf.db" };
    T_I64("there", chdir(files_dir), 0);
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        snprintf(files_uri, sizeof(files_uri), "sqlite:%s", places[i]);
        expect_open(places[i], false, RC_CONFIG);
        expect_open(places[i], true, RC_CONFIG);
        T_TRUE("what would do is told", strstr(e.msg, "./") != NULL);
        T_TRUE("nothing is made", access(places[i], F_OK) != 0);
        snprintf(files_uri, sizeof(files_uri), "sqlite:./%s", places[i]);
        expect_open("that does", true, RC_OK);
        T_TRUE("it is made", access(places[i], F_OK) == 0);
    }
    T_I64("back", chdir("/"), 0);
}
END_TEST

/* Run @fn as a user without rights; its exit code is 0 when all is well. */
static void as_nobody(int (*fn)(void))
{
    pid_t child = fork();
    T_TRUE("fork", child >= 0);
    if (child == 0) {
        if (geteuid() == 0 && (setgid(65534) || setuid(65534)))
            _exit(99);
        _exit(fn());
    }
    int status = 0;
    T_TRUE("its end", waitpid(child, &status, 0) == child);
    T_I64("its exit code", status, 0);
}

static int open_denied(void)
{
    struct store *s;
    return files_open(&s, false, &e) == RC_DENIED ? 0 : 1;
}

START_TEST(a_file_without_permission_is_denied)
{
    make_store(1);
    T_I64("folder", chmod(files_dir, 0755), 0);
    T_I64("nothing", chmod(files_path, 0), 0);
    as_nobody(open_denied);
    T_I64("read only", chmod(files_path, 0444), 0);
    as_nobody(open_denied);
    T_I64("no way in", chmod(files_dir, 0700), 0);
    if (geteuid() == 0)
        as_nobody(open_denied);
}
END_TEST

/* ---- damage ---- */

START_TEST(a_damaged_row_is_told)
{
    static const char *const damages[] = {
        "UPDATE video SET v = 'x'",     "UPDATE video SET sa = 1.5",
        "UPDATE video SET id = 'x'",    "UPDATE text SET t = x'00'",
        "UPDATE text SET ch = x'00'",   "UPDATE video SET fence = NULL",
        "UPDATE video SET gm = 'fast'",
    };
    for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
        struct video v = files_video(1, 2, "x");
        enum store_outcome out;
        struct store *s;
        VIDEO_SET(&v, description, STR("d"));
        make_store(1);
        raw_sql(damages[i]);
        T_OK(files_open(&s, false, &e), &e);
        const uint64_t keys[1][2] = { { 0, 0 } };
        struct arena a = ARENA_INIT(1 << 16);
        struct video got;
        bool found = true;
        v.h.key[0] = 0;
        int rc = store_get(s, &schema_video, keys, 1, ~UINT64_C(0), &a, &got,
                           &found, &e);
        T_TRUE(damages[i], rc == RC_CORRUPT || (rc == RC_OK && !found));
        if (rc == RC_CORRUPT)
            T_RC(damages[i], store_put(s, &schema_video, &v, 1, 0, &out, &e),
                 RC_CORRUPT, &e);
        arena_fini(&a);
        store_close(s);
        unlink(files_path);
    }
}
END_TEST

START_TEST(a_damaged_figure_is_told)
{
    struct store *s;
    struct store_stats x = { .videos = 77 };
    make_store(3);
    raw_sql("UPDATE total SET n = 'many' WHERE type = 0");
    T_OK(files_open(&s, false, &e), &e);
    T_RC("told", store_stats(s, &x, &e), RC_CORRUPT, &e);
    T_U64("no figure", x.videos, 77);
    store_close(s);
}
END_TEST

static int pass_row(void *ctx, const void *rec)
{
    (void)ctx, (void)rec;
    return RC_OK;
}

static int pass_doc(void *ctx, const char *key, uint64_t version,
                    struct str body)
{
    (void)ctx, (void)key, (void)version, (void)body;
    return RC_OK;
}

/* Use every verb on whatever is there: any code will do, a crash will not. */
static void use_all(struct store *s)
{
    struct video v = files_video(7, 7, "t"), got;
    enum store_outcome out;
    const uint64_t keys[1][2] = { { 0x9e3779b97f4a7c15u, 0 } };
    struct arena a = ARENA_INIT(1 << 20);
    struct store_stats x;
    struct store_pos pos;
    bool found;
    int rc =
        store_scan(s, &schema_video, ~UINT64_C(0), NULL, pass_row, NULL, &e);
    rc |= store_get(s, &schema_video, keys, 1, ~UINT64_C(0), &a, &got, &found,
                    &e);
    rc |= store_stats(s, &x, &e);
    rc |= store_feed_now(s, &pos, &e);
    rc |= store_doc_list(s, "", pass_doc, NULL, &e);
    rc |= store_put(s, &schema_video, &v, 1, 0, &out, &e);
    rc |= store_count(s, "c", 1, 9, NULL, &e);
    rc |= store_delete(s, &schema_video, keys, 1, 0, NULL, &e);
    (void)rc;
    arena_fini(&a);
}

START_TEST(no_damage_of_the_file_crashes)
{
    enum { TRIES = 150 };
    struct buf whole = BUF_INIT(1 << 24);
    struct rnd r;
    rnd_init(&r, 1);
    make_store(300);
    T_OK(file_read_all(files_path, &whole, &e), &e);
    for (int i = 0; i < TRIES; i++) {
        struct store *s;
        char *copy = malloc(whole.n);
        memcpy(copy, whole.p, whole.n);
        for (int k = 0; k < 1 + i % 20; k++)
            copy[rnd_below(&r, i % 3 ? whole.n : 4096)] = (char)rnd_u64(&r);
        size_t n = i % 5 ? whole.n : (size_t)rnd_below(&r, whole.n);
        write_file(copy, n ? n : 1);
        free(copy);
        if (files_open(&s, i % 2, &e) == RC_OK)
            use_all(s);
        store_close(s);
    }
    buf_fini(&whole);
}
END_TEST

/* ---- what a write touches ---- */

START_TEST(a_refresh_of_counts_leaves_the_wide_row_alone)
{
    struct store *s;
    struct video v = files_video(1, 1, "title");
    enum store_outcome out;
    T_OK(files_open(&s, true, &e), &e);
    T_OK(store_put(s, &schema_video, &v, 1, 0, &out, &e), &e);
    raw_sql("CREATE TRIGGER no1 BEFORE INSERT ON text BEGIN"
            " SELECT raise(ABORT, 'touched'); END;"
            "CREATE TRIGGER no2 BEFORE UPDATE ON text BEGIN"
            " SELECT raise(ABORT, 'touched'); END;");
    v = files_video(1, 2, NULL);
    T_OK(store_put(s, &schema_video, &v, 1, 0, &out, &e), &e);
    v = files_video(1, 3, "title");
    T_OK(store_put(s, &schema_video, &v, 1, 0, &out, &e), &e);
    T_U64("the same title is no change of text", out, STORE_UPDATED);
    v = files_video(1, 4, "another title");
    T_RC("another title is", store_put(s, &schema_video, &v, 1, 0, &out, &e),
         RC_IO, &e);
    store_close(s);
}
END_TEST

START_TEST(text_is_not_joined_unasked)
{
    static const struct store_range all = { .of = 1 };
    struct buf b = BUF_INIT(1 << 16);
    sq_sql_scan(&b, 0, VIDEO_BIT(views) | VIDEO_BIT(gone_since), &all);
    T_TRUE("narrow", !strstr(b.p, "JOIN") && strstr(b.p, "FROM video"));
    buf_reset(&b);
    sq_sql_scan(&b, 0, VIDEO_BIT(title), &all);
    T_TRUE("wide", strstr(b.p, "JOIN text") != NULL);
    buf_fini(&b);
}
END_TEST

START_TEST(columns_have_names_of_their_own)
{
    for (size_t type = 0; type < STORE_TYPES; type++) {
        const struct schema_type *t = store_type_at(type);
        for (size_t i = 0; i < t->n_fields; i++) {
            const char *name = t->fields[i].stored;
            T_TRUE(name, strcasecmp(name, "nr") && strcasecmp(name, "fence"));
            T_TRUE(name, strcasecmp(name, sq_layout(type)->key[0]) != 0);
            for (size_t k = 0; k < i; k++)
                T_TRUE(name, strcasecmp(name, t->fields[k].stored) != 0);
            bool text = t->fields[i].kind == SCHEMA_STR ||
                        t->fields[i].kind == SCHEMA_LIST;
            T_TRUE("text lies in the wide row",
                   !text || sq_is_wide(&t->fields[i]));
        }
    }
}
END_TEST

START_TEST(a_store_put_back_from_a_copy_loses_positions)
{
    struct buf copy = BUF_INIT(1 << 24);
    struct store *s;
    struct store_pos pos;
    size_t n;
    make_store(10);
    T_OK(file_read_all(files_path, &copy, &e), &e);
    T_OK(files_open(&s, false, &e), &e);
    struct video v = files_video(1000, 1, NULL);
    enum store_outcome out;
    T_OK(store_put(s, &schema_video, &v, 1, 0, &out, &e), &e);
    T_OK(store_feed_now(s, &pos, &e), &e);
    store_close(s);
    write_file(copy.p, copy.n);
    T_OK(files_open(&s, false, &e), &e);
    T_RC("ahead of the copy",
         store_feed_read(s, &pos, 9, DUR_MS(0), NULL, NULL, &n, &e), RC_LOST,
         &e);
    v.h.key[0] = 2000;
    T_OK(store_put(s, &schema_video, &v, 1, 0, &out, &e), &e);
    T_RC("as far as the copy, but by another way",
         store_feed_read(s, &pos, 9, DUR_MS(0), NULL, NULL, &n, &e), RC_LOST,
         &e);
    store_close(s);
    write_file(copy.p, copy.n);
    T_OK(files_open(&s, false, &e), &e);
    struct channel c = { .h = { .key = { 1000, 0 } } };
    T_OK(store_put(s, &schema_channel, &c, 1, 0, &out, &e), &e);
    T_RC("a channel of the same key",
         store_feed_read(s, &pos, 9, DUR_MS(0), NULL, NULL, &n, &e), RC_LOST,
         &e);
    store_close(s);
    buf_fini(&copy);
}
END_TEST

/* ---- several processes ---- */

enum { PROCESSES = 6, ROUNDS = 30 };

static int open_and_count(void)
{
    struct store *s;
    if (files_open(&s, true, &e) ||
        store_count(s, "opened", 1, PROCESSES, NULL, &e))
        fprintf(stderr, "%s\n", e.msg);
    else
        e.code = RC_OK;
    store_close(s);
    return e.code;
}

START_TEST(a_store_may_be_made_by_several_processes_at_once)
{
    for (int round = 0; round < ROUNDS; round++) {
        int gate[2];
        char byte;
        T_I64("pipe", pipe(gate), 0);
        pid_t child[PROCESSES];
        for (int i = 0; i < PROCESSES; i++) {
            child[i] = fork();
            if (child[i] == 0) {
                close(gate[1]);
                if (read(gate[0], &byte, 1) != 0) /* until all are there */
                    _exit(1);
                _exit(open_and_count());
            }
        }
        close(gate[0]);
        close(gate[1]);
        for (int i = 0; i < PROCESSES; i++) {
            int status;
            T_TRUE("end", waitpid(child[i], &status, 0) == child[i]);
            T_I64("exit code", status, 0);
        }
        struct store *s;
        int64_t value;
        T_OK(files_open(&s, false, &e), &e);
        T_OK(store_count(s, "opened", 0, PROCESSES, &value, &e), &e);
        T_I64("counted by all", value, PROCESSES);
        store_close(s);
        unlink(files_path);
    }
}
END_TEST

T_SUITE_WITH("sqlite", 60, files_set_up, files_tear_down,
             a_file_of_another_kind_is_refused_and_left_alone,
             another_database_is_refused_and_left_alone,
             an_empty_file_becomes_a_store_when_asked,
             a_store_killed_before_its_tables_is_empty, a_folder_is_no_store,
             a_store_cannot_be_made_in_a_folder_that_is_not_there,
             a_newer_store_is_refused,
             a_name_that_is_no_file_to_sqlite_is_refused,
             a_file_without_permission_is_denied, a_damaged_row_is_told,
             a_damaged_figure_is_told, no_damage_of_the_file_crashes,
             a_refresh_of_counts_leaves_the_wide_row_alone,
             text_is_not_joined_unasked, columns_have_names_of_their_own,
             a_store_put_back_from_a_copy_loses_positions,
             a_store_may_be_made_by_several_processes_at_once)
