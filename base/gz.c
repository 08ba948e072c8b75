/*
 * base/gz.c - zlib over whole buffers.
 *
 * Rules
 *   1. on failure @out holds what it held before
 *   2. the result never exceeds out->max: it grows in pieces, so a bomb
 *      costs at most the bound
 *   3. members may follow each other; any other byte behind the end is
 *      damage
 */
#define ZLIB_CONST /* next_in points to const bytes */
#include "base/gz.h"

#include <limits.h>
#include <zlib.h>

enum { GZIP_WRAP = 16, GZIP_OR_ZLIB = 32, PIECE = 64 * 1024 };
enum { TOO_MUCH = 1000 }; /* beside zlib's own codes */

/* One run through zlib. */
struct flow {
    z_stream z;
    int (*step)(z_stream *, int); /* deflate or inflate */
    struct str in;                /* not yet given to zlib */
    struct buf *out;              /* borrowed */
    size_t before;                /* out->n at the start */
    unsigned char spare;          /* where one byte too many would go */
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Let zlib read the part of the input that its 32-bit counter can hold. */
static void feed(struct flow *f)
{
    if (f->z.avail_in || !f->in.n)
        return;
    size_t n = least(f->in.n, UINT_MAX);
    f->z.next_in = (const Bytef *)f->in.p;
    f->z.avail_in = (uInt)n;
    f->in = str_from(f->in, n);
}

static void set_length(struct buf *out, size_t n)
{
    out->n = n;
    if (out->p)
        out->p[n] = '\0';
}

static int into_piece(struct flow *f, int flush, size_t room)
{
    char *to = buf_room(f->out, room);
    if (!to)
        return Z_MEM_ERROR;
    f->z.next_out = (Bytef *)to;
    f->z.avail_out = (uInt)room;
    int zrc = f->step(&f->z, flush);
    set_length(f->out, f->out->n + room - f->z.avail_out);
    return zrc;
}

/* At the bound a single spare byte tells "just done" from "too much". */
static int into_spare(struct flow *f, int flush)
{
    f->z.next_out = &f->spare;
    f->z.avail_out = 1;
    int zrc = f->step(&f->z, flush);
    return f->z.avail_out ? zrc : TOO_MUCH;
}

static int turn(struct flow *f, int flush)
{
    size_t room = least(PIECE, f->out->max - f->out->n);
    return room ? into_piece(f, flush, room) : into_spare(f, flush);
}

/* Rule 1, and zlib's code as one of ours. */
static int finish(struct flow *f, int zrc, struct err *e)
{
    if (zrc == Z_STREAM_END)
        return RC_OK;
    set_length(f->out, f->before);
    f->out->failed = 0;
    switch (zrc) {
    case TOO_MUCH:
        return err_set(e, RC_LIMIT, "more than %zu bytes", f->out->max);
    case Z_MEM_ERROR:
        return err_set(e, RC_NOMEM, "no memory for gzip");
    case Z_STREAM_ERROR:
        return err_set(e, RC_INPUT, "a gzip level out of [1, 9]");
    default:
        return err_sys(e, RC_CORRUPT, zrc, "gzip data is damaged or cut");
    }
}

int gz_deflate(struct str in, int level, struct buf *out, struct err *e)
{
    if (out->failed)
        return buf_check(out, "compressed data", e);
    struct flow f = { .step = deflate, .in = in, .out = out, .before = out->n };
    int zrc = deflateInit2(&f.z, level, Z_DEFLATED, MAX_WBITS + GZIP_WRAP, 8,
                           Z_DEFAULT_STRATEGY);
    if (zrc != Z_OK)
        return finish(&f, zrc, e);
    do {
        feed(&f);
        zrc = turn(&f, f.in.n ? Z_NO_FLUSH : Z_FINISH);
    } while (zrc == Z_OK);
    (void)deflateEnd(&f.z);
    return finish(&f, zrc, e);
}

/* Z_OK when another member follows (rule 3), Z_STREAM_END when none does. */
static int next_member(struct flow *f)
{
    feed(f);
    return f->z.avail_in ? inflateReset(&f->z) : Z_STREAM_END;
}

int gz_inflate(struct str in, struct buf *out, struct err *e)
{
    if (out->failed)
        return buf_check(out, "inflated data", e);
    struct flow f = { .step = inflate, .in = in, .out = out, .before = out->n };
    int zrc = inflateInit2(&f.z, MAX_WBITS + GZIP_OR_ZLIB);
    if (zrc != Z_OK)
        return finish(&f, zrc, e);
    do {
        feed(&f);
        zrc = turn(&f, Z_NO_FLUSH);
        if (zrc == Z_STREAM_END)
            zrc = next_member(&f);
    } while (zrc == Z_OK);
    (void)inflateEnd(&f.z);
    return finish(&f, zrc, e);
}
