"""lint.cppcheck ROOT CACHE: what cppcheck finds in our folders.

What it may not say, and why, is in cppcheck.supp. CACHE is a folder below
build/ that makes the second run short.
"""

import os
import re
import subprocess
import sys

import tree

HERE = os.path.dirname(os.path.abspath(__file__))
FINDING = re.compile(r"^(\S+?):(\d+): (.*)$", re.M)
OPTIONS = [
    "--enable=warning,performance,portability", "--std=c11", "--quiet",
    "--error-exitcode=1", "-D_GNU_SOURCE", "-D__GNUC__=12",
    "-D__attribute__(x)=",  # not understood behind a function pointer
    "--template={file}:{line}: {severity}: {message} [{id}]",
    f"--suppressions-list={HERE}/cppcheck.supp",
]


def problems(root, cache):
    paths = tree.files(root, ".c")
    if not paths:
        return
    os.makedirs(cache, exist_ok=True)
    run = subprocess.run(
        ["cppcheck", *OPTIONS, "-j", str(os.cpu_count()), "-I", ".",
         f"--cppcheck-build-dir={os.path.abspath(cache)}", *paths],
        cwd=root, capture_output=True, text=True, check=False)
    found = set(FINDING.findall(run.stderr))
    for path, line, sentence in sorted(found):
        yield path, int(line), sentence
    if run.returncode and not found:
        yield "cppcheck", run.returncode, (run.stdout + run.stderr).strip()


if __name__ == "__main__":
    tree.finish(list(problems(sys.argv[1], sys.argv[2])))
