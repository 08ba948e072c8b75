/* cli/lines_priv.h - see cli/lines.c. */
#ifndef SVF_CLI_LINES_PRIV_H
#define SVF_CLI_LINES_PRIV_H

#include "base/err.h"
#include "base/str.h"

typedef int (*lines_fn)(void *ctx, struct str line, struct err *e);

/*
 * Call @fn for each line of @path ("-" = standard input, .gz is fine) that
 * is not empty and does not begin with '#', blanks cut off. An error of @fn
 * ends it and gets "path:line: " in front.
 */
int lines_each(const char *path, lines_fn fn, void *ctx,
               struct err *e) MUST_CHECK;

#endif
