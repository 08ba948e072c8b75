/* tests/base/uri_test.c - what is shown of a URI. */
#include "base/uri.h"
#include "tests/t.h"

#include <stdlib.h>

START_TEST(a_uri_is_shown_without_secrets)
{
    /* clang-format off */
    static const struct {
        const char *name, *uri, *want;
    } uris[] = {
        { "a path", "sqlite:/data/a:b@c?d.db", "sqlite:/data/a:b@c?d.db" },
        { "no place", "mem:", "mem:" },
        { "no user", "mongodb://h1,h2:27017/svf", "mongodb://h1,h2:27017/svf" },
        { "a user alone", "mongodb://me@h/svf", "mongodb://me@h/svf" },
        { "a password", "mongodb://me:pw@h:1/svf", "mongodb://me@h:1/svf" },
        { "an empty one", "mongodb://me:@h/svf", "mongodb://me@h/svf" },
        { "one with signs that should be coded", "mongodb://me:p@/w?:@h/svf",
          "mongodb://me@h/svf" },
        { "options", "mongodb://h/svf?tlsCertificateKeyFilePassword=pw",
          "mongodb://h/svf" },
        { "rather too little than too much", "mongodb://h:1/svf?x=a@b",
          "mongodb://h@b" },
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_LEN(uris); i++) {
        char *shown = uri_to_show(uris[i].uri);
        T_STR(uris[i].name, str_of(shown), uris[i].want);
        free(shown);
    }
}
END_TEST

T_SUITE("uri", 10, a_uri_is_shown_without_secrets)
