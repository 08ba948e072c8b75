/* base/utf8.c - checks and mends UTF-8; see base/utf8.h. */
#include "base/utf8.h"

static bool tail(const unsigned char *p, size_t from, size_t n)
{
    for (size_t i = from; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return false;
    return true;
}

/* The second byte's range depends on the first: table 3-7. */
static bool second_fits(unsigned char a, unsigned char b)
{
    switch (a) {
    case 0xe0:
        return b >= 0xa0 && b <= 0xbf;
    case 0xed:
        return b >= 0x80 && b <= 0x9f;
    case 0xf0:
        return b >= 0x90 && b <= 0xbf;
    case 0xf4:
        return b >= 0x80 && b <= 0x8f;
    default:
        return (b & 0xc0) == 0x80;
    }
}

size_t utf8_len(struct str s)
{
    if (!s.n)
        return 0;
    const unsigned char *p = (const unsigned char *)s.p;
    if (p[0] < 0x80)
        return 1;
    size_t n = p[0] >= 0xc2 && p[0] <= 0xdf   ? 2
               : p[0] >= 0xe0 && p[0] <= 0xef ? 3
               : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4
                                              : 0;
    if (!n || s.n < n || !second_fits(p[0], p[1]) || !tail(p, 2, n))
        return 0;
    return n;
}

bool utf8_valid(struct str s)
{
    while (s.n) {
        size_t n = utf8_len(s);
        if (!n)
            return false;
        s = str_from(s, n);
    }
    return true;
}

void utf8_clean(struct buf *out, struct str s)
{
    while (s.n) {
        size_t n = utf8_len(s);
        if (n)
            buf_put(out, s.p, n);
        else
            buf_put(out, "\xef\xbf\xbd", 3);
        s = str_from(s, n ? n : 1);
    }
}

bool utf8_is_control(struct str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    if (!s.n)
        return false;
    if (p[0] < 0x80)
        return p[0] < 0x20 || p[0] == 0x7f;
    return s.n > 1 && p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f;
}

void utf8_plain(struct buf *out, struct str s)
{
    while (s.n) {
        size_t n = utf8_len(s);
        struct str c = n ? str_n(s.p, n) : STR("?");
        buf_str(out, utf8_is_control(s) ? STR(" ") : c);
        s = str_from(s, n ? n : 1);
    }
}

size_t utf8_count(struct str s)
{
    size_t count = 0;
    while (s.n) {
        size_t n = utf8_len(s);
        s = str_from(s, n ? n : 1);
        count++;
    }
    return count;
}
