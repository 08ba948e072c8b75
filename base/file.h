/*
 * base/file.h - files through a seam, so that a test can refuse any call.
 *
 * All functions name the path in their error. RC_NOTFOUND: no such file;
 * RC_DENIED: no permission; RC_IO: anything else, sys = errno (ENOSPC when
 * the disk is full).
 */
#ifndef SVF_BASE_FILE_H
#define SVF_BASE_FILE_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The system calls in use; tests replace file_sys to fail the N-th. */
struct file_sys {
    int (*open)(const char *path, int flags, mode_t mode);
    ssize_t (*read)(int fd, void *p, size_t n);
    ssize_t (*write)(int fd, const void *p, size_t n);
    int (*fsync)(int fd);
    int (*rename)(const char *from, const char *to);
    int (*close)(int fd);
};
extern struct file_sys file_sys;

/* Append a whole file to @b. RC_LIMIT: @b->max is exceeded. On failure @b
 * holds what it held before. */
int file_read_all(const char *path, struct buf *b, struct err *e) MUST_CHECK;

/*
 * Replace @path by @n bytes: temporary name in the same folder, write,
 * fsync, rename, fsync of the folder. On failure the old file is untouched
 * and no temporary file stays. RC_UNKNOWN: the new file is in place, but the
 * folder could not be synced, so a power loss may bring the old one back.
 */
int file_replace(const char *path, const void *p, size_t n, mode_t mode,
                 struct err *e) MUST_CHECK;

/* The same in pieces, for files larger than memory should hold. */
struct file_writer; /* opaque */
int file_writer_open(struct file_writer **ret, const char *path, mode_t mode,
                     struct err *e) MUST_CHECK;
int file_writer_put(struct file_writer *w, const void *p, size_t n,
                    struct err *e) MUST_CHECK;
/* Bytes put so far. */
uint64_t file_writer_at(const struct file_writer *w);
/* Flush, fsync, rename into place; the writer is gone afterwards, failed or
 * not. RC_UNKNOWN as file_replace(). */
int file_writer_commit(struct file_writer *w, struct err *e) MUST_CHECK;
/* Give up: remove the temporary file; NULL is fine. */
void file_writer_abort(struct file_writer *w);

/* Map a regular file for reading. An empty one gives p = NULL, n = 0.
 * RC_INPUT: not a regular file. */
struct file_map {
    const void *p;
    size_t n;
};
int file_map_open(struct file_map *ret, const char *path,
                  struct err *e) MUST_CHECK;
void file_map_close(struct file_map *m);

/* Make a folder and its missing parents, mode 0700. */
int file_mkdirs(const char *path, struct err *e) MUST_CHECK;
bool file_exists(const char *path);
bool file_is_folder(const char *path);
/* Write all of @n bytes to @fd, through short writes and EINTR. */
int file_write_fd(int fd, const void *p, size_t n, struct err *e) MUST_CHECK;

/*
 * Read plain or gzip bytes in pieces (decided by the first two bytes).
 * @path "-" is standard input.
 */
struct file_reader; /* opaque */
int file_reader_open(struct file_reader **ret, const char *path,
                     struct err *e) MUST_CHECK;
/* Read up to @n bytes; *got = 0 at the end. RC_CORRUPT: bad gzip data. */
int file_reader_get(struct file_reader *r, void *p, size_t n, size_t *got,
                    struct err *e) MUST_CHECK;
void file_reader_close(struct file_reader *r);

#endif
