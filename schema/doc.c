/*
 * schema/doc.c - docs/schema.md, written from the field tables.
 *
 * Rules
 *   1. nothing here names a field: a new row of a table needs no change
 *   2. the same tables give the same bytes; a test compares them with the
 *      committed page
 */
#include "schema/schema.h"

static const char *const kinds[] = {
    [SCHEMA_U64] = "count",   [SCHEMA_I64] = "number", [SCHEMA_SEC] = "second",
    [SCHEMA_F32] = "float",   [SCHEMA_BOOL] = "bool",  [SCHEMA_ENUM] = "word",
    [SCHEMA_CID] = "channel", [SCHEMA_STR] = "text",   [SCHEMA_LIST] = "texts",
};
static const char *const parts[] = {
    [SCHEMA_STAT] = "statistics",
    [SCHEMA_META] = "own",
    [SCHEMA_TEXT] = "text",
};

static const char intro[] =
    "# Records\n"
    "\n"
    "Written from the tables in `schema/*_fields.def`; to change it, change"
    " a table and run\n"
    "`t_schema_doc --update docs/schema.md`.\n"
    "\n"
    "Every field may be absent, and absent is never 0. *Field* is the name"
    " in the answers of this\n"
    "service, *stored* the column or document key, *from the API* the path"
    " in an item of\n"
    "`videos.list` or `channels.list`, *since* the schema version that"
    " brought it.\n"
    "\n"
    "| type | holds |\n"
    "| --- | --- |\n"
    "| count | whole number from 0 to 2^64 - 1 |\n"
    "| number | whole number, 64 bits, with sign |\n"
    "| second | seconds since 1970-01-01 UTC, up to the year 9999 |\n"
    "| float | 32 bits, finite |\n"
    "| bool | true or false |\n"
    "| word | one of the words listed below the table |\n"
    "| channel | channel id, kept as its 128 bits |\n"
    "| text | UTF-8 without NUL, at most 64 KiB |\n"
    "| texts | texts joined by line feeds, at most 64 KiB |\n"
    "\n"
    "| part | meaning |\n"
    "| --- | --- |\n"
    "| statistics | narrow row, written at every refresh |\n"
    "| text | wide row, written when the text changes |\n"
    "| own | kept by this software, told by no source |\n";

/* A code span, empty for "". */
static void put_code(struct buf *out, const char *z)
{
    if (*z)
        buf_f(out, "`%s`", z);
}

static void put_row(struct buf *out, const struct schema_field *f)
{
    buf_z(out, "| ");
    put_code(out, f->item);
    buf_f(out, " | `%s` | %s | %s | ", f->name, kinds[f->kind], parts[f->part]);
    put_code(out, f->stored);
    buf_z(out, " | ");
    put_code(out, f->api);
    buf_f(out, " | %d | %s |\n", f->since, f->help);
}

static void put_words(struct buf *out, const struct schema_field *f)
{
    buf_f(out, "\nWords of `%s`:", f->name);
    const char *comma = "";
    for (uint64_t v = 1; schema_enum_text(f, v); v++, comma = ",")
        buf_f(out, "%s %s (%d)", comma, schema_enum_text(f, v), (int)v);
    buf_z(out, ".\n");
}

static void put_type(struct buf *out, const struct schema_type *t,
                     const char *heading, const char *key)
{
    buf_f(out, "\n## %s\n\nKey: %s\n\n", heading, key);
    buf_z(out, "| field | in the code | type | part | stored | from the API"
               " | since | meaning |\n"
               "| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < t->n_fields; i++)
        put_row(out, &t->fields[i]);
    for (size_t i = 0; i < t->n_fields; i++)
        if (t->fields[i].kind == SCHEMA_ENUM)
            put_words(out, &t->fields[i]);
}

void schema_doc(struct buf *out)
{
    buf_z(out, intro);
    buf_f(out, "\nSchema version: %d.\n", SCHEMA_VERSION);
    put_type(out, &schema_video, "Video",
             "the 64 bits behind the 11 characters of its id.");
    put_type(out, &schema_channel, "Channel",
             "the 128 bits behind the 22 characters after `UC`.");
    put_type(out, &schema_sample, "Sample",
             "id of the video and day since 1970-01-01.");
}
