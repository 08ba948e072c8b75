"""lint.layers ROOT: who may include whom, and through which door."""

import fnmatch
import re
import sys

import tree

# Folder -> folders whose door it may include. Arrows point down only.
ARROWS = {
    "base":   [],
    "schema": ["base"],
    "net":    ["base"],
    "ratio":  ["base"],
    "store":  ["base", "schema"],
    "quota":  ["base", "schema", "store"],
    "miner":  ["base", "schema", "net", "store", "quota"],
    "search": ["base", "schema", "ratio", "store"],
    "api":    ["base", "ratio", "search"],
    "sim":    ["base", "schema", "store"],
    "node":   ["base", "net", "store"],
}
EVERYTHING = list(ARROWS)
ARROWS["cli"] = EVERYTHING
ARROWS["bench"] = EVERYTHING + ["tests"]
ARROWS["fuzz"] = EVERYTHING
ARROWS["tests"] = EVERYTHING + ["cli"]

# Folder -> its doors: all that other folders may include of it.
DOORS = {
    "base":   ["*.h"],                        # each module's own header
    "schema": ["schema.h", "jsonr.h", "*_fields.def"],
    "store":  ["store.h", "above.h"],
    "bench":  [],
    "tests":  ["*/*.h"],                      # what tests share
    "fuzz":   [],
    "cli":    [],
}
# Rows that cli/ joins, from any folder.
JOINED_BY_CLI = ["config.def"]

# Third-party header -> where it may be included. tests/ and bench/ may
# include any of them: they hold our code against the library itself.
THIRD_PARTY = {
    "pthread.h":      ["base/*"],
    "ini.h":          ["base/*"],
    "zlib.h":         ["base/*"],
    "openssl/*":      ["base/*"],
    "jansson.h":      ["schema/*", "sim/*"],
    "curl/*":         ["net/*"],
    "sqlite3.h":      ["store/sqlite*"],
    "mongoc/*":       ["store/mongo*"],
    "bson/*":         ["store/mongo*"],
    "expat.h":        ["miner/*"],
    "csv.h":          ["miner/*"],
    "uni*.h":         ["search/*"],           # libunistring
    "roaring/*":      ["search/*"],
    "microhttpd.h":   ["api/*", "sim/*"],
    "libdeflate.h":   ["api/*"],
    "check.h":        [],
    "yyjson.h":       [],                      # a peer of bench/
}

# The C library and the kernel; a header in neither table is a question.
SYSTEM = """
assert complex ctype errno fenv float inttypes iso646 limits locale math
signal stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib
stdnoreturn string tgmath time wchar wctype strings unistd fcntl poll sched
dirent ftw glob getopt grp pwd termios netdb endian syslog
arpa/inet netinet/in netinet/tcp
sys/auxv sys/epoll sys/eventfd sys/file sys/inotify sys/ioctl sys/mman
sys/prctl sys/random sys/resource sys/signalfd sys/socket sys/stat
sys/statvfs sys/time sys/timerfd sys/types sys/uio sys/un sys/utsname
sys/wait
""".split()

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^">]+)[">]', re.M)


def matches(name, patterns):
    return any(fnmatch.fnmatch(name, p) for p in patterns)


def third_party_problem(path, header):
    if header.endswith(".h") and header[:-2] in SYSTEM:
        return None
    for pattern, places in THIRD_PARTY.items():
        if fnmatch.fnmatch(header, pattern):
            if matches(path, places + ["tests/*", "bench/*"]):
                return None
            return f"<{header}> is not for this folder"
    return f"<{header}> is in no table of tests/lint/layers.py"


def own(path, folder, name):
    """Private parts are for the folder itself, its tests and its fuzzers."""
    return (path.startswith(f"{folder}/")
            or path.startswith(f"tests/{folder}/")
            or (path.startswith(("fuzz/", "bench/", "tests/contract/"))
                and name.endswith("_priv.h")))


def own_problem(path, header):
    if "/" not in header:
        return f'"{header}" does not name its folder'
    if header.startswith("gen/"):
        return None
    here = path.split("/")[0]
    folder, name = header.split("/", 1)
    if own(path, folder, name) or folder == here:
        return None
    if folder not in ARROWS.get(here, []):
        return f'{here}/ may not include {folder}/'
    doors = DOORS.get(folder, [f"{folder}.h"])
    if here == "cli":
        doors = doors + JOINED_BY_CLI
    if not matches(name, doors) or name.endswith("_priv.h"):
        return f'"{header}" is no door of {folder}/'
    return None


def problems(root):
    for path in tree.files(root, *tree.C_FILES, ".def"):
        text = tree.without_comments(tree.read(root, path))
        for m in INCLUDE.finditer(text):
            check = third_party_problem if m.group(1) == "<" else own_problem
            problem = check(path, m.group(2))
            if problem:
                yield path, tree.line_of(text, m.start(1)), problem


if __name__ == "__main__":
    tree.finish(list(problems(sys.argv[1])))
