/*
 * ratio/row.c - the definition's arithmetic for one row, and what a q means.
 *
 * Rules
 *   1. the same inline functions as the batch uses: one definition
 *   2. a percent of up to four decimals selects exactly what its decimal
 *      text says: percent * 2^32 / 100 is off by less than 2^-20 and is
 *      exact whenever the true product is whole
 *   3. RATIO_NO_RANK is in no top
 */
#include "ratio/ratio_priv.h"

uint32_t ratio_cell(uint64_t views, uint32_t mantissa_bits)
{
    return cell_of(views, mantissa_bits);
}

uint64_t ratio_cell_first(uint32_t cell, uint32_t mantissa_bits)
{
    uint32_t octave = cell >> mantissa_bits;
    if (octave == 0)
        return cell;
    uint64_t one = UINT64_C(1) << mantissa_bits;
    return (one + (cell & (one - 1))) << (octave - 1);
}

uint32_t ratio_hash(uint64_t id)
{
    return hash_of(id);
}

bool ratio_eligible(enum ratio_id r, uint64_t views, uint64_t a, uint64_t c,
                    uint64_t min_votes)
{
    return eligible(r == RATIO_LIKES_DISLIKES, views, a, c,
                    min_votes ? min_votes : 1);
}

uint32_t ratio_key(uint64_t a, uint64_t c, double alpha, double beta)
{
    return key_of(a, c, alpha, beta);
}

double ratio_value(uint64_t a, uint64_t c)
{
    return value_of(a, c);
}

double ratio_percentile(uint32_t q)
{
    return 100 * (1 - (double)q * 0x1p-32);
}

uint32_t ratio_top_limit(double percent)
{
    if (!(percent > 0))
        return 0; /* every q is at least 1 */
    double below = ceil(percent * 0x1p32 / 100);
    if (below > RATIO_NO_RANK)
        return RATIO_NO_RANK - 1;
    return (uint32_t)below - 1;
}

bool ratio_in_top(uint32_t q, double percent)
{
    return q <= ratio_top_limit(percent);
}
