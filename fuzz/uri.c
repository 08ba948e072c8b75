/* fuzz/uri.c - any request target: decoded within bounds, or refused. */
#include "api/api_priv.h"
#include "fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct request *q = malloc(sizeof(*q));
    char *raw = calloc(1, size + 1);
    if (q && raw) {
        memcpy(raw, data, size);
        if (uri_decode(raw, q, NULL) == RC_OK) {
            assert(q->n_params <= API_PARAMS_MAX);
            for (size_t i = 0; i < q->n_params; i++)
                assert(q->params[i].value.p && q->params[i].name.p);
        }
    }
    free(raw);
    free(q);
    return 0;
}
