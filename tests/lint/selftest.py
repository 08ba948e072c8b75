"""lint.selftest: each lint fails on a planted violation, and only then.

A clean tree is made in a temporary folder; each row adds one file (or
changes one) and names the script that must refuse it, at which place.
"""

import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

GOOD_H = """/* base/good.h - nothing wrong. */
#ifndef SVF_BASE_GOOD_H
#define SVF_BASE_GOOD_H

int good(int x);

#endif
"""
GOOD_C = """/* base/good.c - nothing wrong; strcpy( in a comment is none. */
#include "base/good.h"

#include <stdio.h>

int good(int x)
{
    puts("sprintf(x) in a text is none");
    return x;
}
"""
CLEAN = {"base/good.h": GOOD_H, "base/good.c": GOOD_C,
         "schema/schema.h": GOOD_H.replace("BASE_GOOD", "SCHEMA_SCHEMA"),
         ".clang-format": open(os.path.join(HERE, "..", "..",
                                            ".clang-format")).read()}


def function(lines=1, decisions=0, head="int f(int x)"):
    body = "    x++;\n" * lines + "    if (x)\n        x++;\n" * decisions
    return f"{head}\n{{\n{body}    return x;\n}}\n"


def unused(name):
    return f"static void f(char *p)\n{{\n    {name}(p);\n}}\n"


# (script, planted path, its text, part of the expected line or None = clean)
ROWS = [
    # Layers.
    ("layers", "schema/a.c", '#include "base/good.h"\n', None),
    ("layers", "base/a.c", '#include "schema/schema.h"\n',
     "base/a.c:1: base/ may not include schema/"),
    ("layers", "sim/a.c", '\n#include "quota/quota.h"\n',
     "sim/a.c:2: sim/ may not include quota/"),
    ("layers", "net/a.c", '#include "store/store.h"\n', "may not include"),
    ("layers", "api/a.c", '#include "search/search.h"\n', None),
    ("layers", "api/a.c", '#include "search/seg_priv.h"\n', "is no door"),
    ("layers", "api/a.c", '#include "search/seg.h"\n', "is no door"),
    ("layers", "net/a.c", '#include "base/file_priv.h"\n', "is no door"),
    ("layers", "cli/a.c", '#include "net/config.def"\n', None),
    ("layers", "api/a.c", '#include "search/config.def"\n', "is no door"),
    ("layers", "api/a.c", '#include "api_priv.h"\n', "name its folder"),
    ("layers", "tests/net/a.c", '#include "net/net_priv.h"\n', None),
    ("layers", "tests/api/a.c", '#include "net/net_priv.h"\n', "is no door"),
    ("layers", "store/store.c", "#include <sqlite3.h>\n", "not for this"),
    ("layers", "store/sqlite_x.c", "#include <sqlite3.h>\n", None),
    ("layers", "cli/a.c", "# include <curl/curl.h>\n", "not for this"),
    ("layers", "net/a.c", "#include <pthread.h>\n", "not for this"),
    ("layers", "net/a.c", "#include <new_library.h>\n", "in no table"),
    ("layers", "net/a.c", '/* #include "store/store.h" */\n', None),
    # Banned functions.
    ("banned", "net/a.c", unused("strtok"), "net/a.c:3: strtok()"),
    ("banned", "base/a.c", unused("sprintf"), "sprintf()"),
    ("banned", "base/a.c", unused("snprintf"), None),
    ("banned", "base/a.c", unused("o->time"), None),
    ("banned", "miner/a.c", unused("clock_gettime"), "clock_gettime()"),
    ("banned", "base/clk.c", unused("clock_gettime"), None),
    ("banned", "tests/a.c", unused("sleep"), "sleep()"),
    # Sizes.
    ("size", "base/a.c", function(56), None),
    ("size", "base/a.c", function(57), "base/a.c:1: f() has 61 lines"),
    ("size", "base/a.c", "/* x */\n\n#define X 1\n" + function(57),
     "base/a.c:4: f() has 61 lines"),
    ("size", "base/a.c", function(57, head="START_TEST(a_name)"),
     "a_name() has 61 lines"),
    ("size", "base/a.c", function(1, 24), None),
    ("size", "base/a.c", function(1, 25), "complexity 26"),
    ("size", "base/a.c", "int t[] = {\n" + "    1,\n" * 70 + "};\n", None),
    ("size", "base/a.c", "struct s {\n" + "    int x;\n" * 70 + "};\n",
     None),
    ("size", "base/a.c", "int x;\n" * 1200, None),
    ("size", "base/a.c", "int x;\n" * 1201, "1201 lines"),
    # Format.
    ("format", "base/a.c", "int  x;\n", "base/a.c:1: not formatted"),
    ("format", "base/a.c",
     "/* clang-format off */\nint  x;\n/* clang-format on */\n", None),
    # Headers.
    ("headers", "base/a.h", GOOD_H.replace("GOOD", "A"), None),
    ("headers", "base/a.h", GOOD_H, "its guard is not SVF_BASE_A_H"),
    ("headers", "base/a.h",
     GOOD_H.replace("GOOD", "A").replace("int x", "size_t x"),
     "does not compile alone"),
    # Words.
    ("words", "docs/a.md", "see /wo" + "rk/main\n", "docs/a.md:1: a path"),
    ("words", "docs/a.md", "key AI" + "za" + "x" * 35, "API key"),
    ("words", "docs/a.md", "key AI" + "za" + "x" * 34, None),
    ("words", "a.sh", "curl https://deb." + "debian.org/x", "package host"),
    ("words", "base/a.c", "/* TO" + "DO */\n", "left undone"),
    # Cppcheck.
    ("cppcheck", "base/a.c",
     "int f(void)\n{\n    int a[2] = { 0, 1 };\n    return a[2];\n}\n",
     "base/a.c:4: error"),
    ("cppcheck", "base/a.c",
     "#include <stdlib.h>\nvoid f(void)\n{\n    char *p = malloc(3);\n"
     "    p = NULL;\n    free(p);\n}\n", "memleak"),
]


def write(root, path, text):
    full = os.path.join(root, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "w", encoding="utf-8") as f:
        f.write(text)


def run(script, root):
    return subprocess.run(
        [sys.executable, "-B", os.path.join(HERE, script + ".py"), root]
        + ([os.path.join(root, "build")] if script == "cppcheck" else []),
        capture_output=True, text=True, check=False)


def failure(script, path, text, expected):
    """What is wrong with the script's verdict, or None."""
    with tempfile.TemporaryDirectory(prefix="svf-lint-") as root:
        for name, clean in CLEAN.items():
            write(root, name, clean)
        write(root, path, text)
        done = run(script, root)
    said = done.stdout + done.stderr
    if expected is None:
        return f"refused what is clean: {said}" if done.returncode else None
    if done.returncode != 1:
        return f"exit code {done.returncode}, not 1: {said}"
    return None if expected in said else f"'{expected}' not in: {said}"


def main():
    failed = 0
    for script, path, text, expected in ROWS:
        wrong = failure(script, path, text, expected)
        if wrong:
            failed += 1
            print(f"{script}: {path}: {text[:60]!r}: {wrong}")
    scripts = {row[0] for row in ROWS if row[3]}
    present = {n[:-3] for n in os.listdir(HERE) if n.endswith(".py")}
    for missing in present - scripts - {"tree", "selftest"}:
        failed += 1
        print(f"{missing}.py has never been seen to fail")
    print(f"{len(ROWS)} plants, {failed} wrong verdicts")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
