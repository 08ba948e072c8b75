/* base/parts.h - the same work on every part of something, at once. */
#ifndef SVF_BASE_PARTS_H
#define SVF_BASE_PARTS_H

enum { PARTS_RUN_MAX = 64 };

/*
 * Call fn(ctx, i) once for each i of [0, parts), parts of [1, PARTS_RUN_MAX],
 * and return when all have come back. Part 0 runs on the calling thread, each
 * other one on a thread named @name (at most 15 bytes), or after part 0 when
 * the system refuses to start one: it cannot fail.
 */
void parts_run(const char *name, int parts, void (*fn)(void *ctx, int part),
               void *ctx);

#endif
