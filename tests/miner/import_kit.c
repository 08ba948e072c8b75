/*
 * tests/miner/import_kit.c - see import_kit.h.
 */
#include "tests/miner/import_kit.h"

#include "base/cal.h"
#include "base/file.h"
#include "tests/t.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

enum { DUMP_MAX = 64 << 20 };

struct clk *kit_clk(void)
{
    static struct clk_step step;
    clk_step_init(&step, wall_of_s(1795161600)); /* 2026-11-20T08:00:00Z */
    return &step.clk;
}

struct store *kit_store(const char *uri, enum store_kind kind)
{
    struct err e = ERR_INIT;
    struct store *s = NULL;
    struct store_options o = {
        .uri = uri, .create = true, .kind = kind, .clk = kit_clk()
    };
    T_OK(store_open(&s, &o, &e), &e);
    return s;
}

struct import_options kit_options(struct store *s)
{
    return (struct import_options){
        .store = s, .rejects_fd = -1, .progress_fd = -1, .clk = kit_clk()
    };
}

const char *kit_mkdir(char out[static 64])
{
    const char *tmp = getenv("TMPDIR");
    if (!tmp || strlen(tmp) > 40)
        tmp = "/tmp";
    snprintf(out, 64, "%s/svf-import-XXXXXX", tmp);
    ck_assert_ptr_nonnull(mkdtemp(out));
    return out;
}

void kit_rmdir(const char *dir)
{
    char path[512];
    DIR *d = opendir(dir);
    ck_assert_ptr_nonnull(d);
    for (struct dirent *x; (x = readdir(d));) {
        snprintf(path, sizeof(path), "%s/%s", dir, x->d_name);
        if (x->d_name[0] != '.')
            unlink(path);
    }
    closedir(d);
    rmdir(dir);
}

const char *kit_file(const char *dir, const char *name, struct str text,
                     char out[static 128])
{
    struct err e = ERR_INIT;
    snprintf(out, 128, "%s/%s", dir, name);
    T_OK(file_replace(out, text.p, text.n, 0600, &e), &e);
    return out;
}

/* ---- dump ---- */

struct lines {
    struct buf text;
    size_t *ends;
    size_t n, cap;
    const struct schema_type *type;
    uint64_t cols;
};

static void put_time(struct buf *b, int64_t s)
{
    char text[CAL_TEXT];
    cal_text(wall_of_s(s), text);
    buf_put(b, text, s % 86400 ? strlen(text) : 10);
}

static void put_value(struct buf *b, const struct schema_field *f,
                      const void *rec)
{
    const void *p = schema_at_const(f, rec);
    char cid[CID_TEXT];
    const char *word;
    switch (f->kind) {
    case SCHEMA_SEC:
        put_time(b, *(const int64_t *)p);
        break;
    case SCHEMA_ENUM:
        word = schema_enum_text(f, *(const uint64_t *)p);
        buf_z(b, word ? word : "?");
        break;
    case SCHEMA_CID:
        buf_z(b, cid_text(*(const struct cid *)p, cid));
        break;
    case SCHEMA_STR:
    case SCHEMA_LIST:
        for (struct str s = *(const struct str *)p; s.n; s = str_from(s, 1))
            buf_c(b, s.p[0] == '\n' ? '/' : s.p[0]);
        break;
    default:
        buf_u64(b, *(const uint64_t *)p);
    }
}

static void put_key(struct buf *b, const struct schema_type *t,
                    const uint64_t key[2])
{
    char vid[VID_TEXT], cid[CID_TEXT], date[CAL_TEXT];
    if (t == &schema_channel)
        buf_z(b, cid_text((struct cid){ key[0], key[1] }, cid));
    else
        buf_z(b, vid_text(key[0], vid));
    if (t == &schema_sample)
        buf_f(b, "@%s", cal_date_text(cal_date_of_days((int64_t)key[1]), date));
}

static int on_row(void *ctx, const void *rec)
{
    struct lines *l = ctx;
    const struct schema_head *h = rec;
    put_key(&l->text, l->type, h->key);
    for (size_t i = 0; i < l->type->n_fields; i++) {
        if (!(h->have & l->cols & UINT64_C(1) << i))
            continue;
        buf_f(&l->text, " %s=", l->type->fields[i].stored);
        put_value(&l->text, &l->type->fields[i], rec);
    }
    buf_c(&l->text, '\n');
    if (l->n == l->cap) {
        l->cap = l->cap ? 2 * l->cap : 64;
        l->ends = realloc(l->ends, l->cap * sizeof(*l->ends));
        ck_assert_ptr_nonnull(l->ends);
    }
    l->ends[l->n++] = l->text.n;
    return RC_OK;
}

static int cmp_line(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static void put_sorted(struct lines *l, struct buf *out)
{
    struct str *all = calloc(l->n + 1, sizeof(*all));
    ck_assert_ptr_nonnull(all);
    size_t at = 0;
    for (size_t i = 0; i < l->n; i++) {
        all[i] = str_n(l->text.p + at, l->ends[i] - at);
        at = l->ends[i];
    }
    qsort(all, l->n, sizeof(*all), cmp_line);
    for (size_t i = 0; i < l->n; i++)
        buf_str(out, all[i]);
    free(all);
}

static void dump_type(struct store *s, const struct schema_type *t,
                      uint64_t cols, struct buf *out)
{
    struct err e = ERR_INIT;
    struct lines l = { .text = BUF_INIT(DUMP_MAX), .type = t, .cols = cols };
    T_OK(store_scan(s, t, ~UINT64_C(0), NULL, on_row, &l, &e), &e);
    T_OK(buf_check(&l.text, "the dump", &e), &e);
    put_sorted(&l, out);
    free(l.ends);
    buf_fini(&l.text);
}

void kit_dump(struct store *s, uint64_t cols, struct buf *out)
{
    dump_type(s, &schema_video, cols, out);
    dump_type(s, &schema_channel, ~CHANNEL_BIT(origin), out);
    dump_type(s, &schema_sample, ~SAMPLE_BIT(origin), out);
}
