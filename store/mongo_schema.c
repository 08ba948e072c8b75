/*
 * store/mongo_schema.c - collections and their validators, made from the
 * field tables.
 *
 * Rules
 *   1. the server refuses what the tables do not know: each collection has
 *      a JSON schema without room for other names
 *   2. no index but _id: each one on a value that changes costs as much as
 *      the update (stores.md, section 0)
 *   3. text is compressed by zstd: 37 % smaller than the default
 *   4. a collection is brought up by its validator alone, and only where
 *      that differs: who has no right to it needs none when all is well
 *
 * Threads: no state.
 */
#include "store/mongo_priv.h"

static const struct mg_layout layouts[STORE_TYPES] = {
    { &schema_video, "video", "video_text", { NULL, NULL } },
    { &schema_channel, "channel", "channel_text", { "h", "l" } },
    { &schema_sample, "sample", NULL, { "i", "t" } },
};

const struct mg_layout *mg_layout(size_t type)
{
    return &layouts[type];
}

/* ---- validators ---- */

static const char *bson_type(enum schema_kind kind)
{
    switch (kind) {
    case SCHEMA_F32:
        return "double";
    case SCHEMA_CID:
        return "binData";
    case SCHEMA_STR:
    case SCHEMA_LIST:
        return "string";
    case SCHEMA_U64:
    case SCHEMA_I64:
    case SCHEMA_SEC:
    case SCHEMA_BOOL:
    case SCHEMA_ENUM:
        break;
    }
    return "long";
}

static void property(struct buf *b, const char *name, const char *type)
{
    buf_f(b, ",\"%s\":{\"bsonType\":\"%s\"}", name, type);
}

static void id_property(struct buf *b, const struct mg_layout *l)
{
    if (!l->key[0]) {
        buf_z(b, "\"_id\":{\"bsonType\":\"long\"}");
        return;
    }
    buf_f(b,
          "\"_id\":{\"bsonType\":\"object\",\"required\":[\"%s\",\"%s\"],"
          "\"properties\":{\"%s\":{\"bsonType\":\"long\"}",
          l->key[0], l->key[1], l->key[0]);
    property(b, l->key[1], "long");
    buf_z(b, "},\"additionalProperties\":false}");
}

static void record_properties(struct buf *b, const struct mg_layout *l,
                              bool wide)
{
    id_property(b, l);
    if (!wide) {
        property(b, MG_FENCE, "long");
        property(b, MG_CHANGES, "long");
    }
    for (size_t i = 0; i < l->t->n_fields; i++) {
        const struct schema_field *f = &l->t->fields[i];
        if ((f->part == SCHEMA_TEXT) == wide)
            property(b, f->stored, bson_type(f->kind));
    }
}

/* What the collections that hold no records have beside _id. */
static const struct {
    const char *name;
    const char *required;
    const char *properties; /* behind _id */
} others[] = {
    { MG_COUNT, "\"v\"", ",\"v\":{\"bsonType\":\"long\"}" },
    { MG_DOC, "\"v\",\"b\"",
      ",\"v\":{\"bsonType\":\"long\"},\"f\":{\"bsonType\":\"long\"},"
      "\"b\":{\"bsonType\":\"binData\"}" },
    { MG_META, "\"_id\"",
      ",\"version\":{\"bsonType\":\"int\"},"
      "\"kind\":{\"enum\":[\"local\",\"live\"]},"
      "\"id\":{\"bsonType\":\"binData\"},"
      "\"v\":{\"bsonType\":\"long\"}" },
};

/* A collection of ours, by number. */
struct collection {
    const char *name;               /* NULL: this type has no text */
    const struct mg_layout *layout; /* NULL: it holds no records, … */
    size_t other;                   /* … and is this one of others[] */
    bool wide;
};
enum { COLLECTIONS = 2 * STORE_TYPES + ARRAY_LEN(others) };

static struct collection collection_at(size_t i)
{
    if (i >= 2 * STORE_TYPES) {
        size_t other = i - 2 * STORE_TYPES;
        return (struct collection){ .name = others[other].name,
                                    .other = other };
    }
    const struct mg_layout *l = &layouts[i / 2];
    bool wide = i % 2;
    return (struct collection){ .name = wide ? l->wide : l->narrow,
                                .layout = l,
                                .wide = wide };
}

static void put_validator(struct buf *b, const struct collection *k)
{
    const char *required = k->layout ? "\"_id\"" : others[k->other].required;
    buf_f(b,
          "{\"$jsonSchema\":{\"bsonType\":\"object\",\"required\":[%s],"
          "\"additionalProperties\":false,\"properties\":{",
          required);
    if (k->layout) {
        record_properties(b, k->layout, k->wide);
    } else {
        buf_z(b, "\"_id\":{\"bsonType\":\"string\"}");
        buf_z(b, others[k->other].properties);
    }
    buf_z(b, "}}}");
}

int mg_schema_of(size_t type, bool wide, bson_t *ret, struct err *e)
{
    struct collection k = collection_at(2 * type + wide);
    struct buf b = BUF_INIT(64 * 1024);
    bson_error_t be;
    put_validator(&b, &k);
    int rc = buf_check(&b, "a schema", e);
    if (!rc && !bson_init_from_json(ret, b.p, (ssize_t)b.n, &be))
        rc = err_set(e, RC_NOMEM, "a schema: %.100s", be.message);
    buf_fini(&b);
    return rc;
}

/* ---- making them ---- */

static int parse(struct mg_conn *c, const struct buf *json, bson_t *ret,
                 struct err *e)
{
    bson_error_t be;
    int rc = buf_check(json, "a command to the server", e);
    if (!rc && !bson_init_from_json(ret, json->p, (ssize_t)json->n, &be))
        rc = mg_fail(c, &be, NULL, MG_NONE, "make a collection", e);
    return rc;
}

/* Do @what; @fine is a code of the server that means it was done already. */
static int run(struct mg_conn *c, const struct buf *json, uint32_t fine,
               const char *what, struct err *e)
{
    bson_error_t be;
    bson_t reply, command;
    int rc = parse(c, json, &command, e);
    if (rc)
        return rc;
    bool ok = mongoc_client_write_command_with_opts(
        c->client, c->m->db, &command, NULL, &reply, &be);
    if (!ok && be.code != fine)
        rc = mg_fail(c, &be, &reply, MG_WRITE, what, e);
    bson_destroy(&reply);
    bson_destroy(&command);
    return rc;
}

static int create(struct mg_conn *c, const struct collection *k, struct err *e)
{
    const char *zstd = "\"storageEngine\":{\"wiredTiger\":{\"configString\":"
                       "\"block_compressor=zstd\"}},";
    struct buf b = BUF_INIT(64 * 1024);
    buf_f(&b, "{\"create\":\"%s\",%s\"validator\":", k->name,
          k->wide ? zstd : "");
    put_validator(&b, k);
    buf_c(&b, '}');
    /* Another process, or an earlier attempt, was first. */
    int rc = run(c, &b, MG_CODE_EXISTS, "make a collection", e);
    buf_fini(&b);
    return rc;
}

int mg_make_collections(struct mg_conn *c, struct err *e)
{
    int rc = RC_OK;
    for (size_t i = 0; !rc && i < COLLECTIONS; i++) {
        struct collection k = collection_at(i);
        if (k.name)
            rc = create(c, &k, e);
    }
    return rc;
}

/* ---- bringing them up ---- */

static bool find_collection(const char *name, struct collection *ret)
{
    for (size_t i = 0; i < COLLECTIONS; i++) {
        struct collection k = collection_at(i);
        if (k.name && strcmp(name, k.name) == 0) {
            *ret = k;
            return true;
        }
    }
    return false;
}

/* Is the validator in @info, the server's word on a collection, @want? */
static bool has_validator(const bson_t *info, const bson_t *want)
{
    bson_iter_t it, at;
    bson_t is;
    uint32_t n;
    const uint8_t *bytes;
    if (!bson_iter_init(&it, info) ||
        !bson_iter_find_descendant(&it, "options.validator", &at) ||
        !BSON_ITER_HOLDS_DOCUMENT(&at))
        return false;
    bson_iter_document(&at, &n, &bytes);
    return bson_init_static(&is, bytes, n) && bson_equal(&is, want);
}

static int set_validator(struct mg_conn *c, const struct collection *k,
                         struct str validator, struct err *e)
{
    struct buf b = BUF_INIT(64 * 1024);
    buf_f(&b, "{\"collMod\":\"%s\",\"validator\":", k->name);
    buf_str(&b, validator);
    buf_c(&b, '}');
    int rc = run(c, &b, 0, "bring a collection up", e);
    buf_fini(&b);
    return rc;
}

static int bring_one_up(struct mg_conn *c, const struct collection *k,
                        const bson_t *info, struct err *e)
{
    struct buf v = BUF_INIT(64 * 1024);
    bson_t want;
    put_validator(&v, k);
    int rc = parse(c, &v, &want, e);
    if (!rc) {
        if (!has_validator(info, &want))
            rc = set_validator(c, k, buf_view(&v), e);
        bson_destroy(&want);
    }
    buf_fini(&v);
    return rc;
}

int mg_bring_up(struct mg_conn *c, struct err *e)
{
    int rc = mg_make_collections(c, e);
    if (rc)
        return rc;
    mongoc_database_t *db = mongoc_client_get_database(c->client, c->m->db);
    mongoc_cursor_t *cursor MG_AUTO_CURSOR =
        mongoc_database_find_collections_with_opts(db, NULL);
    mongoc_database_destroy(db);
    const bson_t *info;
    while (!rc && mongoc_cursor_next(cursor, &info)) {
        bson_iter_t it;
        struct collection k;
        if (bson_iter_init_find(&it, info, "name") &&
            BSON_ITER_HOLDS_UTF8(&it) &&
            find_collection(bson_iter_utf8(&it, NULL), &k))
            rc = bring_one_up(c, &k, info, e);
    }
    return rc ? rc : mg_cursor_fail(c, cursor, "list the collections", e);
}

/* ---- somebody else's database ---- */

static int note(void *ctx, const bson_t *doc, struct err *e)
{
    bool *any = ctx;
    (void)doc, (void)e;
    *any = true;
    return RC_OK;
}

static int holds_any(struct mg_conn *c, const char *coll, bool *ret,
                     struct err *e)
{
    bson_t none MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t opts MG_AUTO_BSON = BSON_INITIALIZER;
    BSON_APPEND_INT64(&opts, "limit", 1);
    return mg_find(c, coll, &none, &opts, note, ret, e);
}

int mg_has_strangers(struct mg_conn *c, bool *ret, struct err *e)
{
    bson_error_t be;
    mongoc_database_t *db = mongoc_client_get_database(c->client, c->m->db);
    char **names =
        mongoc_database_get_collection_names_with_opts(db, NULL, &be);
    mongoc_database_destroy(db);
    if (!names)
        return mg_fail(c, &be, NULL, MG_NONE, "list the collections", e);
    bool strange = false;
    struct collection k;
    int rc = RC_OK;
    for (size_t i = 0; !rc && !strange && names[i]; i++) {
        if (strncmp(names[i], "system.", 7) == 0) /* the server's */
            continue;
        strange = !find_collection(names[i], &k);
        if (!strange)
            rc = holds_any(c, names[i], &strange, e);
    }
    bson_strfreev(names);
    if (!rc)
        *ret = strange;
    return rc;
}
