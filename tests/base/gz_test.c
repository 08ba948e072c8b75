/* tests/base/gz_test.c - gzip of buffers and of files: bounds and damage. */
#include "base/file.h"
#include "base/gz.h"
#include "base/rnd.h"
#include "tests/base/tmp.h"

enum { BIG = 300000 };

/* Half noise, half zeros: neither incompressible nor trivial. */
static struct str sample(size_t n)
{
    static char bytes[BIG];
    struct rnd r;
    rnd_init(&r, 7);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)(i % 100 < 50 ? rnd_below(&r, 256) : 0);
    return str_n(bytes, n);
}

static void pack(struct str in, struct buf *out)
{
    struct err e = ERR_INIT;
    T_OK(gz_deflate(in, 6, out, &e), &e);
}

START_TEST(what_goes_in_comes_out)
{
    const size_t sizes[] = { 0, 1, 65535, 65536, 65537, BIG };
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct buf z = BUF_INIT(1 << 20), back = BUF_INIT(sizes[i]);
        struct err e = ERR_INIT;
        struct str in = sample(sizes[i]);
        pack(in, &z);
        T_OK(gz_inflate(buf_view(&z), &back, &e), &e);
        ck_assert(str_eq(in, buf_view(&back)));
        buf_fini(&z);
        buf_fini(&back);
    }
}
END_TEST

START_TEST(a_bomb_is_refused_at_the_bound)
{
    static char zeros[BIG];
    static const struct {
        const char *name;
        size_t max;
        int rc;
    } rows[] = {
        { "one byte too few", BIG - 1, RC_LIMIT },
        { "just enough", BIG, RC_OK },
        { "a hundredth", BIG / 100, RC_LIMIT },
        { "no room at all", 0, RC_LIMIT },
    };
    struct buf z = BUF_INIT(1 << 20);
    pack(str_n(zeros, BIG), &z);
    ck_assert_uint_lt(z.n, 1000);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out = BUF_INIT(rows[i].max);
        struct err e = ERR_INIT;
        T_RC(rows[i].name, gz_inflate(buf_view(&z), &out, &e), rows[i].rc, &e);
        T_U64(rows[i].name, out.n, rows[i].rc ? 0 : BIG);
        ck_assert_int_eq(out.failed, 0);
        buf_fini(&out);
    }
    buf_fini(&z);
}
END_TEST

START_TEST(compressed_bytes_are_bounded_too)
{
    struct buf z = BUF_INIT(1 << 20);
    struct str in = sample(1000);
    pack(in, &z);
    size_t need = z.n;
    buf_fini(&z);
    for (size_t less = 0; less < 2; less++) {
        struct buf out = BUF_INIT(4 + need - less);
        struct err e = ERR_INIT;
        buf_z(&out, "kept");
        T_RC("bound", gz_deflate(in, 6, &out, &e), less ? RC_LIMIT : RC_OK, &e);
        if (less)
            T_STR("bound", buf_view(&out), "kept");
        buf_fini(&out);
    }
    struct buf out = BUF_INIT(100);
    ck_assert_int_eq(gz_deflate(STR("x"), 99, &out, NULL), RC_INPUT);
    buf_fini(&out);
}
END_TEST

START_TEST(every_cut_is_damage)
{
    struct buf z = BUF_INIT(1 << 20);
    pack(sample(500), &z);
    for (size_t n = 0; n < z.n; n++) {
        struct buf out = BUF_INIT(500);
        struct err e = ERR_INIT;
        buf_z(&out, "");
        T_RC("cut", gz_inflate(str_n(z.p, n), &out, &e), RC_CORRUPT, &e);
        T_U64("nothing stays", out.n, 0);
        buf_fini(&out);
    }
    buf_fini(&z);
}
END_TEST

START_TEST(a_changed_byte_never_gives_other_bytes)
{
    struct buf z = BUF_INIT(1 << 20);
    struct str in = sample(500);
    pack(in, &z);
    for (size_t i = 0; i < z.n; i++) {
        struct buf out = BUF_INIT(2000);
        z.p[i] ^= 0x10;
        int rc = gz_inflate(buf_view(&z), &out, NULL);
        ck_assert_msg(rc || str_eq(in, buf_view(&out)), "byte %zu", i);
        z.p[i] ^= 0x10;
        buf_fini(&out);
    }
    buf_fini(&z);
}
END_TEST

static int read_all(struct file_reader *r, size_t piece, struct buf *out,
                    struct err *e)
{
    for (size_t got = 1; got;) {
        char *to = buf_room(out, piece);
        ck_assert_ptr_nonnull(to);
        int rc = file_reader_get(r, to, piece, &got, e);
        if (rc)
            return rc;
        out->n += got;
    }
    return RC_OK;
}

/* Read bytes @z as a file, in pieces of @piece. */
static int read_file(struct str z, size_t piece, struct buf *out)
{
    struct tmp t;
    struct file_reader *r;
    struct err e = ERR_INIT;
    tmp_open(&t);
    T_OK(file_reader_open(&r, tmp_write(&t, "f", z.p, z.n), &e), &e);
    int rc = read_all(r, piece, out, &e);
    file_reader_close(r);
    tmp_close(&t);
    return rc;
}

static const char *const plain_texts[] = { "", "x", "\x1f",
                                           "\x1f\x8a"
                                           "abc",
                                           "plain text" };

START_TEST(plain_files_are_read_as_they_are)
{
    for (size_t i = 0; i < ARRAY_LEN(plain_texts); i++) {
        struct buf out = BUF_INIT(1 << 20);
        T_U64("rc", read_file(str_of(plain_texts[i]), 3, &out), RC_OK);
        ck_assert(str_eqz(buf_view(&out), plain_texts[i]));
        buf_fini(&out);
    }
}
END_TEST

START_TEST(gzip_files_are_inflated)
{
    const size_t pieces[] = { 1000, 65536, 100000 };
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        struct buf z = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20);
        pack(sample(BIG), &z);
        T_U64("rc", read_file(buf_view(&z), pieces[i], &out), RC_OK);
        ck_assert(str_eq(sample(BIG), buf_view(&out)));
        buf_fini(&z);
        buf_fini(&out);
    }
}
END_TEST

START_TEST(members_follow_each_other)
{
    struct buf z = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20);
    struct buf back = BUF_INIT(1 << 20);
    pack(STR("one "), &z);
    pack(STR(""), &z);
    pack(STR("two"), &z);
    T_U64("file", read_file(buf_view(&z), 100, &out), RC_OK);
    T_STR("file", buf_view(&out), "one two");
    T_U64("buffer", gz_inflate(buf_view(&z), &back, NULL), RC_OK);
    T_STR("buffer", buf_view(&back), "one two");
    buf_z(&z, "tail");
    buf_reset(&out);
    buf_reset(&back);
    T_U64("file with a tail", read_file(buf_view(&z), 100, &out), RC_CORRUPT);
    T_U64("buffer with a tail", gz_inflate(buf_view(&z), &back, NULL),
          RC_CORRUPT);
    buf_fini(&z);
    buf_fini(&out);
    buf_fini(&back);
}
END_TEST

START_TEST(a_cut_file_is_corrupt_at_every_length)
{
    struct buf z = BUF_INIT(1 << 20);
    pack(sample(300), &z);
    for (size_t n = 2; n < z.n; n++) {
        struct buf out = BUF_INIT(1 << 20);
        T_U64("cut", read_file(str_n(z.p, n), 64, &out), RC_CORRUPT);
        buf_fini(&out);
    }
    buf_fini(&z);
}
END_TEST

T_SUITE("base.gz", 60, what_goes_in_comes_out, a_bomb_is_refused_at_the_bound,
        compressed_bytes_are_bounded_too, every_cut_is_damage,
        a_changed_byte_never_gives_other_bytes,
        plain_files_are_read_as_they_are, gzip_files_are_inflated,
        members_follow_each_other, a_cut_file_is_corrupt_at_every_length)
