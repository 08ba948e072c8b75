/* base/queue.h - a bounded queue of pointers between threads. */
#ifndef SVF_BASE_QUEUE_H
#define SVF_BASE_QUEUE_H

#include "base/attr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct queue; /* opaque; first in, first out */

/* Make room for @cap items, cap >= 1. RC_NOMEM. */
int queue_open(struct queue **ret, size_t cap, struct err *e) MUST_CHECK;
/* Free an empty queue; items still inside are the caller's leak. */
void queue_close(struct queue *q);

/*
 * Put @item (taken) and wait while full. RC_CANCELLED once stopped: the
 * item stays the caller's. Threads: any.
 */
int queue_put(struct queue *q, void *item) MUST_CHECK;
/*
 * Take the oldest item and wait while empty. RC_CANCELLED when stopped and
 * empty: what was put before the stop is still handed out (drain).
 */
int queue_take(struct queue *q, void **ret) MUST_CHECK;
/* The same without waiting; RC_AGAIN when empty (or full). */
int queue_try_take(struct queue *q, void **ret) MUST_CHECK;
int queue_try_put(struct queue *q, void *item) MUST_CHECK;
/* No more puts; takers drain and then get RC_CANCELLED. Idempotent. */
void queue_stop(struct queue *q);
size_t queue_count(struct queue *q);

#endif
