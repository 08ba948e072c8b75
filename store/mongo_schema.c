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

#define SCHEMA_BEGIN                                                           \
    "{\"$jsonSchema\":{\"bsonType\":\"object\",\"additionalProperties\":"      \
    "false,"                                                                   \
    "\"properties\":{"
#define SCHEMA_END "}}}"

int mg_schema_of(size_t type, bool wide, bson_t *ret, struct err *e)
{
    struct buf b = BUF_INIT(64 * 1024);
    bson_error_t be;
    buf_z(&b, SCHEMA_BEGIN);
    record_properties(&b, &layouts[type], wide);
    buf_z(&b, SCHEMA_END);
    int rc = buf_check(&b, "a schema", e);
    if (!rc && !bson_init_from_json(ret, b.p, (ssize_t)b.n, &be))
        rc = err_set(e, RC_NOMEM, "a schema: %.100s", be.message);
    buf_fini(&b);
    return rc;
}

/* The command that makes collection @name, up to its properties. */
static void begin(struct buf *b, const char *name, const char *engine)
{
    buf_f(b, "{\"create\":\"%s\",%s\"validator\":" SCHEMA_BEGIN, name, engine);
}

static void end(struct buf *b)
{
    buf_z(b, SCHEMA_END "}");
}

/* ---- making them ---- */

static int create(struct mg_conn *c, struct buf *json, struct err *e)
{
    int rc = buf_check(json, "a command to the server", e);
    if (rc)
        return rc;
    bson_error_t be;
    bson_t reply, command;
    if (!bson_init_from_json(&command, json->p, (ssize_t)json->n, &be))
        return mg_fail(c, &be, NULL, MG_NONE, "make a collection", e);
    bool ok = mongoc_client_write_command_with_opts(
        c->client, c->m->db, &command, NULL, &reply, &be);
    /* Another process, or an earlier attempt, was first. */
    if (!ok && be.code != MG_CODE_EXISTS)
        rc = mg_fail(c, &be, &reply, MG_WRITE, "make a collection", e);
    bson_destroy(&reply);
    bson_destroy(&command);
    return rc;
}

static int create_records(struct mg_conn *c, const struct mg_layout *l,
                          bool wide, struct err *e)
{
    const char *zstd = "\"storageEngine\":{\"wiredTiger\":{\"configString\":"
                       "\"block_compressor=zstd\"}},";
    struct buf b = BUF_INIT(64 * 1024);
    begin(&b, wide ? l->wide : l->narrow, wide ? zstd : "");
    record_properties(&b, l, wide);
    end(&b);
    int rc = create(c, &b, e);
    buf_fini(&b);
    return rc;
}

/* The collections that hold no records. */
static const struct {
    const char *name;
    const char *properties; /* behind _id */
} others[] = {
    { MG_COUNT, ",\"v\":{\"bsonType\":\"long\"}" },
    { MG_DOC, ",\"v\":{\"bsonType\":\"long\"},\"f\":{\"bsonType\":\"long\"},"
              "\"b\":{\"bsonType\":\"binData\"}" },
    { MG_META, ",\"version\":{\"bsonType\":\"int\"},"
               "\"kind\":{\"enum\":[\"local\",\"live\"]},"
               "\"id\":{\"bsonType\":\"binData\"},"
               "\"v\":{\"bsonType\":\"long\"}" },
};

static int create_other(struct mg_conn *c, size_t i, struct err *e)
{
    struct buf b = BUF_INIT(64 * 1024);
    begin(&b, others[i].name, "");
    buf_z(&b, "\"_id\":{\"bsonType\":\"string\"}");
    buf_z(&b, others[i].properties);
    end(&b);
    int rc = create(c, &b, e);
    buf_fini(&b);
    return rc;
}

int mg_make_collections(struct mg_conn *c, struct err *e)
{
    int rc = RC_OK;
    for (size_t i = 0; !rc && i < STORE_TYPES; i++) {
        rc = create_records(c, &layouts[i], /* wide= */ false, e);
        if (!rc && layouts[i].wide)
            rc = create_records(c, &layouts[i], /* wide= */ true, e);
    }
    for (size_t i = 0; !rc && i < ARRAY_LEN(others); i++)
        rc = create_other(c, i, e);
    return rc;
}

/* ---- somebody else's database ---- */

static bool is_ours(const char *name)
{
    for (size_t i = 0; i < STORE_TYPES; i++)
        if (strcmp(name, layouts[i].narrow) == 0 ||
            (layouts[i].wide && strcmp(name, layouts[i].wide) == 0))
            return true;
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (strcmp(name, others[i].name) == 0)
            return true;
    return false;
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
    for (size_t i = 0; names[i]; i++)
        strange |= !is_ours(names[i]);
    bson_strfreev(names);
    *ret = strange;
    return RC_OK;
}
