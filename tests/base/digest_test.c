/* tests/base/digest_test.c - published vectors of the checksums; rnd. */
#include "base/digest.h"
#include "base/rnd.h"
#include "tests/t.h"

START_TEST(fnv_1a_vectors)
{
    T_U64("empty", digest_bytes(DIGEST_INIT, "", 0), 0xcbf29ce484222325u);
    T_U64("a", digest_bytes(DIGEST_INIT, "a", 1), 0xaf63dc4c8601ec8cu);
    T_U64("foobar", digest_bytes(DIGEST_INIT, "foobar", 6),
          0x85944171f73967e8u);
    T_U64("in two parts",
          digest_bytes(digest_bytes(DIGEST_INIT, "foo", 3), "bar", 3),
          0x85944171f73967e8u);
}
END_TEST

START_TEST(crc_32_vectors)
{
    T_U64("check value", digest_crc32(0, "123456789", 9), 0xcbf43926u);
    T_U64("in two parts", digest_crc32(digest_crc32(0, "1234", 4), "56789", 5),
          0xcbf43926u);
    T_U64("empty", digest_crc32(0, "", 0), 0);
}
END_TEST

START_TEST(mix_is_the_finaliser_of_murmur3)
{
    T_U64("zero", digest_mix(0), 0);
    T_U64("one", digest_mix(1), 0xb456bcfc34c2cb2cu);
}
END_TEST

START_TEST(a_seed_repeats_its_numbers)
{
    struct rnd r;
    rnd_init(&r, 0);
    T_U64("splitmix64, first of seed 0", rnd_u64(&r), 0xe220a8397b1dcdafu);
    T_U64("second", rnd_u64(&r), 0x6e789e6aa1b965f4u);
    for (int i = 0; i < 1000; i++) {
        uint64_t below = rnd_below(&r, 7);
        double f = rnd_f64(&r);
        if (below >= 7 || f < 0.0 || f >= 1.0)
            ck_abort_msg("%llu %g", (unsigned long long)below, f);
    }
    ck_assert(rnd_os_seed() != rnd_os_seed());
}
END_TEST

T_SUITE("base.digest", 10, fnv_1a_vectors, crc_32_vectors,
        mix_is_the_finaliser_of_murmur3, a_seed_repeats_its_numbers)
