/*
 * schema/schema_priv.h - what the files of schema/ share: text of error
 * messages, and the forms that the decoder walks.
 */
#ifndef SVF_SCHEMA_SCHEMA_PRIV_H
#define SVF_SCHEMA_SCHEMA_PRIV_H

#include "schema/schema.h"

/* ---- text.c ---- */

enum { QUOTE_CAP = 48 }; /* an id, a time or the front of a title */

/*
 * Copy @s to @out for an error message: one line of well-formed UTF-8, cut
 * to QUOTE_CAP with "..."; returns @out.
 */
const char *text_quote(struct str s, char out[static QUOTE_CAP]);

/*
 * Resolve HTML character references of @s into @out, which has room for
 * s.n bytes; returns the bytes used. What is no reference stays as it is.
 */
size_t html_resolve(struct str s, char *out);

/*
 * Copy what a reader of the HTML (or plain text) @s would see to @out: tags
 * dropped, references resolved, blanks merged; cut at a character to
 * @cap - 1 bytes and terminated; @cap >= 1.
 */
void html_plain(struct str s, char *out, size_t cap);

/* ---- jsonr.c ---- */

/* The member of an object whose key, as a whole, is @key; or NULL. */
const struct jsonr *jsonr_member(const struct jsonr *v, const char *key);
/* The value at the first @n bytes of @path, or NULL. */
const struct jsonr *jsonr_getn(const struct jsonr *v, const char *path,
                               size_t n);
/* Copy the value, or what kind of value it is, to @out as text_quote(). */
const char *jsonr_quote(const struct jsonr *v, char out[static QUOTE_CAP]);

/* ---- decode_item.c ---- */

/* Where an answer tells one field. */
struct form_row {
    size_t field;     /* index in the type's table */
    const char *path; /* in the item; "" = this answer does not tell it */
};

enum { FORM_NO_FIELD = 64 }; /* beyond every field of every type */

/* One kind of item: which record it becomes and where its facts are. */
struct form {
    const struct schema_type *type;
    const char *id_paths[2]; /* the first that holds a text is the id */
    const struct form_row *rows;
    size_t n_rows;
    size_t stats_at;      /* set when `statistics` is there */
    size_t text_at;       /* set when `snippet` is there */
    uint64_t clear_stats; /* absent though `statistics` is there: gone */
    uint64_t clear_text;  /* absent though `snippet` is there: gone */
    bool escaped;         /* texts carry HTML character references */
    /* What no row can say; may be NULL. */
    int (*finish)(const struct jsonr *item, void *rec, struct err *e);
};

/* The id of @item, its first word or words; RC_INPUT when it has none that
 * can be used. */
int decode_id(const struct form *form, const struct jsonr *item,
              uint64_t ret[2], struct err *e) MUST_CHECK;
/*
 * Fill @rec, a struct of @form's type, from @item.
 * RC_INPUT  the item is to be left out; the message names path and value
 * RC_NOMEM
 */
int decode_item(const struct form *form, const struct jsonr *item, int64_t now,
                struct arena *arena, void *rec, struct err *e) MUST_CHECK;

#endif
