/* cli/lines.c - reads ids or sources from a file or standard input. */
#include "cli/lines_priv.h"

#include "base/file.h"

enum { LINES_MAX_BYTES = 512 * 1024 * 1024 };

static int read_file(const char *path, struct buf *b, struct err *e)
{
    struct file_reader *r;
    int rc = file_reader_open(&r, path, e);
    if (rc)
        return rc;
    char piece[16384];
    size_t got = 1;
    while (!rc && got) {
        rc = file_reader_get(r, piece, sizeof(piece), &got, e);
        if (!rc)
            buf_put(b, piece, got);
    }
    file_reader_close(r);
    return rc ? rc : buf_check(b, path, e);
}

int lines_each(const char *path, lines_fn fn, void *ctx, struct err *e)
{
    struct buf b = BUF_INIT(LINES_MAX_BYTES);
    int rc = read_file(path, &b, e);
    struct str rest = buf_view(&b), line;
    size_t number = 0;
    while (!rc && str_split(&rest, '\n', &line)) {
        number++;
        line = str_trim(line);
        if (!line.n || line.p[0] == '#')
            continue;
        rc = fn(ctx, line, e);
        if (rc)
            rc = err_wrap(e, rc, "%s:%zu", path, number);
    }
    buf_fini(&b);
    return rc;
}
