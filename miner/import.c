/*
 * miner/import.c - one file into a local store: open, recognise, read, sum up.
 *
 * Rules
 *   1. the first bytes decide between a table and JSON, the header or the
 *      first object on the format; what is neither is refused by name
 *   2. until the first row is taken a problem of the file is RC_INPUT and
 *      nothing was imported; later a bad row is refused alone
 *   3. imports go into local stores only
 *
 * One thread; the store may have other writers.
 */
#include "miner/import_priv.h"

#include "base/file.h"

enum { CHUNK_BYTES = 64 * 1024, SNIFF_BYTES = 512, PROGRESS_ROWS = 256 };

static const char *const names[] = {
    [IMPORT_AUTO] = "auto",
    [IMPORT_TRENDING] = "trending",
    [IMPORT_SNAPSHOTS] = "snapshots",
    [IMPORT_ADVIEW] = "adview",
    [IMPORT_API] = "api",
    [IMPORT_SVF] = "svf",
    [IMPORT_DISLIKES] = "dislikes",
};

const char *import_format_name(enum import_format f)
{
    return (size_t)f < ARRAY_LEN(names) ? names[f] : "unknown";
}

int import_format_parse(struct str s, enum import_format *ret, struct err *e)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_eqz(s, names[i])) {
            *ret = (enum import_format)i;
            return RC_OK;
        }
    return err_set(e, RC_INPUT,
                   "unknown format '%.*s': auto, trending, snapshots, "
                   "adview, api, svf or dislikes",
                   STR_ARG(s));
}

/* ---- rows on their way ---- */

int import_go_on(const struct import *im, struct err *e)
{
    if (im->o->stop && *im->o->stop)
        return err_set(e, RC_CANCELLED,
                       "%s: stopped after %llu rows; import it again to "
                       "complete it",
                       im->path, (unsigned long long)im->report.read);
    return RC_OK;
}

int import_settle(struct import *im, uint64_t columns, uint64_t line,
                  struct err *e)
{
    enum import_format f = im->o->format;
    if (f == IMPORT_AUTO)
        f = import_format_of(columns);
    int rc = import_format_check(f, columns, im->path, line, e);
    if (rc)
        return rc;
    im->how.format = f;
    im->report.format = f;
    im->how.channels =
        f == IMPORT_SNAPSHOTS &&
        !(columns & (COL_BIT(COL_VIDEO_ID) | COL_BIT(COL_ITEM_ID)));
    return RC_OK;
}

static void show_progress(struct import *im)
{
    uint64_t rows = im->taken + im->report.rejected;
    if (rows % PROGRESS_ROWS == 0)
        progress_at(&im->progress, rows, im->path);
}

static void count_unchanged(struct import_report *r)
{
    r->read++;
    r->unchanged++;
}

int import_take(struct import *im, const struct import_row *row, struct err *e)
{
    struct import_obs obs;
    enum import_reject why;
    struct str detail;
    struct arena *a;
    int rc = import_batch_room(im->batch, &im->report, &a, e);
    if (!rc)
        rc = import_convert(&im->how, row, a, &obs, &why, &detail, e);
    if (rc)
        return rc;
    show_progress(im);
    if (why == REJECT_YEAR && !im->taken) /* rule 2 */
        return err_set(e, RC_INPUT,
                       "%s:%llu: the dates have no year ('%.*s'): give it "
                       "with --year",
                       im->path, (unsigned long long)row->line,
                       STR_ARG(detail));
    if (why != REJECT_NOT)
        return import_reject(im, row->line, why, detail, e);
    im->taken++;
    if (obs.nothing)
        count_unchanged(&im->report);
    else
        import_batch_add(im->batch, &obs);
    return RC_OK;
}

int import_take_obs(struct import *im, const struct import_obs *obs,
                    struct err *e)
{
    struct import_obs kept = *obs;
    const struct schema_type *t =
        obs->channel ? &schema_channel : &schema_video;
    struct arena *a;
    int rc = import_batch_room(im->batch, &im->report, &a, e);
    if (rc)
        return rc;
    if (!schema_copy(t, &kept.u, &obs->u, a))
        return err_set(e, RC_NOMEM, "no memory for the text of a row");
    show_progress(im);
    im->taken++;
    import_batch_add(im->batch, &kept);
    return RC_OK;
}

/* ---- the file ---- */

static int refuse(const struct import *im, const char *what, struct err *e)
{
    return err_set(e, RC_INPUT, "%s:1: %s", im->path, what);
}

/* Rule 1; @head is without the byte order mark. */
static int open_reader(struct import *im, struct str head,
                       struct import_reader *ret, struct err *e)
{
    struct str s = str_trim(head);
    if (str_starts(s, STR("PK\x03\x04")))
        return refuse(im, "a zip archive: unpack it first", e);
    if (str_starts(s, STR("\xff\xfe")) || str_starts(s, STR("\xfe\xff")))
        return refuse(im, "UTF-16 text: convert it to UTF-8 (iconv)", e);
    if (str_starts(s, STR("<")) && !str_starts(s, STR("<<<<<<<")))
        return refuse(im,
                      "a feed or web page: feeds are not imported, "
                      "tables (CSV) and JSON are",
                      e);
    if (str_starts(s, STR("{")) || str_starts(s, STR("[")))
        return import_json_open(ret, im, e);
    return import_table_open(ret, im, e);
}

/* Read until @n bytes or the end of the file. */
static int read_head(struct file_reader *f, char *p, size_t n, size_t *ret,
                     struct err *e)
{
    size_t have = 0, got = 1;
    while (have < n && got) {
        int rc = file_reader_get(f, p + have, n - have, &got, e);
        if (rc)
            return rc;
        have += got;
    }
    *ret = have;
    return RC_OK;
}

static int read_rest(struct import *im, struct file_reader *f,
                     const struct import_reader *r, struct str head,
                     char *chunk, struct err *e)
{
    int rc = r->feed(r->ctx, head, e);
    for (size_t got = 1; !rc && got;) {
        rc = import_go_on(im, e);
        if (!rc)
            rc = file_reader_get(f, chunk, CHUNK_BYTES, &got, e);
        if (!rc && got)
            rc = r->feed(r->ctx, str_n(chunk, got), e);
    }
    return rc ? rc : r->finish(r->ctx, e);
}

static int read_file(struct import *im, struct file_reader *f, char *chunk,
                     struct err *e)
{
    char first[SNIFF_BYTES];
    size_t n;
    int rc = read_head(f, first, sizeof(first), &n, e);
    if (rc)
        return rc;
    struct str head = str_n(first, n);
    if (str_starts(head, STR("\xef\xbb\xbf")))
        head = str_from(head, 3);
    if (!str_trim(head).n && n < sizeof(first))
        return refuse(im, "an empty file", e);
    struct import_reader r;
    rc = open_reader(im, head, &r, e);
    if (rc)
        return rc;
    rc = read_rest(im, f, &r, head, chunk, e);
    r.close(r.ctx);
    return rc ? rc : import_batch_flush(im->batch, &im->report, e);
}

static int with_batch(struct import *im, struct err *e)
{
    struct file_reader *f;
    int rc = file_reader_open(&f, im->path, e);
    if (rc)
        return rc;
    char *chunk = malloc(CHUNK_BYTES);
    rc = chunk ? import_batch_open(&im->batch, im->o, e)
               : err_set(e, RC_NOMEM, "no memory to read %s", im->path);
    if (!rc)
        rc = read_file(im, f, chunk, e);
    import_batch_close(im->batch);
    free(chunk);
    file_reader_close(f);
    return rc;
}

static void log_end(const struct import *im)
{
    const struct import_report *r = &im->report;
    log_event(im->o->log, LOG_INFO, "import", "done",
              "path=%s format=%s read=%llu new=%llu updated=%llu "
              "sampled=%llu unchanged=%llu rejected=%llu",
              im->path, import_format_name(r->format),
              (unsigned long long)r->read, (unsigned long long)r->fresh,
              (unsigned long long)r->updated, (unsigned long long)r->sampled,
              (unsigned long long)r->unchanged,
              (unsigned long long)r->rejected);
}

int import_store_is_local(const struct store *st, struct err *e)
{
    if (store_kind(st) == STORE_LOCAL)
        return RC_OK;
    return err_set(e, RC_DENIED,
                   "the store %s is live: only the YouTube API writes it; "
                   "imports go into local stores",
                   store_uri(st));
}

int import_file(const struct import_options *o, const char *path,
                struct import_report *ret, struct err *e)
{
    int rc = o->store ? import_store_is_local(o->store, e) : RC_OK;
    if (rc) /* rule 3 */
        return rc;
    struct import im = {
        .o = o,
        .path = path,
        .how = { .format = o->format,
                 .year = o->year,
                 .foreign = o->foreign_ids,
                 .now = wall_s(clk_wall(o->clk)) },
    };
    progress_init(&im.progress, o->progress_fd, o->clk, "importing", 0);
    rc = with_batch(&im, e);
    progress_end(&im.progress);
    if (rc)
        return rc;
    import_reasons(&im);
    log_end(&im);
    *ret = im.report;
    return RC_OK;
}
