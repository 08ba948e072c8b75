/*
 * fuzz/fuzz.h - what every target has: its entry, and a claim that ends the
 * process when it is broken, for that is what a fuzzer sees.
 */
#ifndef SVF_FUZZ_FUZZ_H
#define SVF_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

#endif
