/*
 * store/pos.c - the bytes of a feed position.
 *
 * Rules
 *   1. a position may come back from a file years later: the first byte
 *      tells its form, the rest is checked before use
 *   2. numbers are big-endian; all positions of this form are equally long
 *
 * Threads: none of its own; no state.
 */
#include "store/store_priv.h"

enum {
    FORM = 1,
    AT_STORE = 1,
    AT_SEQ = AT_STORE + 16,
    AT_TYPE = AT_SEQ + 8,
    AT_KEY = AT_TYPE + 1,
    POS_BYTES = AT_KEY + 16
};

static void put_u64(unsigned char *to, uint64_t v)
{
    for (int i = 7; i >= 0; i--, v >>= 8)
        to[i] = (unsigned char)v;
}

static uint64_t get_u64(const unsigned char *from)
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v = v << 8 | from[i];
    return v;
}

void store_place_pack(const struct store_place *p, struct store_pos *ret)
{
    *ret = (struct store_pos){ .n = POS_BYTES };
    ret->bytes[0] = FORM;
    memcpy(ret->bytes + AT_STORE, p->store, sizeof(p->store));
    put_u64(ret->bytes + AT_SEQ, p->row.seq);
    ret->bytes[AT_TYPE] = (unsigned char)p->row.type;
    put_u64(ret->bytes + AT_KEY, p->row.key[0]);
    put_u64(ret->bytes + AT_KEY + 8, p->row.key[1]);
}

bool store_place_unpack(const struct store_pos *pos, struct store_place *ret)
{
    if (pos->n != POS_BYTES || pos->bytes[0] != FORM ||
        pos->bytes[AT_TYPE] >= STORE_TYPES)
        return false;
    uint64_t seq = get_u64(pos->bytes + AT_SEQ);
    if (seq > INT64_MAX)
        return false;
    memcpy(ret->store, pos->bytes + AT_STORE, sizeof(ret->store));
    ret->row = (struct store_change){
        .seq = seq,
        .type = pos->bytes[AT_TYPE],
        .key = { get_u64(pos->bytes + AT_KEY),
                 get_u64(pos->bytes + AT_KEY + 8) },
    };
    return true;
}
