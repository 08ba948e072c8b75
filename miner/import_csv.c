/*
 * miner/import_csv.c - CSV as collectors write it: records and their lines.
 *
 * Rules
 *   1. libcsv gets the bytes up to one line end at a time, so a record can
 *      only end where a piece ends, and its first line is known exactly
 *   2. lines are counted by line feeds, as sed and editors do; a lone
 *      carriage return also ends a record
 *   3. a record longer than IMPORT_RECORD_MAX is told once, without fields,
 *      and reading goes on behind the next line feed: a stray quote cannot
 *      swallow the rest of a file, nor can it take all memory
 *
 * Not strict: quotes inside of unquoted fields are text, and the end of the
 * file closes an open quote. One thread.
 */
#include "miner/import_priv.h"

#include <csv.h>

struct span {
    size_t at, n;
};

struct import_csv {
    struct csv_parser parser;
    bool ready; /* parser was initialised */
    import_record_fn fn;
    void *ctx;
    uint64_t line;  /* of the next byte */
    uint64_t start; /* line of the record under way */
    size_t bytes;   /* of the record under way */
    bool begun;     /* a record is under way */
    bool ended;     /* the piece fed last ended one */
    bool skipping;  /* rule 3: until the next line feed */
    bool fields_lost;
    size_t n;
    struct span spans[IMPORT_FIELDS_MAX];
    struct buf text;
    int rc; /* first failure of the callback */
    struct err *e;
};

static int parser_reset(struct import_csv *c, struct err *e)
{
    if (c->ready)
        csv_free(&c->parser);
    c->ready = csv_init(&c->parser, 0) == 0;
    if (!c->ready)
        return err_set(e, RC_NOMEM, "no memory for a CSV parser");
    csv_set_blk_size(&c->parser, 64 * 1024);
    return RC_OK;
}

int import_csv_open(struct import_csv **ret, import_record_fn fn, void *ctx,
                    struct err *e)
{
    struct import_csv *c = calloc(1, sizeof(*c));
    if (!c)
        return err_set(e, RC_NOMEM, "no memory for a CSV reader");
    c->fn = fn;
    c->ctx = ctx;
    c->line = 1;
    c->text = (struct buf)BUF_INIT(2 * IMPORT_RECORD_MAX);
    int rc = parser_reset(c, e);
    if (rc) {
        import_csv_close(c);
        return rc;
    }
    *ret = c;
    return RC_OK;
}

void import_csv_close(struct import_csv *c)
{
    if (!c)
        return;
    if (c->ready)
        csv_free(&c->parser);
    buf_fini(&c->text);
    free(c);
}

static void forget_record(struct import_csv *c)
{
    c->begun = false;
    c->bytes = 0;
    c->n = 0;
    c->fields_lost = false;
    buf_reset(&c->text);
}

static void on_field(void *p, size_t n, void *ctx)
{
    struct import_csv *c = ctx;
    if (c->n < IMPORT_FIELDS_MAX) {
        c->spans[c->n] = (struct span){ .at = c->text.n, .n = n };
        buf_put(&c->text, p, n);
    }
    c->n++;
}

static void tell_record(struct import_csv *c)
{
    struct str fields[IMPORT_FIELDS_MAX];
    size_t kept = c->n < IMPORT_FIELDS_MAX ? c->n : IMPORT_FIELDS_MAX;
    for (size_t i = 0; i < kept; i++)
        fields[i] = c->text.p ? str_n(c->text.p + c->spans[i].at, c->spans[i].n)
                              : (struct str){ NULL, 0 };
    struct import_record r = { .line = c->start, .n = c->n, .fields = fields };
    c->rc = c->fn(c->ctx, &r, c->e);
}

static void on_record(int end, void *ctx)
{
    (void)end;
    struct import_csv *c = ctx;
    c->ended = true;
    if (c->rc)
        return;
    c->rc = buf_check(&c->text, "a CSV record", c->e);
    if (!c->rc)
        tell_record(c);
    forget_record(c);
}

static bool is_blank(struct str s)
{
    return str_trim(s).n == 0;
}

static int parse(struct import_csv *c, struct str piece, struct err *e)
{
    c->e = e;
    c->ended = false;
    if (csv_parse(&c->parser, piece.p, piece.n, on_field, on_record, c) !=
        piece.n)
        return err_set(e, RC_NOMEM, "CSV: %s",
                       csv_strerror(csv_error(&c->parser)));
    return c->rc;
}

/* Rule 3. */
static int give_up_record(struct import_csv *c, bool line_ended, struct err *e)
{
    struct import_record r = { .line = c->start, .too_long = true };
    c->skipping = !line_ended;
    forget_record(c);
    int rc = parser_reset(c, e);
    return rc ? rc : c->fn(c->ctx, &r, e);
}

/* @piece holds at most one line end, as its last byte (rule 1). */
static int feed_piece(struct import_csv *c, struct str piece, struct err *e)
{
    if (!c->begun)
        c->start = c->line;
    bool line_ended = piece.p[piece.n - 1] == '\n';
    c->line += line_ended;
    if (c->skipping) {
        c->skipping = !line_ended;
        return RC_OK;
    }
    if (piece.n > IMPORT_RECORD_MAX - c->bytes)
        return give_up_record(c, line_ended, e);
    c->bytes += piece.n;
    int rc = parse(c, piece, e);
    if (rc)
        return rc;
    if (!c->ended)
        c->begun = c->begun || !is_blank(piece);
    if (!c->begun)
        c->bytes = 0;
    return RC_OK;
}

static size_t piece_len(struct str s)
{
    const char *lf = memchr(s.p, '\n', s.n);
    size_t n = lf ? (size_t)(lf - s.p) + 1 : s.n;
    const char *cr = memchr(s.p, '\r', n);
    return cr ? (size_t)(cr - s.p) + 1 : n;
}

int import_csv_feed(struct import_csv *c, struct str bytes, struct err *e)
{
    while (bytes.n) {
        size_t n = piece_len(bytes);
        int rc = feed_piece(c, str_n(bytes.p, n), e);
        if (rc)
            return rc;
        bytes = str_from(bytes, n);
    }
    return RC_OK;
}

int import_csv_finish(struct import_csv *c, struct err *e)
{
    c->e = e;
    if (csv_fini(&c->parser, on_field, on_record, c))
        return err_set(e, RC_NOMEM, "CSV: %s",
                       csv_strerror(csv_error(&c->parser)));
    return c->rc;
}
