"""lint.headers ROOT [GENERATED]: each header compiles alone, guarded."""

import concurrent.futures
import os
import re
import subprocess
import sys

import tree

FLAGS = ["-fsyntax-only", "-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra",
         "-Werror", "-x", "c"]


def guard(path):
    """base/buf.h -> SVF_BASE_BUF_H; private headers may leave _PRIV out."""
    return "SVF_" + re.sub(r"[^A-Z0-9]", "_", path.upper())


def compile_alone(root, path, folders):
    # Through standard input, so that #pragma once and a main file's own
    # rules play no part.
    run = subprocess.run(
        [os.environ.get("CC", "gcc"), *FLAGS, "-I", root, *folders, "-"],
        input=f'#include "{path}"\ntypedef int not_empty;\n',
        capture_output=True, text=True, check=False, cwd=root)
    first = next((l for l in run.stderr.splitlines() if "error" in l), "")
    return path, run.returncode, first


# Libraries whose headers lie in a folder of their own.
LIBRARIES = ["libmongoc-1.0"]


def library_folders():
    run = subprocess.run(["pkg-config", "--cflags", *LIBRARIES],
                         capture_output=True, text=True, check=False)
    return run.stdout.replace("-I", "-isystem ").split()


def problems(root, generated):
    folders = library_folders()
    if generated:
        folders += ["-I", generated]
    paths = tree.files(root, ".h")
    for path in paths:
        if f"#ifndef {guard(path)}\n" not in tree.read(root, path):
            yield path, 1, f"its guard is not {guard(path)}"
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        done = pool.map(lambda p: compile_alone(root, p, folders), paths)
        for path, code, first in done:
            if code:
                yield path, 1, f"does not compile alone: {first}"


if __name__ == "__main__":
    tree.finish(list(problems(sys.argv[1],
                              sys.argv[2] if len(sys.argv) > 2 else None)))
