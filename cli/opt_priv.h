/* cli/opt_priv.h - options and words of one command line, by table. */
#ifndef SVF_CLI_OPT_PRIV_H
#define SVF_CLI_OPT_PRIV_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

enum opt_kind {
    OPT_FLAG, /* no value */
    OPT_ONE,  /* one value; a second one is refused */
    OPT_MANY  /* may be repeated */
};

struct opt_row {
    const char *name; /* "limit" for --limit */
    char letter;      /* 'o' for -o, 0 = none */
    enum opt_kind kind;
    const char *arg;  /* "N", "FILE"; NULL for a flag */
    const char *help; /* one line */
};

enum { OPT_GIVEN_MAX = 256 };

/* What was given; text is borrowed from argv. */
struct opts {
    const struct opt_row *rows[3]; /* tables, searched in turn */
    size_t n_rows[3];
    struct {
        const struct opt_row *row;
        const char *value; /* "" for a flag */
    } given[OPT_GIVEN_MAX];
    size_t n_given;
    const char **words; /* owned array; words after options and "--" */
    size_t n_words;
};

/*
 * Read argv[0 .. argc). With @stop_at_word reading ends before the first
 * word and *used tells how many were read (global options before COMMAND).
 * RC_INPUT names an unknown option and the nearest one, a missing value or a
 * repeated option. Threads: one.
 */
int opt_parse(struct opts *o, int argc, const char *const *argv,
              bool stop_at_word, int *used, struct err *e) MUST_CHECK;
void opt_fini(struct opts *o);

bool opt_has(const struct opts *o, const char *name);
/* The value, or NULL when not given. */
const char *opt_value(const struct opts *o, const char *name);
/* The @i-th value of an OPT_MANY, or NULL behind the last. */
const char *opt_nth(const struct opts *o, const char *name, size_t i);

/* Append the lines of a table for --help. */
void opt_help(const struct opt_row *rows, size_t n, struct buf *out);

#endif
