/* base/digest.c - the checksums that need a loop. */
#include "base/digest.h"

#include <zlib.h>

uint64_t digest_bytes(uint64_t h, const void *p, size_t n)
{
    const unsigned char *at = p;
    for (size_t i = 0; i < n; i++)
        h = digest_u8(h, at[i]);
    return h;
}

uint32_t digest_crc32(uint32_t crc, const void *p, size_t n)
{
    return (uint32_t)crc32_z(crc, p, n);
}
