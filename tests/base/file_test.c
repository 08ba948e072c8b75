/*
 * tests/base/file_test.c - files, with each system call refused in turn:
 * whatever fails, the old file stays whole and nothing is left beside it.
 */
#include "base/file.h"
#include "tests/base/tmp.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* A file_sys that refuses its call number fail_at, and counts. */
static struct file_sys real;
static int calls, fail_at, fail_with;
static size_t write_at_most; /* short writes; 0 = as asked */
static int interrupt_each;   /* EINTR before every second read and write */
static int open_now;         /* descriptors opened and not closed */

static bool refused(void)
{
    if (calls++ != fail_at)
        return false;
    errno = fail_with;
    return true;
}

static bool interrupted(void)
{
    static bool odd;
    odd = !odd;
    if (!interrupt_each || odd)
        return false;
    errno = EINTR;
    return true;
}

static int sys_open(const char *path, int flags, mode_t mode)
{
    int fd = refused() ? -1 : real.open(path, flags, mode);
    open_now += fd >= 0;
    return fd;
}

static ssize_t sys_read(int fd, void *p, size_t n)
{
    return interrupted() || refused() ? -1 : real.read(fd, p, n);
}

static ssize_t sys_write(int fd, const void *p, size_t n)
{
    if (write_at_most && n > write_at_most)
        n = write_at_most;
    return interrupted() || refused() ? -1 : real.write(fd, p, n);
}

static int sys_fsync(int fd)
{
    return refused() ? -1 : real.fsync(fd);
}

static int sys_rename(const char *from, const char *to)
{
    return refused() ? -1 : real.rename(from, to);
}

/* As Linux does: the descriptor is gone even when close reports a failure. */
static int sys_close(int fd)
{
    bool bad = refused();
    int sys = errno;
    int rc = real.close(fd);
    open_now--;
    errno = sys;
    return bad ? -1 : rc;
}

static void seam_set(int at, int with)
{
    real = file_sys;
    calls = 0;
    fail_at = at;
    fail_with = with;
    write_at_most = 0;
    interrupt_each = 0;
    open_now = 0;
    file_sys = (struct file_sys){ sys_open,  sys_read,   sys_write,
                                  sys_fsync, sys_rename, sys_close };
}

static void seam_restore(void)
{
    file_sys = real;
}

static struct tmp tmp;

static void set_up(void)
{
    tmp_open(&tmp);
}

static void tear_down(void)
{
    tmp_close(&tmp);
}

static void holds(const char *name, const char *path, const void *p, size_t n)
{
    struct buf b = BUF_INIT(1 << 20);
    struct err e = ERR_INIT;
    T_RC(name, file_read_all(path, &b, &e), RC_OK, &e);
    ck_assert_msg(b.n == n && (n == 0 || memcmp(b.p, p, n) == 0),
                  "%s: other bytes, %zu of them", name, b.n);
    buf_fini(&b);
}

static int replace_in_pieces(const char *path, struct err *e)
{
    static char piece[40000]; /* crosses the writer's buffer */
    static char large[200000];
    struct file_writer *w;
    int rc = file_writer_open(&w, path, 0600, e);
    if (rc)
        return rc;
    for (int i = 0; i < 3 && !rc; i++)
        rc = file_writer_put(w, piece, sizeof(piece), e);
    if (!rc)
        rc = file_writer_put(w, large, sizeof(large), e);
    if (rc) {
        file_writer_abort(w);
        return rc;
    }
    ck_assert_uint_eq(file_writer_at(w), 3 * sizeof(piece) + sizeof(large));
    return file_writer_commit(w, e);
}

static int replace_at_once(const char *path, struct err *e)
{
    return file_replace(path, "new", 3, 0600, e);
}

static void refuse_every_call(int (*replace)(const char *, struct err *),
                              int sys, int want, size_t new_bytes)
{
    const char *path = tmp_path(&tmp, "f");
    int at = 0;
    for (;; at++) {
        struct err e = ERR_INIT;
        char name[32];
        snprintf(name, sizeof(name), "call %d refused", at);
        ck_assert_int_eq(file_replace(path, "old", 3, 0600, &e), RC_OK);
        seam_set(at, sys);
        int rc = replace(path, &e);
        bool all_done = calls <= at;
        int left_open = open_now;
        seam_restore();
        ck_assert_msg(left_open == 0, "%s: %d left open", name, left_open);
        ck_assert_msg(tmp_count(&tmp) == 1, "%s: something is left", name);
        if (rc == RC_OK || rc == RC_UNKNOWN) {
            struct stat st;
            ck_assert_int_eq(stat(path, &st), 0);
            T_U64(name, st.st_size, new_bytes);
        } else {
            T_RC(name, rc, want, &e);
            ck_assert_int_eq(e.sys, sys);
            holds(name, path, "old", 3);
        }
        if (all_done)
            break;
    }
    ck_assert_int_ge(at, 8); /* open, write, folder, fsync, close, rename … */
}

START_TEST(a_full_disk_at_any_call_leaves_the_old_file)
{
    refuse_every_call(replace_at_once, ENOSPC, RC_IO, 3);
    refuse_every_call(replace_in_pieces, ENOSPC, RC_IO, 320000);
}
END_TEST

START_TEST(no_permission_at_any_call_leaves_the_old_file)
{
    refuse_every_call(replace_at_once, EACCES, RC_DENIED, 3);
    refuse_every_call(replace_in_pieces, EROFS, RC_DENIED, 320000);
}
END_TEST

/* Only the folder's fsync comes after the point of no return. */
START_TEST(a_folder_that_cannot_be_synced_is_unknown)
{
    const char *path = tmp_path(&tmp, "f");
    int unknown = 0;
    for (int at = 0; at < 8; at++) {
        struct err e = ERR_INIT;
        seam_set(at, EIO);
        int rc = replace_at_once(path, &e);
        seam_restore();
        unknown += rc == RC_UNKNOWN;
        if (rc == RC_UNKNOWN)
            holds("replaced all the same", path, "new", 3);
    }
    ck_assert_int_eq(unknown, 1);
}
END_TEST

START_TEST(a_folder_that_knows_no_sync_is_fine)
{
    const char *path = tmp_path(&tmp, "f");
    int done = 0;
    for (int at = 0; at < 8; at++) {
        seam_set(at, EINVAL);
        done += replace_at_once(path, NULL) == RC_OK;
        seam_restore();
    }
    ck_assert_int_eq(done, 2); /* the folder's fsync and its close */
}
END_TEST

START_TEST(short_writes_and_interrupts_are_continued)
{
    const char *path = tmp_path(&tmp, "f");
    struct err e = ERR_INIT;
    seam_set(-1, 0);
    write_at_most = 1;
    interrupt_each = 1;
    int rc = file_replace(path, "a longer text", 13, 0600, &e);
    int wrote = calls;
    struct buf b = BUF_INIT(100);
    int read_rc = file_read_all(path, &b, &e);
    seam_restore();
    T_RC("replace", rc, RC_OK, &e);
    T_RC("read", read_rc, RC_OK, &e);
    T_STR("text", buf_view(&b), "a longer text");
    ck_assert_int_ge(wrote, 13);
    buf_fini(&b);
}
END_TEST

START_TEST(a_name_left_by_a_crash_is_passed_over)
{
    const char *path = tmp_path(&tmp, "f");
    char stale[600];
    for (unsigned i = 0; i < 300; i++) {
        snprintf(stale, sizeof(stale), "%s.%ld-%u.tmp", path, (long)getpid(),
                 i * 2);
        FILE *f = fopen(stale, "w");
        ck_assert_ptr_nonnull(f);
        fclose(f);
    }
    struct err e = ERR_INIT;
    for (int i = 0; i < 20; i++)
        T_OK(file_replace(path, "x", 1, 0600, &e), &e);
    holds("written", path, "x", 1);
}
END_TEST

START_TEST(reads_up_to_the_bound)
{
    static const struct {
        const char *name;
        size_t max;
        int rc;
    } rows[] = {
        { "one byte too few", 9, RC_LIMIT },
        { "just enough", 10, RC_OK },
        { "one to spare", 11, RC_OK },
        { "none at all", 2, RC_LIMIT },
    };
    const char *path = tmp_write(&tmp, "f", "12345678", 8);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf b = BUF_INIT(rows[i].max);
        struct err e = ERR_INIT;
        buf_z(&b, "<>");
        T_RC(rows[i].name, file_read_all(path, &b, &e), rows[i].rc, &e);
        T_STR(rows[i].name, buf_view(&b), rows[i].rc ? "<>" : "<>12345678");
        buf_fini(&b);
    }
}
END_TEST

START_TEST(every_refusal_names_the_path)
{
    struct buf b = BUF_INIT(10);
    struct err e = ERR_INIT;
    struct file_map m;
    struct file_reader *r;
    const char *path = tmp_path(&tmp, "none");
    ck_assert_int_eq(file_read_all(path, &b, &e), RC_NOTFOUND);
    ck_assert_ptr_nonnull(strstr(e.msg, "none"));
    ck_assert_ptr_nonnull(strstr(e.msg, "No such file"));
    ck_assert_int_eq(file_map_open(&m, path, &e), RC_NOTFOUND);
    ck_assert_int_eq(file_reader_open(&r, path, &e), RC_NOTFOUND);
    ck_assert(!file_exists(path));
    ck_assert_int_eq(file_map_open(&m, tmp.folder, &e), RC_INPUT);
    ck_assert_int_eq(file_read_all(tmp.folder, &b, &e), RC_IO);
    ck_assert_int_eq(e.sys, EISDIR);
    ck_assert_int_eq(
        file_replace(tmp_path(&tmp, "no/folder"), "x", 1, 0600, &e),
        RC_NOTFOUND);
    buf_fini(&b);
}
END_TEST

START_TEST(maps_a_file)
{
    struct file_map m;
    struct err e = ERR_INIT;
    T_OK(file_map_open(&m, tmp_write(&tmp, "f", "mapped", 6), &e), &e);
    ck_assert_uint_eq(m.n, 6);
    ck_assert_int_eq(memcmp(m.p, "mapped", 6), 0);
    file_map_close(&m);
    ck_assert_ptr_null(m.p);
    file_map_close(&m);
    T_OK(file_map_open(&m, tmp_write(&tmp, "g", "", 0), &e), &e);
    ck_assert(m.p == NULL && m.n == 0);
    file_map_close(&m);
    file_map_close(NULL);
}
END_TEST

START_TEST(makes_folders)
{
    struct err e = ERR_INIT;
    T_OK(file_mkdirs(tmp_path(&tmp, "a/b//c/"), &e), &e);
    T_OK(file_mkdirs(tmp_path(&tmp, "a/b/c"), &e), &e);
    ck_assert(file_exists(tmp_path(&tmp, "a/b/c")));
    ck_assert(file_is_folder(tmp_path(&tmp, "a/b/c")));
    ck_assert(!file_is_folder(tmp_path(&tmp, "a/none")));
    struct stat st;
    ck_assert_int_eq(stat(tmp_path(&tmp, "a/b"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0700);
    ck_assert(!file_is_folder(tmp_write(&tmp, "file", "x", 1)));
    ck_assert_int_eq(file_mkdirs(tmp_path(&tmp, "file"), &e), RC_IO);
    ck_assert_int_eq(file_mkdirs(tmp_path(&tmp, "file/d"), &e), RC_IO);
    ck_assert_int_eq(file_mkdirs("", &e), RC_INPUT);
    char path[5000];
    memset(path, 'x', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    ck_assert_int_eq(file_mkdirs(path, &e), RC_INPUT);
}
END_TEST

START_TEST(keeps_the_mode_and_the_relative_folder)
{
    struct err e = ERR_INIT;
    struct stat st;
    ck_assert_int_eq(chdir(tmp.folder), 0);
    T_OK(file_replace("f", "x", 1, 0600, &e), &e);
    ck_assert_int_eq(stat("f", &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    ck_assert_int_eq(tmp_count(&tmp), 1);
    ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(an_aborted_writer_leaves_nothing)
{
    struct file_writer *w;
    struct err e = ERR_INIT;
    T_OK(file_writer_open(&w, tmp_path(&tmp, "f"), 0600, &e), &e);
    T_OK(file_writer_put(w, "x", 1, &e), &e);
    ck_assert_uint_eq(file_writer_at(w), 1);
    file_writer_abort(w);
    file_writer_abort(NULL);
    ck_assert_int_eq(tmp_count(&tmp), 0);
}
END_TEST

T_SUITE_WITH("base.file", 30, set_up, tear_down,
             a_full_disk_at_any_call_leaves_the_old_file,
             no_permission_at_any_call_leaves_the_old_file,
             a_folder_that_cannot_be_synced_is_unknown,
             a_folder_that_knows_no_sync_is_fine,
             short_writes_and_interrupts_are_continued,
             a_name_left_by_a_crash_is_passed_over, reads_up_to_the_bound,
             every_refusal_names_the_path, maps_a_file, makes_folders,
             keeps_the_mode_and_the_relative_folder,
             an_aborted_writer_leaves_nothing)
