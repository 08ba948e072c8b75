/*
 * tests/mongod/set.h - a replica set for a test: starts the program
 * t_mongod, which runs the servers, and talks to it. The servers die with
 * the process that started them, whatever its end.
 */
#ifndef SVF_TESTS_MONGOD_SET_H
#define SVF_TESTS_MONGOD_SET_H

#include <stdio.h>
#include <sys/types.h>

struct mongod_set {
    pid_t pid; /* of t_mongod */
    FILE *to, *from;
    char hosts[200]; /* "127.0.0.1:1,127.0.0.1:2" */
};

/*
 * Start @members servers, the option words @more (NULL-ended, may be NULL)
 * go to t_mongod: 3 and "--arbiter" are two that hold data, and one that
 * votes. Call it before the driver is first used in this process,
 * and in the process that runs the tests, not in a test's child. Ends the
 * process with a sentence when there is no server to start.
 */
void mongod_set_start(struct mongod_set *s, int members,
                      const char *const *more);
/* Give t_mongod a command ("kill 0") and wait until it is done. */
void mongod_set_do(struct mongod_set *s, const char *command);
/* Run the command @json on database @db of the primary. Its answer is JSON,
 * also when it says that it failed; free() it. */
char *mongod_set_run(struct mongod_set *s, const char *db, const char *json);
void mongod_set_stop(struct mongod_set *s);

#endif
