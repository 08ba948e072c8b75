/*
 * tests/contract/main.c - the store contract: `t_store_contract CASE COLUMN`
 * runs one case against one back end. The cases are written once; a back
 * end joins by one line in columns[] and its name in the CMake list.
 */
#include "tests/contract/contract.h"

#include "base/file.h"
#ifdef SVF_WITH_MONGO
#include "tests/mongod/set.h"
#endif

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

/* ---- columns ---- */

static void sqlite_uri(char uri[static 600], const char *dir)
{
    snprintf(uri, 600, "sqlite:%s/svf.db", dir);
}

static void mem_uri(char uri[static 600], const char *dir)
{
    (void)dir;
    snprintf(uri, 600, "mem:");
}

#ifdef SVF_WITH_MONGO
static struct mongod_set servers;

static void mongo_start(void)
{
    mongod_set_start(&servers, 1, NULL);
}

static void mongo_stop(void)
{
    mongod_set_stop(&servers);
}

/* The folder's name is random: so is that of the database. The server ends
 * with the case, and the database with it. */
static void mongo_uri(char uri[static 600], const char *dir)
{
    const char *slash = strrchr(dir, '/');
    snprintf(uri, 600, "mongodb://%s/%s", servers.hosts,
             slash ? slash + 1 : dir);
}
#endif

static const struct column columns[] = {
    { "sqlite", sqlite_uri, .keeps = true, .prunes = true },
    { "mem", mem_uri, .keeps = false, .prunes = true },
#ifdef SVF_WITH_MONGO
    { "mongo", mongo_uri, .start = mongo_start, .stop = mongo_stop,
      .keeps = true, .prunes = false },
#endif
};

const struct column *column;
struct fixture fx;

/* ---- the fixture ---- */

static struct arena text = ARENA_INIT(64 << 20);

static struct store *open_uri(const char *uri, bool read_only,
                              uint64_t feed_keep)
{
    struct store_options o = {
        .uri = uri,
        .create = !read_only,
        .read_only = read_only,
        .clk = clk_real(),
        .feed_keep = feed_keep,
    };
    struct store *s = NULL;
    T_OK(store_open(&s, &o, &fx.e), &fx.e);
    return s;
}

static void set_up(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(fx.dir, sizeof(fx.dir), "%s/svf-store-XXXXXX", tmp ? tmp : "/tmp");
    T_TRUE("a folder for the test", mkdtemp(fx.dir) != NULL);
    column->uri(fx.uri, fx.dir);
    fx.s = open_uri(fx.uri, false, 0);
}

static void remove_files(const char *dir)
{
    DIR *d = opendir(dir);
    for (struct dirent *x; d && (x = readdir(d));) {
        char path[600];
        snprintf(path, sizeof(path), "%s/%s", dir, x->d_name);
        if (x->d_name[0] != '.')
            unlink(path);
    }
    if (d)
        closedir(d);
    rmdir(dir);
}

static void tear_down(void)
{
    store_close(fx.s);
    arena_fini(&text);
    remove_files(fx.dir);
}

struct store *open_again(bool read_only)
{
    return open_uri(fx.uri, read_only, 0);
}

struct store *open_other(const char *name, uint64_t feed_keep)
{
    char uri[700];
    snprintf(uri, sizeof(uri), "%s%s%s", fx.uri, column->keeps ? "-" : "",
             column->keeps ? name : "");
    return open_uri(uri, false, feed_keep);
}

void reopen(void)
{
    if (!column->keeps)
        return;
    store_close(fx.s);
    fx.s = open_uri(fx.uri, false, 0);
}

/* ---- builders ---- */

struct video video_of(uint64_t id, uint64_t views, int64_t stats_at)
{
    struct video v = { .h = { .key = { id, 0 } } };
    VIDEO_SET(&v, views, views);
    VIDEO_SET(&v, stats_at, stats_at);
    return v;
}

enum store_outcome put_one(const struct schema_type *t, const void *rec,
                           uint64_t fence)
{
    enum store_outcome out = 0;
    T_OK(store_put(fx.s, t, rec, 1, fence, &out, &fx.e), &fx.e);
    return out;
}

const struct video *get_video(struct store *s, uint64_t id)
{
    struct video *v = arena_take(&text, sizeof(*v));
    T_TRUE("memory", v != NULL);
    const uint64_t key[1][2] = { { id, 0 } };
    bool found = false;
    T_OK(store_get(s, &schema_video, key, 1, ~UINT64_C(0), &text, v, &found,
                   &fx.e),
         &fx.e);
    return found ? v : NULL;
}

static struct str text_value(size_t field, uint64_t salt)
{
    char words[80];
    int n = snprintf(words, sizeof(words), "%zu/%llu \xc3\xa9\xe6\x97\xa5",
                     field, (unsigned long long)salt);
    struct str s;
    T_TRUE("memory", arena_str(&text, str_n(words, (size_t)n), &s));
    return s;
}

static void fill_field(const struct schema_field *f, size_t i, uint64_t salt,
                       void *at)
{
    uint64_t number = salt * 1000 + i;
    switch (f->kind) {
    case SCHEMA_U64:
        *(uint64_t *)at = UINT64_MAX - number; /* above 2^63 */
        break;
    case SCHEMA_I64:
        *(int64_t *)at = -(int64_t)number;
        break;
    case SCHEMA_SEC:
        *(int64_t *)at = (int64_t)number;
        break;
    case SCHEMA_F32:
        *(float *)at = (float)number / 3;
        break;
    case SCHEMA_BOOL:
    case SCHEMA_ENUM:
        *(uint64_t *)at = 1;
        break;
    case SCHEMA_CID:
        *(struct cid *)at = (struct cid){ ~number, number };
        break;
    case SCHEMA_STR:
    case SCHEMA_LIST:
        *(struct str *)at = text_value(i, salt);
        break;
    }
}

void fill_record(const struct schema_type *t, void *rec, uint64_t salt)
{
    struct schema_head *h = rec;
    for (size_t i = 0; i < t->n_fields; i++)
        fill_field(&t->fields[i], i, salt, schema_at(&t->fields[i], rec));
    h->have = (UINT64_C(1) << t->n_fields) - 1;
    h->clear = 0;
}

void same_record(const char *name, const struct schema_type *t, const void *got,
                 const void *want)
{
    const struct schema_head *g = got, *w = want;
    T_U64(name, g->key[0], w->key[0]);
    T_U64(name, g->key[1], w->key[1]);
    T_U64(name, g->have, w->have);
    T_U64(name, g->clear, 0);
    for (size_t i = 0; i < t->n_fields; i++)
        if (g->have >> i & 1)
            ck_assert_msg(schema_equal(&t->fields[i], got, want),
                          "%s: field %s differs", name, t->fields[i].name);
}

static int count_row(void *ctx, const void *rec)
{
    (void)rec;
    ++*(size_t *)ctx;
    return RC_OK;
}

size_t scan_count(struct store *s, const struct schema_type *t)
{
    size_t n = 0;
    T_OK(store_scan(s, t, 0, NULL, count_row, &n, &fx.e), &fx.e);
    return n;
}

struct store_pos feed_now(struct store *s)
{
    struct store_pos pos;
    T_OK(store_feed_now(s, &pos, &fx.e), &fx.e);
    return pos;
}

static int pass_change(void *ctx, const struct schema_type *t,
                       const uint64_t key[2])
{
    (void)ctx, (void)t, (void)key;
    return RC_OK;
}

size_t feed_count(struct store *s, struct store_pos *pos)
{
    size_t n = 0;
    T_OK(store_feed_read(s, pos, 100000, DUR_MS(0), pass_change, NULL, &n,
                         &fx.e),
         &fx.e);
    return n;
}

/* ---- main ---- */

static const struct contract_case *const lists[] = {
    record_cases, feed_cases,   item_cases,  open_cases,
    above_cases,  thread_cases, whole_cases,
};

static const struct contract_case *find_case(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        for (const struct contract_case *c = lists[i]; c->name; c++)
            if (strcmp(c->name, name) == 0)
                return c;
    return NULL;
}

static const struct column *find_column(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
        if (strcmp(columns[i].name, name) == 0)
            return &columns[i];
    return NULL;
}

int main(int argc, char **argv)
{
    const struct contract_case *c = argc == 3 ? find_case(argv[1]) : NULL;
    column = argc == 3 ? find_column(argv[2]) : NULL;
    if (!c || !column) {
        fprintf(stderr, "usage: %s CASE COLUMN\n", argv[0]);
        return 64;
    }
    if (column->start)
        column->start();
    Suite *suite = suite_create(c->name);
    TCase *tests = tcase_create(c->name);
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    for (const TTest **const *t = c->tests; *t; t++)
        tcase_add_test(tests, **t);
    suite_add_tcase(suite, tests);
    int code = t_run(suite);
    if (column->stop)
        column->stop();
    return code;
}
