/* cli/lines.c - reads what words and --ids FILE name: videos, channels. */
#include "cli/cli_priv.h"

#include "base/file.h"

#include <stdlib.h>

enum { LINES_MAX_BYTES = 512 * 1024 * 1024 };

static int read_file(const char *path, struct buf *b, struct err *e)
{
    struct file_reader *r;
    int rc = file_reader_open(&r, path, e);
    if (rc)
        return rc;
    char piece[16384];
    size_t got = 1;
    while (!rc && got && !b->failed) {
        rc = file_reader_get(r, piece, sizeof(piece), &got, e);
        if (!rc)
            buf_put(b, piece, got);
    }
    file_reader_close(r);
    if (!rc)
        rc = buf_check(b, path, e);
    return rc == RC_LIMIT ? err_wrap(e, RC_INPUT, "--ids") : rc;
}

static int want(struct cli_sources *w, struct str text, struct err *e)
{
    if (w->n == w->cap) {
        size_t cap = w->cap ? w->cap * 2 : 64;
        struct source *p = realloc(w->list, cap * sizeof(*p));
        if (!p)
            return err_set(e, RC_NOMEM, "no memory for %zu sources", cap);
        w->list = p;
        w->cap = cap;
    }
    int rc = source_parse(text, &w->list[w->n], e);
    w->n += !rc;
    return rc;
}

/* Lines that are empty or begin with '#' say nothing. */
static int want_lines(struct cli_sources *w, const char *path, struct err *e)
{
    struct buf b = BUF_INIT(LINES_MAX_BYTES);
    int rc = read_file(path, &b, e);
    struct str rest = buf_view(&b), line;
    for (size_t n = 1; !rc && str_split(&rest, '\n', &line); n++) {
        line = str_trim(line);
        if (!line.n || line.p[0] == '#')
            continue;
        rc = want(w, line, e);
        if (rc)
            rc = err_wrap(e, rc, "%s:%zu", path, n);
    }
    buf_fini(&b);
    return rc;
}

int cli_sources_read(struct cli *c, size_t first, struct cli_sources *ret,
                     struct err *e)
{
    const char *file = cli_opt(c, "ids");
    *ret = (struct cli_sources){ .list = NULL };
    for (size_t i = first; i < c->opts.n_words; i++) {
        int rc = want(ret, str_of(c->opts.words[i]), e);
        if (rc)
            return rc == RC_INPUT ? cli_usage(c, e, NULL) : rc;
    }
    return file ? want_lines(ret, file, e) : RC_OK;
}

void cli_sources_fini(struct cli_sources *s)
{
    free(s->list);
    *s = (struct cli_sources){ .list = NULL };
}
