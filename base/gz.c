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

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Let zlib read the part of @in that its 32-bit counter can hold. */
static void feed(z_stream *z, struct str *in)
{
    if (z->avail_in || !in->n)
        return;
    size_t n = least(in->n, UINT_MAX);
    z->next_in = (const Bytef *)in->p;
    z->avail_in = (uInt)n;
    *in = str_from(*in, n);
}

static void set_length(struct buf *out, size_t n)
{
    out->n = n;
    if (out->p)
        out->p[n] = '\0';
}

/* One call of @step, deflate or inflate, into the next piece of @out. */
static int into_piece(z_stream *z, int (*step)(z_stream *, int), int flush,
                      struct buf *out, size_t room)
{
    char *to = buf_room(out, room);
    if (!to)
        return Z_MEM_ERROR;
    z->next_out = (Bytef *)to;
    z->avail_out = (uInt)room;
    int zrc = step(z, flush);
    set_length(out, out->n + room - z->avail_out);
    return zrc;
}

/* At the bound a single spare byte tells "just done" from "too much". */
static int into_spare(z_stream *z, int (*step)(z_stream *, int), int flush)
{
    unsigned char spare;
    z->next_out = &spare;
    z->avail_out = 1;
    int zrc = step(z, flush);
    return z->avail_out ? zrc : TOO_MUCH;
}

static int turn(z_stream *z, int (*step)(z_stream *, int), int flush,
                struct buf *out)
{
    size_t room = least(PIECE, out->max - out->n);
    return room ? into_piece(z, step, flush, out, room)
                : into_spare(z, step, flush);
}

/* Rule 1, and zlib's code as one of ours. */
static int give_up(struct buf *out, size_t before, int zrc, struct err *e)
{
    set_length(out, before);
    out->failed = 0;
    switch (zrc) {
    case TOO_MUCH:
        return err_set(e, RC_LIMIT, "more than %zu bytes", out->max);
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
    z_stream z = { .zalloc = Z_NULL };
    size_t before = out->n;
    int zrc = deflateInit2(&z, level, Z_DEFLATED, MAX_WBITS + GZIP_WRAP, 8,
                           Z_DEFAULT_STRATEGY);
    if (zrc != Z_OK)
        return give_up(out, before, zrc, e);
    do {
        feed(&z, &in);
        zrc = turn(&z, deflate, in.n ? Z_NO_FLUSH : Z_FINISH, out);
    } while (zrc == Z_OK);
    (void)deflateEnd(&z);
    return zrc == Z_STREAM_END ? RC_OK : give_up(out, before, zrc, e);
}

/* Z_OK when another member follows (rule 3), Z_STREAM_END when none does. */
static int next_member(z_stream *z, struct str *in)
{
    feed(z, in);
    return z->avail_in ? inflateReset(z) : Z_STREAM_END;
}

int gz_inflate(struct str in, struct buf *out, struct err *e)
{
    if (out->failed)
        return buf_check(out, "inflated data", e);
    z_stream z = { .zalloc = Z_NULL };
    size_t before = out->n;
    int zrc = inflateInit2(&z, MAX_WBITS + GZIP_OR_ZLIB);
    if (zrc != Z_OK)
        return give_up(out, before, zrc, e);
    do {
        feed(&z, &in);
        zrc = turn(&z, inflate, Z_NO_FLUSH, out);
        if (zrc == Z_STREAM_END)
            zrc = next_member(&z, &in);
    } while (zrc == Z_OK);
    (void)inflateEnd(&z);
    return zrc == Z_STREAM_END ? RC_OK : give_up(out, before, zrc, e);
}
