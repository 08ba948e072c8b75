/*
 * sim/replay.c - recorded pages, byte for byte.
 *
 * Rules
 *   1. a page lies in DIR/METHOD[.WHAT][.PAGETOKEN].json: METHOD is the path
 *      behind /youtube/v3/ ("videos", "playlistItems", "videos.batchGetStats"
 *      for videos:batchGetStats), WHAT the playlist, the channel, the handle
 *      or the first id that was asked for
 *   2. the name with WHAT wins; a page token must match, it is never dropped
 *   3. only [A-Za-z0-9_@.-] get into a name, and no "..": a request cannot
 *      leave the folder
 *
 * Threads: any; files are read for each request.
 */
#include "sim/service_priv.h"

#include "base/file.h"

#include <string.h>

static bool is_safe(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9') || c == '_' || c == '-' ||
                     c == '@' || (c == '.' && i && s.p[i - 1] != '.');
        if (!plain)
            return false;
    }
    return s.n > 0;
}

/* What is asked for; p NULL when nothing is named. */
static struct str asked(const struct params *p)
{
    static const char *const names[] = { "playlistId",  "id",
                                         "channelId",   "forHandle",
                                         "forUsername", "q" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct str first;
        if (params_list(p, names[i], &first, 1))
            return first;
    }
    return (struct str){ NULL, 0 };
}

static bool read_page(const char *dir, const char *method, struct str what,
                      struct str token, struct buf *body)
{
    struct buf path = BUF_INIT(4096);
    buf_f(&path, "%s/%s", dir, method);
    if (what.n)
        buf_f(&path, ".%.*s", STR_ARG(what));
    if (token.n)
        buf_f(&path, ".%.*s", STR_ARG(token));
    buf_z(&path, ".json");
    bool found = !path.failed && (!what.n || is_safe(what)) &&
                 (!token.n || is_safe(token)) &&
                 file_read_all(path.p, body, NULL) == RC_OK;
    buf_fini(&path);
    return found;
}

bool replay_answer(const struct service *s, const char *method,
                   const struct params *p, struct buf *body)
{
    const char *name = strcmp(method, "videos:batchGetStats") == 0
                           ? "videos.batchGetStats"
                           : method;
    struct str what = asked(p), token = params_get(p, "pageToken");
    const struct str none = { NULL, 0 };
    return (what.n && read_page(s->replay_dir, name, what, token, body)) ||
           read_page(s->replay_dir, name, none, token, body);
}
