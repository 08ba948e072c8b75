/*
 * fuzz/duration.c - any bytes as a duration and as an id.
 *
 * Rules
 *   1. what is read as a duration is written and read back the same
 *   2. an id that is read is written as exactly the bytes it came from
 */
#include "fuzz/fuzz.h"
#include "schema/schema.h"

#include <assert.h>
#include <stdint.h>

static void duration(struct str s)
{
    uint64_t seconds, back;
    if (duration_parse(s, &seconds, NULL))
        return;
    struct buf b = BUF_INIT(100);
    duration_put_iso(&b, seconds);
    assert(buf_check(&b, "ISO", NULL) == RC_OK);
    assert(duration_parse(buf_view(&b), &back, NULL) == RC_OK);
    assert(back == seconds);
    duration_put_clock(&b, seconds);
    assert(buf_check(&b, "clock", NULL) == RC_OK);
    buf_fini(&b);
}

static void ids(struct str s)
{
    char vid[VID_TEXT], cid[CID_TEXT];
    uint64_t v;
    struct cid c;
    if (vid_parse(s, &v, NULL) == RC_OK)
        assert(str_eqz(s, vid_text(v, vid)));
    if (cid_parse(s, &c, NULL) == RC_OK)
        assert(str_eqz(s, cid_text(c, cid)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str s = str_n((const char *)data, size);
    duration(s);
    ids(s);
    return 0;
}
