/*
 * base/file.c - whole files: read, map, replace.
 *
 * Rules
 *   1. a file is replaced under a temporary name in its own folder, synced,
 *      and renamed; readers see the old bytes or the new, never a mixture
 *   2. on failure the temporary file is removed and the old file untouched
 *   3. open, read, write, fsync, rename and close go through file_sys
 *
 * Threads: any; a writer belongs to one thread at a time.
 * Does not do: locks between processes, permissions of existing files.
 */
#include "base/file.h"

#include "base/file_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int sys_open(const char *path, int flags, mode_t mode)
{
    return open(path, flags, mode);
}

struct file_sys file_sys = {
    .open = sys_open,
    .read = read,
    .write = write,
    .fsync = fsync,
    .rename = rename,
    .close = close,
};

enum { PIECE = 64 * 1024, NAMES_TRIED = 100 };

int file_refused(struct err *e, const char *doing, const char *path)
{
    int sys = errno;
    int rc = RC_IO;
    if (sys == ENOENT)
        rc = RC_NOTFOUND;
    else if (sys == EACCES || sys == EPERM || sys == EROFS)
        rc = RC_DENIED;
    char why[80];
    return err_sys(e, rc, sys, "cannot %s '%.120s': %s", doing, path,
                   strerror_r(sys, why, sizeof(why)));
}

ssize_t file_read_some(int fd, void *p, size_t n)
{
    ssize_t got;
    do {
        got = file_sys.read(fd, p, n);
    } while (got < 0 && errno == EINTR);
    return got;
}

static int write_all(int fd, const char *path, const void *p, size_t n,
                     struct err *e)
{
    const char *at = p;
    while (n) {
        ssize_t done = file_sys.write(fd, at, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return file_refused(e, "write", path);
        at += done;
        n -= (size_t)done;
    }
    return RC_OK;
}

int file_write_fd(int fd, const void *p, size_t n, struct err *e)
{
    char name[32];
    snprintf(name, sizeof(name), "descriptor %d", fd);
    return write_all(fd, name, p, n, e);
}

/* One byte more than fits would be one too many. */
static int at_bound(int fd, const char *path, size_t max, struct err *e)
{
    char more;
    ssize_t got = file_read_some(fd, &more, 1);
    if (got < 0)
        return file_refused(e, "read", path);
    if (got > 0)
        return err_set(e, RC_LIMIT, "'%.120s' exceeds %zu bytes", path, max);
    return RC_OK;
}

static int read_into(int fd, const char *path, struct buf *b, struct err *e)
{
    while (b->n < b->max) {
        size_t room = b->max - b->n < PIECE ? b->max - b->n : PIECE;
        char *to = buf_room(b, room);
        if (!to)
            return buf_check(b, path, e);
        ssize_t got = file_read_some(fd, to, room);
        if (got < 0)
            return file_refused(e, "read", path);
        b->n += (size_t)got;
        b->p[b->n] = '\0';
        if (got == 0)
            return RC_OK;
    }
    return at_bound(fd, path, b->max, e);
}

int file_read_all(const char *path, struct buf *b, struct err *e)
{
    int fd = file_sys.open(path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return file_refused(e, "open", path);
    size_t before = b->n;
    int rc = read_into(fd, path, b, e);
    (void)file_sys.close(fd);
    if (rc) {
        b->n = before;
        if (b->p)
            b->p[before] = '\0';
    }
    return rc;
}

struct file_writer {
    char *path; /* owned; where it will be */
    char *temp; /* owned; where it is */
    int fd;     /* -1 once closed */
    bool made;  /* temp exists */
    uint64_t at;
    size_t held; /* bytes of buffer not yet written */
    char buffer[PIECE];
};

/* A name in the same folder that no living writer has. */
static int open_temp(struct file_writer *w, mode_t mode, struct err *e)
{
    static _Atomic unsigned serial;
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    size_t room = strlen(w->path) + 40;
    for (int tried = 0; tried < NAMES_TRIED; tried++) {
        snprintf(w->temp, room, "%s.%ld-%u.tmp", w->path, (long)getpid(),
                 atomic_fetch_add(&serial, 1));
        w->fd = file_sys.open(w->temp, flags, mode);
        w->made = w->fd >= 0;
        if (w->made)
            return RC_OK;
        if (errno != EEXIST) /* left by a crash of the same pid */
            break;
    }
    return file_refused(e, "make", w->temp);
}

int file_writer_open(struct file_writer **ret, const char *path, mode_t mode,
                     struct err *e)
{
    struct file_writer *w = malloc(sizeof(*w));
    if (!w)
        return err_set(e, RC_NOMEM, "no memory to write '%.120s'", path);
    w->path = strdup(path);
    w->temp = malloc(strlen(path) + 40);
    w->fd = -1;
    w->made = false;
    w->at = 0;
    w->held = 0;
    int rc = w->path && w->temp
                 ? open_temp(w, mode, e)
                 : err_set(e, RC_NOMEM, "no memory to write '%.120s'", path);
    if (rc) {
        file_writer_abort(w);
        return rc;
    }
    *ret = w;
    return RC_OK;
}

static int flush(struct file_writer *w, struct err *e)
{
    int rc = write_all(w->fd, w->temp, w->buffer, w->held, e);
    if (!rc)
        w->held = 0;
    return rc;
}

int file_writer_put(struct file_writer *w, const void *p, size_t n,
                    struct err *e)
{
    if (n > sizeof(w->buffer) - w->held) {
        int rc = flush(w, e);
        if (rc)
            return rc;
    }
    if (n > sizeof(w->buffer)) {
        int rc = write_all(w->fd, w->temp, p, n, e);
        if (rc)
            return rc;
    } else if (n) {
        memcpy(w->buffer + w->held, p, n);
        w->held += n;
    }
    w->at += n;
    return RC_OK;
}

uint64_t file_writer_at(const struct file_writer *w)
{
    return w->at;
}

/* The folder's descriptor: fsync() on it makes a rename last. */
static int open_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;
    if (n >= sizeof(folder)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(folder, path, n);
    folder[n] = '\0';
    const char *name = n ? folder : slash ? "/" : ".";
    return file_sys.open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
}

static int sync_and_close(struct file_writer *w, struct err *e)
{
    if (file_sys.fsync(w->fd))
        return file_refused(e, "sync", w->temp);
    int failed = file_sys.close(w->fd);
    w->fd = -1;
    return failed ? file_refused(e, "close", w->temp) : RC_OK;
}

/* After the rename there is no way back: what fails now is RC_UNKNOWN. */
static int rename_and_sync(struct file_writer *w, int folder, struct err *e)
{
    if (file_sys.rename(w->temp, w->path))
        return file_refused(e, "replace", w->path);
    w->made = false;
    if (file_sys.fsync(folder) && errno != EINVAL)
        return err_sys(e, RC_UNKNOWN, errno,
                       "'%.120s' is replaced, but may not survive a power loss",
                       w->path);
    return RC_OK;
}

int file_writer_commit(struct file_writer *w, struct err *e)
{
    int rc = flush(w, e);
    int folder = -1;
    if (!rc) {
        folder = open_folder(w->path);
        if (folder < 0)
            rc = file_refused(e, "open the folder of", w->path);
    }
    if (!rc)
        rc = sync_and_close(w, e);
    if (!rc)
        rc = rename_and_sync(w, folder, e);
    if (folder >= 0)
        (void)file_sys.close(folder);
    file_writer_abort(w);
    return rc;
}

void file_writer_abort(struct file_writer *w)
{
    if (!w)
        return;
    if (w->fd >= 0)
        (void)file_sys.close(w->fd);
    if (w->made)
        (void)unlink(w->temp);
    free(w->temp);
    free(w->path);
    free(w);
}

int file_replace(const char *path, const void *p, size_t n, mode_t mode,
                 struct err *e)
{
    struct file_writer *w;
    int rc = file_writer_open(&w, path, mode, e);
    if (rc)
        return rc;
    rc = file_writer_put(w, p, n, e);
    if (rc) {
        file_writer_abort(w);
        return rc;
    }
    return file_writer_commit(w, e);
}

static int map_fd(int fd, const char *path, struct file_map *ret, struct err *e)
{
    struct stat st;
    if (fstat(fd, &st))
        return file_refused(e, "inspect", path);
    if (!S_ISREG(st.st_mode))
        return err_set(e, RC_INPUT, "'%.120s' is not a regular file", path);
    struct file_map m = { .p = NULL, .n = (size_t)st.st_size };
    if (m.n) {
        void *p = mmap(NULL, m.n, PROT_READ, MAP_PRIVATE, fd, 0);
        if (p == MAP_FAILED)
            return file_refused(e, "map", path);
        m.p = p;
    }
    *ret = m;
    return RC_OK;
}

int file_map_open(struct file_map *ret, const char *path, struct err *e)
{
    int fd = file_sys.open(path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return file_refused(e, "open", path);
    int rc = map_fd(fd, path, ret, e);
    (void)file_sys.close(fd);
    return rc;
}

void file_map_close(struct file_map *m)
{
    if (!m || !m->p)
        return;
    (void)munmap((void *)(uintptr_t)m->p, m->n);
    *m = (struct file_map){ .p = NULL, .n = 0 };
}

static int make_folder(const char *path, struct err *e)
{
    if (mkdir(path, 0700) == 0 || (errno == EEXIST && file_is_folder(path)))
        return RC_OK;
    return file_refused(e, "make folder", path);
}

int file_mkdirs(const char *path, struct err *e)
{
    char part[PATH_MAX];
    size_t n = strlen(path);
    if (n == 0 || n >= sizeof(part))
        return err_set(e, RC_INPUT, "'%.120s' is not a folder's name", path);
    memcpy(part, path, n + 1);
    for (size_t i = 1; i < n; i++) {
        if (part[i] != '/')
            continue;
        part[i] = '\0';
        int rc = make_folder(part, e);
        if (rc)
            return rc;
        part[i] = '/';
    }
    return make_folder(part, e);
}

bool file_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

bool file_is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}
