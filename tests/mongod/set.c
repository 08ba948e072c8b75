/* tests/mongod/set.c - starts t_mongod and talks to it. */
#include "tests/mongod/set.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void give_up(const char *why)
{
    fprintf(stderr, "no MongoDB server for this test: %s\n", why);
    exit(1);
}

static void run(const int in[2], const int out[2], int members,
                const char *const *more)
{
    char count[12];
    const char *argv[16] = { "t_mongod", "--members", count };
    size_t n = 3;
    snprintf(count, sizeof(count), "%d", members);
    for (; more && *more && n < 15; more++)
        argv[n++] = *more;
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    close(in[0]), close(in[1]), close(out[0]), close(out[1]);
    /* exec changes none of the words; its type is older than const. */
    execv(T_MONGOD, (char *const *)(uintptr_t)argv);
    _exit(127);
}

static void read_line(struct mongod_set *s, char *line, size_t n)
{
    if (!fgets(line, (int)n, s->from))
        give_up("t_mongod ended; its reason is above");
    line[strcspn(line, "\n")] = '\0';
}

void mongod_set_start(struct mongod_set *s, int members,
                      const char *const *more)
{
    int in[2], out[2];
    if (pipe(in) || pipe(out))
        give_up("no pipe");
    s->pid = fork();
    if (s->pid == 0)
        run(in, out, members, more);
    close(in[0]), close(out[1]);
    s->to = fdopen(in[1], "w");
    s->from = fdopen(out[0], "r");
    if (s->pid < 0 || !s->to || !s->from)
        give_up("no process");
    read_line(s, s->hosts, sizeof(s->hosts));
}

void mongod_set_do(struct mongod_set *s, const char *command)
{
    char line[80];
    fprintf(s->to, "%s\n", command);
    fflush(s->to);
    read_line(s, line, sizeof(line));
    if (strcmp(line, "ok") != 0)
        give_up(line);
}

char *mongod_set_run(struct mongod_set *s, const char *db, const char *json)
{
    char *line = NULL;
    size_t room = 0;
    fprintf(s->to, "run %s %s\n", db, json);
    fflush(s->to);
    if (getline(&line, &room, s->from) <= 0)
        give_up("t_mongod ended; its reason is above");
    return line;
}

void mongod_set_stop(struct mongod_set *s)
{
    fclose(s->to); /* its end of input is its order to end */
    fclose(s->from);
    while (waitpid(s->pid, NULL, 0) < 0)
        continue;
}
