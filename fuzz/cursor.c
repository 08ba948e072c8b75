/*
 * fuzz/cursor.c - any text as a cursor: refused, or the very text that its
 * contents are written as; and any contents are read back as they were.
 */
#include "fuzz/fuzz.h"
#include "search/query_priv.h"

#include <stdio.h>
#include <stdlib.h>

static void read_text(struct str text)
{
    struct cursor c;
    char again[CURSOR_TEXT];
    int rc = cursor_read(&c, text, NULL);
    must(rc == RC_OK || rc == RC_INPUT, "another code");
    if (rc)
        return;
    cursor_write(&c, again);
    must(str_eqz(text, again), "two texts of one cursor");
}

static void write_contents(const uint8_t *data, size_t size)
{
    uint64_t numbers[3 + SEARCH_SORTS] = { 0 };
    char text[CURSOR_TEXT];
    struct cursor back;
    memcpy(numbers, data, size < sizeof(numbers) ? size : sizeof(numbers));
    struct cursor c = { .epoch = numbers[0], .query = numbers[1] };
    c.after.id = numbers[2];
    for (size_t i = 0; i < SEARCH_SORTS; i++)
        c.after.key[i] = numbers[3 + i];
    cursor_write(&c, text);
    must(cursor_read(&back, str_of(text), NULL) == RC_OK, "not read back");
    must(back.epoch == c.epoch && back.query == c.query &&
             order_cmp(&back.after, &c.after) == 0,
         "read back as another");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_text(str_n((const char *)data, size));
    if (size)
        write_contents(data, size);
    return 0;
}
