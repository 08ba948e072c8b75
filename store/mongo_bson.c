/*
 * store/mongo_bson.c - records to documents and back, by the field tables.
 *
 * Rules
 *   1. a field that is absent is not in the document; empty text is text
 *   2. unsigned values travel as the signed integer of the same bits; all
 *      integers are int64, so that a field has one type
 *   3. text that is read is borrowed from the document
 *   4. a value of another type than the table says makes the document
 *      damaged; it never enters a record. A name that no table has is
 *      passed over: a newer version wrote it
 *
 * Threads: no state.
 */
#include "store/mongo_priv.h"

enum { CID_BYTES = 16 };

/* ---- to a document ---- */

void mg_put_key(bson_t *b, const char *name, size_t type, const uint64_t key[2])
{
    const struct mg_layout *l = mg_layout(type);
    if (!l->key[0]) {
        BSON_APPEND_INT64(b, name, (int64_t)key[0]);
        return;
    }
    bson_t id;
    BSON_APPEND_DOCUMENT_BEGIN(b, name, &id);
    BSON_APPEND_INT64(&id, l->key[0], (int64_t)key[0]);
    BSON_APPEND_INT64(&id, l->key[1], (int64_t)key[1]);
    bson_append_document_end(b, &id);
}

static void put_cid(bson_t *b, const char *name, const struct cid *id)
{
    unsigned char bytes[CID_BYTES];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(id->hi >> (56 - 8 * i));
        bytes[8 + i] = (unsigned char)(id->lo >> (56 - 8 * i));
    }
    BSON_APPEND_BINARY(b, name, BSON_SUBTYPE_BINARY, bytes, CID_BYTES);
}

static void put_text(bson_t *b, const char *name, const struct str *s)
{
    bson_append_utf8(b, name, -1, s->n ? s->p : "", (int)s->n);
}

static void put_value(bson_t *b, const struct schema_field *f, const void *p)
{
    switch (f->kind) {
    case SCHEMA_U64:
    case SCHEMA_BOOL:
    case SCHEMA_ENUM:
        BSON_APPEND_INT64(b, f->stored, (int64_t) * (const uint64_t *)p);
        break;
    case SCHEMA_I64:
    case SCHEMA_SEC:
        BSON_APPEND_INT64(b, f->stored, *(const int64_t *)p);
        break;
    case SCHEMA_F32:
        BSON_APPEND_DOUBLE(b, f->stored, (double)*(const float *)p);
        break;
    case SCHEMA_CID:
        put_cid(b, f->stored, p);
        break;
    case SCHEMA_STR:
    case SCHEMA_LIST:
        put_text(b, f->stored, p);
        break;
    }
}

void mg_put_fields(bson_t *b, const struct schema_type *t, bool wide,
                   uint64_t bits, const void *rec)
{
    for (size_t i = 0; i < t->n_fields; i++) {
        const struct schema_field *f = &t->fields[i];
        if (bits >> i & 1 && (f->part == SCHEMA_TEXT) == wide)
            put_value(b, f, schema_at_const(f, rec));
    }
}

/* ---- from a document ---- */

static bool take_i64(const bson_iter_t *it, int64_t *ret)
{
    if (!BSON_ITER_HOLDS_INT64(it))
        return false;
    *ret = bson_iter_int64(it);
    return true;
}

static bool take_u64(const bson_iter_t *it, uint64_t *ret)
{
    int64_t v;
    if (!take_i64(it, &v))
        return false;
    *ret = (uint64_t)v;
    return true;
}

static bool take_cid(const bson_iter_t *it, struct cid *ret)
{
    if (!BSON_ITER_HOLDS_BINARY(it))
        return false;
    uint32_t n;
    const uint8_t *p;
    struct cid id = { 0, 0 };
    bson_iter_binary(it, NULL, &n, &p);
    if (n != CID_BYTES)
        return false;
    for (int i = 0; i < 8; i++) {
        id.hi = id.hi << 8 | p[i];
        id.lo = id.lo << 8 | p[8 + i];
    }
    *ret = id;
    return true;
}

static bool take_f32(const bson_iter_t *it, float *ret)
{
    if (!BSON_ITER_HOLDS_DOUBLE(it))
        return false;
    *ret = (float)bson_iter_double(it);
    return true;
}

static bool take_text(const bson_iter_t *it, struct str *ret)
{
    if (!BSON_ITER_HOLDS_UTF8(it))
        return false;
    uint32_t n;
    const char *p = bson_iter_utf8(it, &n);
    *ret = n ? str_n(p, n) : STR("");
    return true;
}

static bool take_value(const bson_iter_t *it, enum schema_kind kind, void *to)
{
    switch (kind) {
    case SCHEMA_U64:
    case SCHEMA_BOOL:
    case SCHEMA_ENUM:
        return take_u64(it, to);
    case SCHEMA_I64:
    case SCHEMA_SEC:
        return take_i64(it, to);
    case SCHEMA_F32:
        return take_f32(it, to);
    case SCHEMA_CID:
        return take_cid(it, to);
    case SCHEMA_STR:
    case SCHEMA_LIST:
        return take_text(it, to);
    }
    return false;
}

/* The field stored as @name; the search begins at @from, because documents
 * are written in the order of the table. t->n_fields = none. */
static size_t field_named(const struct schema_type *t, const char *name,
                          size_t from)
{
    for (size_t k = 0; k < t->n_fields; k++) {
        size_t i = from + k < t->n_fields ? from + k : from + k - t->n_fields;
        if (strcmp(t->fields[i].stored, name) == 0)
            return i;
    }
    return t->n_fields;
}

static bool take_id(const bson_iter_t *it, size_t type, uint64_t ret[2])
{
    const struct mg_layout *l = mg_layout(type);
    uint64_t key[2] = { 0, 0 };
    if (!l->key[0]) {
        if (!take_u64(it, &key[0]))
            return false;
    } else {
        bson_iter_t part;
        for (int i = 0; i < 2; i++)
            if (!BSON_ITER_HOLDS_DOCUMENT(it) ||
                !bson_iter_recurse(it, &part) ||
                !bson_iter_find(&part, l->key[i]) || !take_u64(&part, &key[i]))
                return false;
    }
    ret[0] = key[0];
    ret[1] = key[1];
    return true;
}

bool mg_take_key(const bson_t *doc, size_t type, uint64_t ret[2])
{
    bson_iter_t it;
    return bson_iter_init_find(&it, doc, "_id") && take_id(&it, type, ret);
}

/* Names that are no fields. */
static bool take_other(const bson_iter_t *it, const char *name, size_t type,
                       struct schema_head *h, uint64_t *fence)
{
    if (strcmp(name, "_id") == 0)
        return take_id(it, type, h->key);
    if (fence && strcmp(name, MG_FENCE) == 0)
        return take_u64(it, fence);
    return true; /* rule 4 */
}

int mg_take_record(const bson_t *doc, size_t type, uint64_t cols, void *rec,
                   uint64_t *fence, struct err *e)
{
    const struct schema_type *t = store_type_at(type);
    struct schema_head *h = rec;
    bson_iter_t it;
    bool ok = bson_iter_init(&it, doc);
    bool all = false; /* that is wanted was met; _id always comes first */
    for (size_t next = 0; ok && !all && bson_iter_next(&it);) {
        const char *name = bson_iter_key(&it);
        size_t i = *name == '_' ? t->n_fields : field_named(t, name, next);
        if (i == t->n_fields) {
            ok = take_other(&it, name, type, h, fence);
        } else {
            next = i + 1;
            if (!(cols >> i & 1))
                continue;
            ok = take_value(&it, t->fields[i].kind,
                            schema_at(&t->fields[i], rec));
            h->have |= UINT64_C(1) << i;
        }
        all = !fence && (h->have & cols) == cols;
    }
    return ok ? RC_OK : err_set(e, RC_CORRUPT, "a %s is damaged", t->name);
}
