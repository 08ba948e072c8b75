/* tests/cli/t_doc.c - t_doc URI KEY prints a document of a store. */
#include "store/store.h"

#include <stdio.h>

static int print_doc(const char *uri, const char *key, struct err *e)
{
    struct store *s;
    struct store_options o = { .uri = uri, .clk = clk_real() };
    struct buf body = BUF_INIT(STORE_DOC_MAX);
    uint64_t version;
    int rc = store_open(&s, &o, e);
    if (rc)
        return rc;
    rc = store_doc_get(s, key, &body, &version, e);
    if (!rc)
        fwrite(body.p, 1, body.n, stdout);
    buf_fini(&body);
    store_close(s);
    return rc;
}

int main(int argc, char **argv)
{
    struct err e = ERR_INIT;
    if (argc != 3) {
        fprintf(stderr, "t_doc URI KEY\n");
        return 64;
    }
    int rc = print_doc(argv[1], argv[2], &e);
    if (rc)
        fprintf(stderr, "t_doc: %s\n", e.msg);
    return rc ? 1 : 0;
}
