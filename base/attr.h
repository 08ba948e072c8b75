/* base/attr.h - the compiler attributes this project uses, by name. */
#ifndef SVF_BASE_ATTR_H
#define SVF_BASE_ATTR_H

#define MUST_CHECK             __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* Run @fn(&variable) when the variable leaves its scope. */
#define AUTO(fn) __attribute__((cleanup(fn)))

/* Lock annotations: checked by clang -Wthread-safety, ignored by gcc. */
#if defined(__clang__)
#define CAPABILITY(name) __attribute__((capability(name)))
#define NEEDS(mu)        __attribute__((requires_capability(mu)))
#define ACQUIRES(...)    __attribute__((acquire_capability(__VA_ARGS__)))
#define RELEASES(...)    __attribute__((release_capability(__VA_ARGS__)))
#define NO_LOCK_ANALYSIS __attribute__((no_thread_safety_analysis))
#else
#define CAPABILITY(name)
#define NEEDS(mu)
#define ACQUIRES(...)
#define RELEASES(...)
#define NO_LOCK_ANALYSIS
#endif

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
