/*
 * tests/net/raw_server.h - a server that says exactly what a script says,
 * right or wrong, byte for byte, and remembers what it was asked.
 */
#ifndef SVF_TESTS_NET_RAW_SERVER_H
#define SVF_TESTS_NET_RAW_SERVER_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* What is said to one request. */
struct raw_reply {
    struct str bytes;
    bool close;  /* hang up afterwards */
    int drip_ms; /* between two bytes; 0 = all at once */
    bool hold;   /* then say nothing more until the client hangs up */
};

struct raw_server; /* opaque */

/* Serve @n replies (borrowed) on a free port of 127.0.0.1, the last one for
 * ever, one connection at a time. Aborts when the system refuses. */
struct raw_server *raw_open(const struct raw_reply *replies, size_t n);
/* "http://127.0.0.1:PORT/api" */
const char *raw_url(const struct raw_server *s);
/* Hang up, wait for the thread, free. */
void raw_close(struct raw_server *s);

size_t raw_requests(struct raw_server *s);
size_t raw_connections(struct raw_server *s);
/* All request heads so far, one after the other; valid until raw_close()
 * once no request is under way. */
struct str raw_heads(struct raw_server *s);

#endif
