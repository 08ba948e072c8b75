/*
 * miner/import_tags.c - tags as the editions write them, into lines.
 *
 * Known forms: `a|b`, `"a"|"b"`, a list as Python prints it
 * `['a', "b's"]`, lines; `[none]` and nothing at all. A tag never holds a
 * line feed, and empty tags are left out.
 */
#include "miner/import_priv.h"

static void put_tag(struct buf *out, struct str tag)
{
    tag = str_trim(tag);
    if (tag.n >= 2 && tag.p[0] == '"' && tag.p[tag.n - 1] == '"')
        tag = str_trim(str_n(tag.p + 1, tag.n - 2));
    if (!tag.n)
        return;
    if (out->n)
        buf_c(out, '\n');
    for (size_t i = 0; i < tag.n; i++)
        buf_c(out, tag.p[i] == '\n' || tag.p[i] == '\r' ? ' ' : tag.p[i]);
}

/* Take one quoted text off the front of *@s; false when there is none. */
static bool python_text(struct str *s, struct buf *out)
{
    while (s->n && s->p[0] != '\'' && s->p[0] != '"')
        *s = str_from(*s, 1);
    if (!s->n)
        return false;
    char quote = s->p[0];
    *s = str_from(*s, 1);
    while (s->n && s->p[0] != quote) {
        if (s->p[0] == '\\' && s->n > 1)
            *s = str_from(*s, 1);
        buf_c(out, s->p[0]);
        *s = str_from(*s, 1);
    }
    if (s->n)
        *s = str_from(*s, 1);
    return true;
}

static void python_list(struct str s, struct buf *out)
{
    struct buf tag = BUF_INIT(IMPORT_RECORD_MAX);
    while (python_text(&s, &tag)) {
        put_tag(out, buf_view(&tag));
        buf_reset(&tag);
    }
    buf_fini(&tag);
}

void import_tags(struct str s, struct buf *out)
{
    s = str_trim(s);
    if (str_eqz(s, "[none]") || str_eqz(s, "[]") || str_eqz(s, "null"))
        return;
    if (str_starts(s, STR("['")) || str_starts(s, STR("[\""))) {
        python_list(s, out);
        return;
    }
    char sep = s.n && memchr(s.p, '\n', s.n) ? '\n' : '|';
    struct str part;
    while (str_split(&s, sep, &part))
        put_tag(out, part);
}
