/*
 * base/conf_file.c - an INI file as calls of conf_set().
 *
 * inih takes the syntax apart. It neither tells line numbers nor long
 * lines, and takes an indented line for the rest of the one before; so its
 * reader is ours: it counts lines, refuses what does not fit inih's buffer,
 * and drops indentation.
 *
 * Rules
 *   1. the first mistake is told with file:line; what else was set by then
 *      is of no use
 *   2. a key set twice in one file is a mistake
 */
#include "base/conf.h"

#include "base/conf_priv.h"
#include "base/file.h"

#include <ini.h>
#include <stdio.h>

enum { FILE_MAX_BYTES = 1024 * 1024 };

struct walk {
    struct conf *c;
    const char *path;
    struct str rest; /* lines not yet read */
    int line;        /* number of the last one read, from 1 */
    int rc;
    struct err *e;
};

static void put_where(const struct walk *w, char *out, size_t n)
{
    snprintf(out, n, "%.100s:%d", w->path, w->line);
}

static void fail(struct walk *w, const char *what)
{
    char where[128];
    put_where(w, where, sizeof(where));
    w->rc = err_set(w->e, RC_CONFIG, "%s: %s", where, what);
}

/* fgets() for inih; NULL ends the walk. */
static char *read_line(char *to, int room, void *stream)
{
    struct walk *w = stream;
    struct str line;
    if (w->rc || room < 2 || !w->rest.n || !str_split(&w->rest, '\n', &line))
        return NULL;
    w->line++;
    if (line.n && memchr(line.p, '\0', line.n)) {
        fail(w, "has a zero byte");
        return NULL;
    }
    line = str_trim(line);
    if (line.n + 2 > (size_t)room) {
        char what[80];
        snprintf(what, sizeof(what),
                 "longer than %d bytes; set it in the environment", room - 2);
        fail(w, what);
        return NULL;
    }
    if (line.n)
        memcpy(to, line.p, line.n);
    to[line.n] = '\n';
    to[line.n + 1] = '\0';
    return to;
}

/* Was @name set by this very file (rule 2)? */
static bool set_here(const struct walk *w, const char *name)
{
    char front[128];
    snprintf(front, sizeof(front), "%.100s:", w->path);
    for (size_t i = 0; i < w->c->n; i++) {
        const struct conf_value *v = &w->c->values[i];
        if (strcmp(w->c->rows[i].name, name) == 0)
            return v->where && str_starts(str_of(v->where), str_of(front));
    }
    return false;
}

static int take_pair(void *user, const char *section, const char *key,
                     const char *value)
{
    struct walk *w = user;
    char name[2 * CONF_NAME_MAX + 2];
    char where[128];
    if (w->rc)
        return 0;
    snprintf(name, sizeof(name), "%.64s%s%.64s", section, *section ? "." : "",
             key);
    put_where(w, where, sizeof(where));
    if (set_here(w, name))
        w->rc = err_set(w->e, RC_CONFIG, "%s: %s is set a second time", where,
                        name);
    else
        w->rc = conf_set(w->c, name, str_of(value), CONF_FILE, where, w->e);
    return w->rc == RC_OK;
}

static int walk_text(struct conf *c, const char *path, struct str text,
                     struct err *e)
{
    struct walk w = { .c = c, .path = path, .rest = text, .e = e };
    int first_bad = ini_parse_stream(read_line, &w, take_pair, &w);
    if (first_bad > 0 && (!w.rc || first_bad < w.line)) {
        w.line = first_bad;
        fail(&w, "neither '[section]' nor 'key = value'");
    }
    return w.rc;
}

int conf_file(struct conf *c, const char *path, struct err *e)
{
    struct buf text = BUF_INIT(FILE_MAX_BYTES);
    int rc = file_read_all(path, &text, e);
    if (rc == RC_LIMIT)
        rc = err_wrap(e, RC_CONFIG, "configuration");
    if (!rc)
        rc = walk_text(c, path, buf_view(&text), e);
    buf_fini(&text);
    return rc;
}
