/*
 * tests/miner/import_kill_test.c - kill -9 in the middle of an import, ten
 * times at seeded places; importing again completes it, as if nothing had
 * happened.
 *
 * The child reads the file from a pipe; it is killed when a seeded number of
 * bytes went into the pipe, so it stands anywhere between a pipe's length
 * before that byte and the byte itself.
 */
#include "base/rnd.h"
#include "tests/miner/import_kit.h"
#include "tests/t.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 20000, VIDEOS = 6000, KILLS = 10 };

static void make_file(struct buf *text)
{
    struct rnd r;
    char id[VID_TEXT];
    rnd_init(&r, 17);
    buf_z(text, "video_id,title,views,likes,dislikes,date\n");
    for (size_t i = 0; i < ROWS; i++)
        buf_f(text, "%s,\"Title, %llu\",%llu,%llu,%llu,2020-01-%02llu\n",
              vid_text(rnd_mix(rnd_below(&r, VIDEOS)), id),
              (unsigned long long)rnd_below(&r, 3),
              (unsigned long long)rnd_below(&r, 100000),
              (unsigned long long)rnd_below(&r, 1000),
              (unsigned long long)rnd_below(&r, 100),
              1 + (unsigned long long)rnd_below(&r, 28));
}

static int import_path(const char *uri, const char *path,
                       struct import_report *ret)
{
    struct err e = ERR_INIT;
    struct store *s = kit_store(uri, STORE_LOCAL);
    struct import_options o = kit_options(s);
    int rc = import_file(&o, path, ret, &e);
    store_close(s);
    return rc;
}

static void dump_store(const char *uri, struct buf *out)
{
    struct store *s = kit_store(uri, STORE_LOCAL);
    kit_dump(s, ~UINT64_C(0), out);
    store_close(s);
}

/* The child: import what comes through the pipe. */
static void child(const char *uri, const int ends[2])
{
    struct import_report r;
    dup2(ends[0], 0);
    close(ends[0]);
    close(ends[1]);
    _exit(import_path(uri, "-", &r) ? 1 : 0);
}

/* Feed @n bytes of @text to an import, then kill it. */
static void import_and_kill(const char *uri, struct str text, size_t n)
{
    int ends[2], status;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        child(uri, ends);
    close(ends[0]);
    for (size_t at = 0; at < n;) {
        ssize_t put = write(ends[1], text.p + at, n - at);
        ck_assert_int_gt(put, 0);
        at += (size_t)put;
    }
    kill(pid, SIGKILL);
    close(ends[1]);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

START_TEST(killed_and_completed)
{
    char dir[64], path[128], broken[128], whole[128];
    struct import_report r;
    struct buf text = BUF_INIT(4 << 20);
    struct buf want = BUF_INIT(64 << 20), got = BUF_INIT(64 << 20);
    struct rnd rnd;
    rnd_init(&rnd, 23);
    make_file(&text);
    kit_file(kit_mkdir(dir), "in", buf_view(&text), path);
    snprintf(whole, sizeof(whole), "sqlite:%s/whole.db", dir);
    snprintf(broken, sizeof(broken), "sqlite:%s/broken.db", dir);
    ck_assert_int_eq(import_path(whole, path, &r), RC_OK);
    T_U64("read", r.read, ROWS);
    dump_store(whole, &want);

    for (size_t i = 0; i < KILLS; i++)
        import_and_kill(broken, buf_view(&text),
                        (size_t)rnd_below(&rnd, text.n));
    ck_assert_int_eq(import_path(broken, path, &r), RC_OK);
    dump_store(broken, &got);
    ck_assert_msg(str_eq(buf_view(&got), buf_view(&want)),
                  "%zu bytes after kills, %zu without", got.n, want.n);
    ck_assert_int_eq(import_path(broken, path, &r), RC_OK);
    T_U64("nothing is left to do", r.unchanged, ROWS);
    buf_fini(&text);
    buf_fini(&want);
    buf_fini(&got);
    kit_rmdir(dir);
}
END_TEST

T_SUITE("killed imports", 240, killed_and_completed)
