/*
 * store/source_text.c - reads a source as people write it.
 *
 * Rules
 *   1. one source, one reference: an address gives the same as the bare id
 *   2. an id is taken for what its form says: 11 characters are a video, UC
 *      and 22 a channel, a known prefix and more a playlist, @ a handle
 *   3. nothing is guessed: what only a browser can resolve (/c/…, /user/…)
 *      is refused with a sentence
 *
 * Threads: none of its own; no state.
 */
#include "store/store.h"

#include "base/utf8.h"

#include <strings.h>

enum {
    VIDEO_CHARS = VID_TEXT - 1,
    PLAYLIST_MIN = VIDEO_CHARS + 1,
    PLAYLIST_MAX = 63,
    QUOTED = 60
};

static const char *const kinds[] = {
    [SOURCE_CHANNEL] = "channel",
    [SOURCE_HANDLE] = "handle",
    [SOURCE_PLAYLIST] = "playlist",
    [SOURCE_VIDEO] = "video",
};

const char *source_kind_text(enum source_kind k)
{
    return k >= SOURCE_CHANNEL && k <= SOURCE_VIDEO ? kinds[k] : "unknown";
}

static int refuse(struct str s, const char *why, struct err *e)
{
    return err_set(e, RC_INPUT, "'%.*s' %s", s.n > QUOTED ? QUOTED : (int)s.n,
                   s.n ? s.p : "", why);
}

static const char wanted[] =
    "is no video, channel or playlist; its id, its @handle or its address at "
    "youtube.com would be";

/* ---- ids ---- */

static void fill(struct source *ret, enum source_kind kind, struct str ref)
{
    *ret = (struct source){ .kind = kind };
    memcpy(ret->ref, ref.p, ref.n); /* the callers bound it */
}

static int from_video(struct str s, struct source *ret, struct err *e)
{
    uint64_t id;
    int rc = vid_parse(s, &id, e);
    if (!rc)
        fill(ret, SOURCE_VIDEO, s);
    return rc;
}

static int from_channel(struct str s, struct source *ret, struct err *e)
{
    struct cid id;
    int rc = cid_parse(s, &id, e);
    if (!rc)
        fill(ret, SOURCE_CHANNEL, s);
    return rc;
}

static bool is_id_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static bool all_id_chars(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_id_char(s.p[i]))
            return false;
    return true;
}

/* Lists that the API can read. WL and LL belong to a signed-in person. */
static bool has_list_prefix(struct str s)
{
    static const char *const prefixes[] = { "PL", "UU", "OL", "FL",
                                            "PU", "EC", "RD" };
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
        if (str_starts(s, str_of(prefixes[i])))
            return true;
    return false;
}

static int from_playlist(struct str s, struct source *ret, struct err *e)
{
    if (str_starts(s, STR("WL")) || str_starts(s, STR("LL")))
        return refuse(s, "is a private list, which nobody else can read", e);
    if (s.n < PLAYLIST_MIN || s.n > PLAYLIST_MAX || !all_id_chars(s) ||
        !has_list_prefix(s))
        return refuse(s, "is no playlist id", e);
    fill(ret, SOURCE_PLAYLIST, s);
    return RC_OK;
}

/* Letters of any script, digits, '_', '-', '.', behind '@'. */
static int from_handle(struct str s, struct source *ret, struct err *e)
{
    bool ok = s.n > 1 && s.n < sizeof(ret->ref) && utf8_valid(s);
    for (size_t i = 1; ok && i < s.n; i++)
        ok = is_id_char(s.p[i]) || s.p[i] == '.' ||
             (unsigned char)s.p[i] >= 0x80;
    if (!ok)
        return refuse(s, "is no handle", e);
    fill(ret, SOURCE_HANDLE, s);
    return RC_OK;
}

/* Rule 2. */
static int from_id(struct str s, struct source *ret, struct err *e)
{
    if (s.n && s.p[0] == '@')
        return from_handle(s, ret, e);
    if (s.n == VIDEO_CHARS && all_id_chars(s))
        return from_video(s, ret, e);
    if (str_starts(s, STR("UC")) && s.n == CID_TEXT - 1)
        return from_channel(s, ret, e);
    if (s.n >= PLAYLIST_MIN && all_id_chars(s) && has_list_prefix(s))
        return from_playlist(s, ret, e);
    return refuse(s, wanted, e);
}

/* ---- addresses ---- */

/* The pieces of an address. */
struct address {
    bool scheme;      /* it began with http:// or https:// */
    struct str host;  /* without www., m., music. */
    struct str first; /* the path up to its second '/' */
    struct str second;
    struct str query;
};

static bool cut_front(struct str *s, const char *front)
{
    size_t n = strlen(front);
    if (s->n < n || strncasecmp(s->p, front, n) != 0)
        return false;
    *s = str_from(*s, n);
    return true;
}

/* What stands before the first of @stops, and cut it off *@s. */
static struct str cut_until(struct str *s, const char *stops)
{
    size_t n = 0;
    while (n < s->n && !strchr(stops, s->p[n]))
        n++;
    struct str part = str_n(s->p, n);
    *s = str_from(*s, n);
    return part;
}

static struct str segment(struct str *s)
{
    if (s->n && s->p[0] == '/')
        *s = str_from(*s, 1);
    return cut_until(s, "/");
}

static struct address split_address(struct str s)
{
    struct address a = { .scheme = false };
    a.scheme = cut_front(&s, "https://") || cut_front(&s, "http://");
    a.host = cut_until(&s, "/?#");
    (void)(cut_front(&a.host, "www.") || cut_front(&a.host, "m.") ||
           cut_front(&a.host, "music."));
    struct str path = cut_until(&s, "?#");
    a.first = segment(&path);
    a.second = segment(&path);
    if (s.n && s.p[0] == '?') {
        s = str_from(s, 1);
        a.query = cut_until(&s, "#");
    }
    return a;
}

static bool host_is(const struct address *a, const char *name)
{
    return a->host.n == strlen(name) &&
           strncasecmp(a->host.p, name, a->host.n) == 0;
}

static bool is_youtube(const struct address *a)
{
    return host_is(a, "youtube.com") || host_is(a, "youtu.be") ||
           host_is(a, "youtube-nocookie.com");
}

/* The value of @name ("v=") in the query; empty when it is not there. */
static struct str param(const struct address *a, const char *name)
{
    struct str rest = a->query, part;
    while (str_split(&rest, '&', &part))
        if (str_starts(part, str_of(name)))
            return str_from(part, strlen(name));
    return STR("");
}

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Take one byte, or three that mean one ("%E6"), off *@s. */
static char take_coded(struct str *s)
{
    int hi = s->p[0] == '%' && s->n > 2 ? hex_of(s->p[1]) : -1;
    int lo = hi >= 0 ? hex_of(s->p[2]) : -1;
    char c = s->p[0];
    if (lo >= 0)
        c = (char)(hi * 16 + lo);
    *s = str_from(*s, lo >= 0 ? 3 : 1);
    return c;
}

/* A handle in an address has its foreign letters coded. */
static int from_coded_handle(struct str s, struct source *ret, struct err *e)
{
    char plain[sizeof(ret->ref)];
    size_t n = 0;
    while (s.n && n < sizeof(plain))
        plain[n++] = take_coded(&s);
    return from_handle(str_n(plain, n), ret, e);
}

static int from_watch(const struct address *a, struct source *ret,
                      struct err *e)
{
    struct str v = param(a, "v=");
    return v.n ? from_video(v, ret, e)
               : from_playlist(param(a, "list="), ret, e);
}

static int from_address(struct str s, const struct address *a,
                        struct source *ret, struct err *e)
{
    if (host_is(a, "youtu.be"))
        return from_video(a->first, ret, e);
    if (a->first.n && a->first.p[0] == '@')
        return from_coded_handle(a->first, ret, e);
    if (str_eqz(a->first, "channel"))
        return from_channel(a->second, ret, e);
    if (str_eqz(a->first, "playlist"))
        return from_playlist(param(a, "list="), ret, e);
    if (str_eqz(a->first, "watch"))
        return from_watch(a, ret, e);
    if (str_eqz(a->first, "shorts") || str_eqz(a->first, "live") ||
        str_eqz(a->first, "embed") || str_eqz(a->first, "v"))
        return from_video(a->second, ret, e);
    if (str_eqz(a->first, "c") || str_eqz(a->first, "user"))
        return refuse(s,
                      "cannot be looked up; the channel's id or @handle, "
                      "shown on its page, would do",
                      e);
    return refuse(s, wanted, e);
}

int source_parse(struct str text, struct source *ret, struct err *e)
{
    struct str s = str_trim(text);
    if (s.n && memchr(s.p, '\0', s.n))
        return refuse(STR(""), wanted, e);
    struct address a = split_address(s);
    struct source out;
    int rc;
    if (is_youtube(&a))
        rc = from_address(s, &a, &out, e);
    else if (a.scheme)
        rc = refuse(s, "is not an address at youtube.com", e);
    else
        rc = from_id(s, &out, e);
    if (!rc)
        *ret = out;
    return rc;
}
