"""lint.banned ROOT: functions that have a better door in this project."""

import fnmatch
import re
import sys

import tree

TESTING = ["tests/*", "bench/*", "fuzz/*"]

# Functions, where they may be called all the same, and what to use instead.
TABLE = [
    ("gets strcpy strcat strncpy strncat stpcpy sprintf vsprintf asctime "
     "ctime tmpnam mktemp", [],
     "has no bound: use snprintf() or base/buf.h"),
    ("strtok atoi atol atoll atof", [],
     "hides errors: use str_split() or base/num.h"),
    ("sscanf fscanf scanf", TESTING,
     "hides errors: use str_split() and base/num.h"),
    ("strtol strtoul strtoll strtoull strtod strtof",
     ["base/num.c", "base/jsonw.c"] + TESTING, "use base/num.h"),
    ("alloca setjmp longjmp system vfork", [], "is not used here"),
    ("rand srand random srandom rand_r drand48 getrandom getentropy",
     ["base/rnd.c"], "use base/rnd.h: a seed repeats a run"),
    ("time gettimeofday localtime localtime_r gmtime gmtime_r mktime timegm "
     "strftime strptime tzset", TESTING,
     "time is an argument: use base/clk.h and base/cal.h"),
    ("clock_gettime", ["base/clk.c"] + TESTING,
     "time is an argument: use base/clk.h"),
    ("sleep usleep", [], "nothing sleeps: wait for a condition"),
    ("nanosleep clock_nanosleep", ["base/clk.c"],
     "nothing sleeps: wait for a condition"),
    ("pthread_create pthread_mutex_lock pthread_cond_wait pthread_kill "
     "thrd_create mtx_trylock", ["base/thr.c"] + TESTING, "use base/thr.h"),
    ("popen", ["bench/bench.c"] + ["tests/*"], "starts a shell"),
    ("rename fsync fdatasync mkstemp mmap",
     ["base/file.c", "base/file_reader.c"] + TESTING,
     "files are a seam: use base/file.h"),
    ("signal", TESTING, "its meaning varies: use sigaction()"),
]


def rules():
    for names, places, why in TABLE:
        for name in names.split():
            yield name, places, why


def problems(root):
    table = {name: (places, why) for name, places, why in rules()}
    call = re.compile(r"(?<![\w.>])(" + "|".join(table) + r")\s*\(")
    for path in tree.files(root, *tree.C_FILES):
        if path == "base/banned.h":
            continue
        text = tree.code(tree.read(root, path))
        for m in call.finditer(text):
            places, why = table[m.group(1)]
            if not any(fnmatch.fnmatch(path, p) for p in places):
                yield path, tree.line_of(text, m.start(1)), \
                    f"{m.group(1)}(): {why}"


if __name__ == "__main__":
    tree.finish(list(problems(sys.argv[1])))
