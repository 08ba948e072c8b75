/* Recorded pages, byte for byte: rules of sim/replay.c. */
#include "tests/sim/sim_t.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[256];
static struct service s;

/* clang-format off */
static const char *const files[] = {
    "videos.json", "videos.AAAAAAAAAAA.json", "videos.-_AAAAAAAAA.json",
    "playlistItems.UUabc.json", "playlistItems.UUabc.CDIQAA.json",
    "channels.@name.json", "search.music.json", "videos.batchGetStats.json",
    "search.json",
};

static const struct { const char *name, *target, *file; } rows[] = {
    { "a page of a list",       "playlistItems?part=id&playlistId=UUabc",   "playlistItems.UUabc.json" },
    { "its second page",        "playlistItems?part=id&playlistId=UUabc&pageToken=CDIQAA", "playlistItems.UUabc.CDIQAA.json" },
    { "a page that is not there", "playlistItems?part=id&playlistId=UUabc&pageToken=CGQQAA", NULL },
    { "a list that is not there", "playlistItems?part=id&playlistId=UUabcd", NULL },
    { "named by its first id",  "videos?part=id&id=AAAAAAAAAAA,BAAAAAAAAAA", "videos.AAAAAAAAAAA.json" },
    { "an id with signs",       "videos?part=id&id=-_AAAAAAAAA",            "videos.-_AAAAAAAAA.json" },
    { "else the method's page", "videos?part=id&id=BAAAAAAAAAA",            "videos.json" },
    { "a method's page has no pages", "videos?part=id&id=BAAAAAAAAAA&pageToken=x", NULL },
    { "a handle",               "channels?part=id&forHandle=@name",         "channels.@name.json" },
    { "words",                  "search?part=snippet&q=music",              "search.music.json" },
    { "other words",            "search?part=snippet&q=two+words",          "search.json" },
    { "statistics",             "videos:batchGetStats?part=id&id=AAAAAAAAAAA", "videos.batchGetStats.json" },
    { "out of the folder",      "playlistItems?part=id&playlistId=/../../x", NULL },
    { "through a folder that is there", "playlistItems?part=id&playlistId=d/../search", NULL },
    { "up by dots",             "playlistItems?part=id&playlistId=..",      NULL },
    { "up by a token",          "playlistItems?part=id&playlistId=UUabc&pageToken=../x", NULL },
    { "a blank",                "playlistItems?part=id&playlistId=a%20b",   NULL },
};
/* clang-format on */

/* A page holds its own name and bytes that no JSON writer would send. */
static size_t page(const char *name, char ret[200])
{
    int n =
        snprintf(ret, 200, "{ \"name\":\t\"%s\" ,\r\n  \"x\": 1e2}\n\n", name);
    return (size_t)n;
}

/* A folder beside the pages, which a hostile name may lead through. */
static void folder(int (*verb)(const char *path))
{
    char path[400];
    snprintf(path, sizeof(path), "%s/playlistItems.d", dir);
    ck_assert(verb(path) == 0);
}

static int mkdir_of(const char *path)
{
    return mkdir(path, 0700);
}

static void setup(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(dir, sizeof(dir), "%s/svf-replay-XXXXXX", tmp ? tmp : "/tmp");
    ck_assert(mkdtemp(dir));
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        char path[400], text[200];
        size_t n = page(files[i], text);
        snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
        FILE *f = fopen(path, "wb");
        ck_assert(f && fwrite(text, 1, n, f) == n && fclose(f) == 0);
    }
    folder(mkdir_of);
    t_service(&s, 10, 1);
    s.replay_dir = strdup(dir);
}

static void teardown(void)
{
    t_service_fini(&s);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        char path[400];
        snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
        unlink(path);
    }
    folder(rmdir);
    rmdir(dir);
}

START_TEST(pages_are_sent_byte_for_byte)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct answer a;
        char want[200];
        t_ask(&s, rows[i].target, NULL, &a);
        T_I64(rows[i].name, a.status, rows[i].file ? 200 : 404);
        if (rows[i].file) {
            (void)page(rows[i].file, want);
            T_STR(rows[i].name, buf_view(&a.body), want);
        }
        answer_fini(&a);
    }
    T_I64("charged as any other", t_spent(&s, LEDGER_GENERAL),
          (int64_t)ARRAY_LEN(rows) - 3);
}
END_TEST

static Suite *suite(void)
{
    Suite *all = suite_create("sim.replay");
    TCase *c = tcase_create("sim.replay");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, pages_are_sent_byte_for_byte);
    suite_add_tcase(all, c);
    return all;
}

int main(void)
{
    return t_run(suite());
}
