/*
 * tests/schema/doc_test.c - docs/schema.md is what the tables say.
 *
 * `t_schema_doc FILE` compares, `t_schema_doc --update FILE` writes.
 */
#include "schema/schema.h"

#include <stdio.h>
#include <stdlib.h>

enum { DOC_MAX = 256 * 1024 };

static bool same(FILE *f, struct str want)
{
    static char got[DOC_MAX];
    size_t n = fread(got, 1, sizeof(got), f);
    return str_eq(str_n(got, n), want);
}

int main(int argc, char **argv)
{
    bool update = argc == 3 && str_eqz(STR("--update"), argv[1]);
    if (argc != 2 && !update) {
        fprintf(stderr, "usage: t_schema_doc [--update] FILE\n");
        return EXIT_FAILURE;
    }
    const char *path = argv[argc - 1];
    struct buf doc = BUF_INIT(DOC_MAX);
    schema_doc(&doc);
    FILE *f = fopen(path, update ? "wb" : "rb");
    bool ok = f && buf_check(&doc, "the page", NULL) == RC_OK;
    if (ok && update)
        ok = fwrite(doc.p, 1, doc.n, f) == doc.n;
    else if (ok)
        ok = same(f, buf_view(&doc));
    if (f && fclose(f))
        ok = false;
    if (!ok)
        fprintf(stderr,
                "%s is not what schema/*_fields.def say; run\n"
                "  t_schema_doc --update %s\n",
                path, path);
    buf_fini(&doc);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
