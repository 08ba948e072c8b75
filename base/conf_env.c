/*
 * base/conf_env.c - SVF_SECTION_KEY of the environment as conf_set().
 *
 * Rules
 *   1. a name in a section that the table has must be a key of the table
 *   2. other names pass: SVF_CONFIG, SVF_TRACE, SVF_TEST_*
 */
#include "base/conf.h"

#include "base/conf_priv.h"

/* Compare @env with "SVF_" and @name in capitals, '.' as '_'. */
static bool is_env_of(struct str env, const char *name)
{
    size_t n = strlen(name);
    if (env.n != n + 4)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = name[i];
        if (c == '.')
            c = '_';
        else if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if (env.p[4 + i] != c)
            return false;
    }
    return true;
}

static const char *key_of(const struct conf *c, struct str env)
{
    for (size_t i = 0; i < c->n; i++)
        if (is_env_of(env, c->rows[i].name))
            return c->rows[i].name;
    return NULL;
}

/* SVF_MINE_REFRESH as "mine.refresh" when the table has a section "mine". */
static bool as_key(const struct conf *c, struct str env, char *out)
{
    if (env.n - 4 > CONF_NAME_MAX)
        return false;
    struct str rest = str_from(env, 4);
    for (size_t i = 0; i <= rest.n; i++) {
        char ch = i < rest.n ? rest.p[i] : '\0';
        out[i] = ch >= 'A' && ch <= 'Z' ? (char)(ch - 'A' + 'a') : ch;
    }
    char *end = strchr(out, '_');
    if (!end)
        return false;
    *end = '.';
    struct str section = str_n(out, (size_t)(end - out) + 1);
    for (size_t i = 0; i < c->n; i++)
        if (str_starts(str_of(c->rows[i].name), section))
            return true;
    return false;
}

static int take(struct conf *c, struct str env, struct str value, struct err *e)
{
    char where[CONF_NAME_MAX + 8];
    char guess[CONF_NAME_MAX + 1];
    const char *name = key_of(c, env);
    if (!name && !as_key(c, env, guess))
        return RC_OK;
    size_t n = env.n < sizeof(where) ? env.n : sizeof(where) - 1;
    memcpy(where, env.p, n);
    where[n] = '\0';
    return conf_set(c, name ? name : guess, value, CONF_ENV, where, e);
}

int conf_env(struct conf *c, char *const *environ, struct err *e)
{
    for (; *environ; environ++) {
        struct str value = str_of(*environ), env;
        if (!str_starts(value, STR("SVF_")) || !str_split(&value, '=', &env) ||
            !value.p)
            continue;
        int rc = take(c, env, value, e);
        if (rc)
            return rc;
    }
    return RC_OK;
}
