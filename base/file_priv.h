/* base/file_priv.h - what file.c and file_reader.c share. */
#ifndef SVF_BASE_FILE_PRIV_H
#define SVF_BASE_FILE_PRIV_H

#include "base/err.h"

#include <stddef.h>
#include <sys/types.h>

/* Turn errno into RC_NOTFOUND, RC_DENIED or RC_IO: "cannot @doing @path". */
int file_refused(struct err *e, const char *doing, const char *path);
/* file_sys.read again after EINTR. */
ssize_t file_read_some(int fd, void *p, size_t n);

#endif
