/* net/net_priv.h - shared by the files of net/. */
#ifndef SVF_NET_NET_PRIV_H
#define SVF_NET_NET_PRIV_H

#include "net/net.h"

enum {
#define CTR CTR_ENUM
#include "net/counters.def"
#undef CTR
};
extern struct ctr net_ctr[];

struct net {
    char *base;       /* url without a trailing slash */
    char host[256];   /* for messages */
    char *key_header; /* "x-goog-api-key: …", NULL without a key */
    struct str key;   /* the end of it */
    char user_agent[128];
    bool loopback;
    bool https;
    dur_t connect_timeout, total_timeout;
    size_t body_max_bytes;
};

/* True when @s may stand in a request line or header: bytes that are
 * visible ASCII, and blanks only if @blanks. */
bool net_is_clean(struct str s, bool blanks);

/* Put stars over the key wherever the @n bytes at @p hold it. */
void net_hide_key(const struct net *net, char *p, size_t n);

#endif
