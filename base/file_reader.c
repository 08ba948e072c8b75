/*
 * base/file_reader.c - plain or gzip bytes as one stream.
 *
 * Rules
 *   1. the first two bytes decide; a file of one byte is plain
 *   2. gzip members follow each other as one; a cut member, or bytes behind
 *      the last that begin no member, are RC_CORRUPT
 *   3. descriptor 0 is borrowed, any other is owned
 *
 * Threads: one at a time.
 */
#define ZLIB_CONST /* next_in points to const bytes */
#include "base/file.h"

#include "base/file_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

enum { GZIP_WRAP = 16, PIECE = 64 * 1024 };

struct file_reader {
    char *path; /* owned; for messages */
    int fd;
    bool gzip;
    bool in_member; /* gzip: between a member's first byte and its last */
    bool at_end;    /* read() said 0 */
    z_stream z;
    const unsigned char *next; /* bytes read from fd and not yet used */
    size_t left;
    unsigned char piece[PIECE];
};

/* Append to piece until it holds @want bytes or the file ends. */
static int fill(struct file_reader *r, size_t want, struct err *e)
{
    if (r->left == 0)
        r->next = r->piece;
    while (r->left < want && !r->at_end) {
        size_t used = (size_t)(r->next - r->piece) + r->left;
        ssize_t got = file_read_some(r->fd, r->piece + used, PIECE - used);
        if (got < 0)
            return file_refused(e, "read", r->path);
        r->at_end = got == 0;
        r->left += (size_t)got;
    }
    return RC_OK;
}

static void use(struct file_reader *r, size_t n)
{
    r->next += n;
    r->left -= n;
}

/* Rule 1. */
static int look_at_front(struct file_reader *r, struct err *e)
{
    int rc = fill(r, 2, e);
    if (rc || r->left < 2 || r->next[0] != 0x1f || r->next[1] != 0x8b)
        return rc;
    if (inflateInit2(&r->z, MAX_WBITS + GZIP_WRAP) != Z_OK)
        return err_set(e, RC_NOMEM, "no memory to inflate '%.120s'", r->path);
    r->gzip = true;
    r->in_member = true;
    return RC_OK;
}

int file_reader_open(struct file_reader **ret, const char *path, struct err *e)
{
    struct file_reader *r = malloc(sizeof(*r));
    if (!r)
        return err_set(e, RC_NOMEM, "no memory to read '%.120s'", path);
    bool input = strcmp(path, "-") == 0;
    r->fd = input ? STDIN_FILENO : file_sys.open(path, O_RDONLY | O_CLOEXEC, 0);
    int rc = r->fd < 0 ? file_refused(e, "open", path) : RC_OK;
    r->gzip = r->in_member = r->at_end = false;
    r->z = (z_stream){ .zalloc = Z_NULL };
    r->left = 0;
    r->path = strdup(input ? "standard input" : path);
    if (!rc && !r->path)
        rc = err_set(e, RC_NOMEM, "no memory to read '%.120s'", path);
    if (!rc)
        rc = look_at_front(r, e);
    if (rc) {
        file_reader_close(r);
        return rc;
    }
    *ret = r;
    return RC_OK;
}

static int get_plain(struct file_reader *r, void *p, size_t n, size_t *got,
                     struct err *e)
{
    int rc = fill(r, 1, e);
    if (rc)
        return rc;
    size_t some = r->left < n ? r->left : n;
    if (some)
        memcpy(p, r->next, some);
    use(r, some);
    *got = some;
    return RC_OK;
}

static int damaged(const struct file_reader *r, struct err *e)
{
    return err_set(e, RC_CORRUPT, "'%.120s' is damaged or cut gzip data",
                   r->path);
}

/* Inflate what is at hand into z.next_out. */
static int inflate_some(struct file_reader *r, struct err *e)
{
    r->z.next_in = r->next;
    r->z.avail_in = (uInt)r->left;
    int zrc = inflate(&r->z, Z_NO_FLUSH);
    use(r, r->left - r->z.avail_in);
    if (zrc == Z_STREAM_END) {
        r->in_member = false;
        return RC_OK;
    }
    if (zrc == Z_MEM_ERROR)
        return err_set(e, RC_NOMEM, "no memory to inflate '%.120s'", r->path);
    return zrc == Z_OK || zrc == Z_BUF_ERROR ? RC_OK : damaged(r, e);
}

/* Rule 2: at the end of a member, begin the next if there is one. */
static int begin_member(struct file_reader *r, struct err *e)
{
    int rc = fill(r, 1, e);
    if (rc || r->left == 0)
        return rc;
    if (inflateReset(&r->z) != Z_OK)
        return damaged(r, e);
    r->in_member = true;
    return RC_OK;
}

static int get_gzip(struct file_reader *r, void *p, size_t n, size_t *got,
                    struct err *e)
{
    uInt room = n < UINT_MAX ? (uInt)n : UINT_MAX;
    r->z.next_out = p;
    r->z.avail_out = room;
    while (r->z.avail_out == room) {
        int rc = r->in_member ? fill(r, 1, e) : begin_member(r, e);
        if (rc)
            return rc;
        if (!r->in_member)
            break;
        bool dry = r->left == 0;
        rc = inflate_some(r, e);
        if (rc)
            return rc;
        if (dry && r->in_member && r->z.avail_out == room)
            return damaged(r, e);
    }
    *got = room - r->z.avail_out;
    return RC_OK;
}

int file_reader_get(struct file_reader *r, void *p, size_t n, size_t *got,
                    struct err *e)
{
    if (n == 0) {
        *got = 0;
        return RC_OK;
    }
    return r->gzip ? get_gzip(r, p, n, got, e) : get_plain(r, p, n, got, e);
}

void file_reader_close(struct file_reader *r)
{
    if (!r)
        return;
    if (r->gzip)
        (void)inflateEnd(&r->z);
    if (r->fd > STDIN_FILENO)
        (void)file_sys.close(r->fd);
    free(r->path);
    free(r);
}
