/*
 * sim/fields.c - the `fields=` selector: a parser and a tree.
 *
 *   selector = path *("," path)
 *   path     = name *("/" name) ["(" selector ")"]
 *   name     = 1*(letter / digit / "_" / "-") / "*"
 *
 * Rules
 *   1. a name selected twice is one node: "a/b,a(c)" is "a(b,c)"
 *   2. selecting a whole object wins over selecting a part of it
 *   3. what '*' selects is spread over its named siblings after parsing, so
 *      that a lookup follows one path only
 *   4. nodes and depth are bounded
 *
 * Threads: pure functions.
 */
#include "sim/fields_priv.h"

struct parser {
    struct str rest;
    struct fields *f;
    struct err *e;
};

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool take(struct parser *p, char c)
{
    if (!p->rest.n || p->rest.p[0] != c)
        return false;
    p->rest = str_from(p->rest, 1);
    return true;
}

static struct str take_name(struct parser *p)
{
    struct str s = p->rest;
    size_t n = 0;
    if (s.n && s.p[0] == '*')
        n = 1;
    else
        while (n < s.n && name_char(s.p[n]))
            n++;
    p->rest = str_from(s, n);
    return str_n(s.p, n);
}

/* The child of @at called exactly @name, or 0. */
static uint16_t child_called(const struct fields *f, uint16_t at,
                             struct str name)
{
    uint16_t i = f->node[at].child;
    while (i && !str_eq(f->node[i].name, name))
        i = f->node[i].next;
    return i;
}

/* Find or add the child; 0 when there is no room. */
static uint16_t child_for(struct fields *f, uint16_t at, struct str name)
{
    uint16_t i = child_called(f, at, name);
    if (i || f->n >= FIELDS_NODES_MAX)
        return i;
    i = f->n++;
    f->node[i] =
        (struct fields_node){ .name = name, .next = f->node[at].child };
    f->node[at].child = i;
    return i;
}

static int fail(struct parser *p, const char *what)
{
    return err_set(p->e, RC_INPUT, "%s before '%.*s'", what,
                   (int)(p->rest.n < 40 ? p->rest.n : 40), p->rest.p);
}

static int parse_list(struct parser *p, uint16_t at, int depth);

static int parse_path(struct parser *p, uint16_t at, int depth)
{
    do {
        if (++depth > FIELDS_DEPTH_MAX)
            return err_set(p->e, RC_LIMIT, "a selector deeper than %d",
                           FIELDS_DEPTH_MAX);
        struct str name = take_name(p);
        if (!name.n)
            return fail(p, "a name is missing");
        at = child_for(p->f, at, name);
        if (!at)
            return err_set(p->e, RC_LIMIT, "a selector of more than %d names",
                           FIELDS_NODES_MAX);
    } while (take(p, '/'));
    if (!take(p, '(')) {
        p->f->node[at].whole = true;
        return RC_OK;
    }
    int rc = parse_list(p, at, depth);
    if (rc)
        return rc;
    return take(p, ')') ? RC_OK : fail(p, "')' is missing");
}

static int parse_list(struct parser *p, uint16_t at, int depth)
{
    do {
        int rc = parse_path(p, at, depth);
        if (rc)
            return rc;
    } while (take(p, ','));
    return RC_OK;
}

/* Add all that lies below @from to @to. False when there is no room. */
static bool merge(struct fields *f, uint16_t from, uint16_t to)
{
    f->node[to].whole |= f->node[from].whole;
    for (uint16_t i = f->node[from].child; i; i = f->node[i].next) {
        uint16_t twin = child_for(f, to, f->node[i].name);
        if (!twin || !merge(f, i, twin))
            return false;
    }
    return true;
}

static bool spread(struct fields *f, uint16_t at)
{
    uint16_t star = child_called(f, at, STR("*"));
    for (uint16_t i = f->node[at].child; i; i = f->node[i].next)
        if (star && i != star && !merge(f, star, i))
            return false;
    for (uint16_t i = f->node[at].child; i; i = f->node[i].next)
        if (!spread(f, i))
            return false;
    return true;
}

int fields_parse(struct str text, struct fields *ret, struct err *e)
{
    struct parser p = { .rest = text, .f = ret, .e = e };
    ret->node[0] = (struct fields_node){ .whole = false };
    ret->n = 1;
    int rc = parse_list(&p, 0, 0);
    if (rc)
        return rc;
    if (p.rest.n)
        return fail(&p, "nothing more is expected");
    if (!spread(ret, 0))
        return err_set(e, RC_LIMIT, "a selector of more than %d names",
                       FIELDS_NODES_MAX);
    return RC_OK;
}

uint16_t fields_below(const struct fields *f, uint16_t at, struct str name)
{
    if (at == FIELDS_ALL || at == FIELDS_NONE)
        return at;
    uint16_t i = child_called(f, at, name);
    if (!i)
        i = child_called(f, at, STR("*"));
    if (!i)
        return FIELDS_NONE;
    return f->node[i].whole ? FIELDS_ALL : i;
}

static bool fit_below(const struct fields *f, uint16_t at,
                      const struct fields *shape, uint16_t in, struct str *bad)
{
    for (uint16_t i = f->node[at].child; i; i = f->node[i].next) {
        if (str_eqz(f->node[i].name, "*"))
            continue; /* what it selects by name is with its siblings */
        uint16_t s = child_called(shape, in, f->node[i].name);
        if (!s)
            s = child_called(shape, in, STR("*"));
        if (!s) {
            *bad = f->node[i].name;
            return false;
        }
        if (!fit_below(f, i, shape, s, bad))
            return false;
    }
    return true;
}

bool fields_fit(const struct fields *f, const struct fields *shape,
                struct str *bad)
{
    return fit_below(f, 0, shape, 0, bad);
}
