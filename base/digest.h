/* base/digest.h - checksums of files and cursors. Not secret, not signed. */
#ifndef SVF_BASE_DIGEST_H
#define SVF_BASE_DIGEST_H

#include "base/str.h"

#include <stdint.h>

/* FNV-1a, 64 bits, continued from @h; start with DIGEST_INIT. */
#define DIGEST_INIT 0xcbf29ce484222325u
static inline uint64_t digest_u8(uint64_t h, unsigned char c)
{
    return (h ^ c) * 0x100000001b3u;
}
uint64_t digest_bytes(uint64_t h, const void *p, size_t n);
/* The finaliser of MurmurHash3 (fmix64): spreads FNV's low bits. */
static inline uint64_t digest_mix(uint64_t x)
{
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdu;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53u;
    x ^= x >> 33;
    return x;
}
/* CRC-32 (zlib's), continued from @crc; start with 0. For large files. */
uint32_t digest_crc32(uint32_t crc, const void *p, size_t n);

#endif
