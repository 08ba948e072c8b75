/* base/uri.h - a URI as people may see it. */
#ifndef SVF_BASE_URI_H
#define SVF_BASE_URI_H

#include "base/attr.h"

/* "scheme://user:password@host/path?options" without the password and the
 * options, of which some are passwords; any other text as it is. The caller's;
 * NULL when memory ends. */
char *uri_to_show(const char *uri) MUST_CHECK;

#endif
