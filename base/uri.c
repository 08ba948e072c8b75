/*
 * base/uri.c - a URI as people may see it.
 *
 * Rules
 *   1. rather too little is shown than too much: what stands before the last
 *      '@' may be a password whose signs were not coded
 *
 * Threads: none of its own; no state.
 */
#include "base/uri.h"

#include <stdlib.h>
#include <string.h>

char *uri_to_show(const char *uri)
{
    char *copy = strdup(uri);
    char *user = copy ? strstr(copy, "://") : NULL;
    if (!user || user != strchr(copy, ':'))
        return copy;
    user += strlen("://");
    char *at = strrchr(user, '@'); /* rule 1 */
    char *colon = at ? memchr(user, ':', (size_t)(at - user)) : NULL;
    if (colon)
        memmove(colon, at, strlen(at) + 1);
    user[strcspn(user, "?")] = '\0';
    return copy;
}
