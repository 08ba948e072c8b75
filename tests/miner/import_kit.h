/*
 * tests/miner/import_kit.h - a store in memory, files with given text, and
 * the content of a store as text that a table can hold.
 */
#ifndef SVF_TESTS_MINER_IMPORT_KIT_H
#define SVF_TESTS_MINER_IMPORT_KIT_H

#include "miner/miner.h"

/* Columns that kit_dump() shows of a video when not asked otherwise. */
#define KIT_COUNTS                                                             \
    (VIDEO_BIT(views) | VIDEO_BIT(likes) | VIDEO_BIT(dislikes) |               \
     VIDEO_BIT(comments) | VIDEO_BIT(stats_at))

/* A clock that stands at 2026-11-20T08:00:00Z. */
struct clk *kit_clk(void);
/* Open a store of @kind at @uri ("mem:"); fails the test when it cannot. */
struct store *kit_store(const char *uri, enum store_kind kind);
/* Options for @s: automatic format, silent. */
struct import_options kit_options(struct store *s);

/* A temporary folder for one test; kit_rmdir() removes it with its files. */
const char *kit_mkdir(char out[static 64]);
void kit_rmdir(const char *dir);
/* Write @text to @dir/@name; returns the path in @out. */
const char *kit_file(const char *dir, const char *name, struct str text,
                     char out[static 128]);

/*
 * Append one line for each record, ordered by id: videos with the fields of
 * @cols as "column=value", then channels and samples with all their fields
 * but the source. Times that are midnight are written as dates.
 */
void kit_dump(struct store *s, uint64_t cols, struct buf *out);

#endif
