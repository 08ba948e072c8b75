/* sim/fields_priv.h - the `fields=` selector of partial answers. */
#ifndef SVF_SIM_FIELDS_PRIV_H
#define SVF_SIM_FIELDS_PRIV_H

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { FIELDS_NODES_MAX = 512, FIELDS_DEPTH_MAX = 12 };

/* Positions besides those of nodes. */
enum { FIELDS_NONE = 0xffff, FIELDS_ALL = 0xfffe };

struct fields_node {
    struct str name;      /* borrowed from the selector's text; "*" = any */
    uint16_t child, next; /* 0 = none: node 0 is the root */
    bool whole;           /* selected with everything below */
};

/* A selector as a tree; node 0 is the answer itself. */
struct fields {
    struct fields_node node[FIELDS_NODES_MAX];
    uint16_t n;
};

/*
 * Read a selector: names joined by ',', steps by '/', sub-selections in
 * parentheses, '*' for any name: "items(id,snippet/title),pageInfo".
 * RC_INPUT with what is wrong; RC_LIMIT when it is too large or too deep.
 */
int fields_parse(struct str text, struct fields *ret, struct err *e) MUST_CHECK;
/* The position of @name below position @at. */
uint16_t fields_below(const struct fields *f, uint16_t at, struct str name);
/* True when all that @f selects occurs in @shape; else @bad is a name. */
bool fields_fit(const struct fields *f, const struct fields *shape,
                struct str *bad);

#endif
