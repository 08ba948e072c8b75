"""lint.format ROOT: clang-format has nothing to change.

Tables that are aligned by hand stand between clang-format off and on.
"""

import re
import subprocess
import sys

import tree

WARNING = re.compile(r"^(.*?):(\d+):\d+: \w+: ", re.M)


def problems(root):
    paths = tree.files(root, *tree.C_FILES)
    if not paths:
        return
    run = subprocess.run(["clang-format", "--dry-run", "-Werror"] + paths,
                         cwd=root, capture_output=True, text=True,
                         check=False)
    seen = set()
    for m in WARNING.finditer(run.stderr):
        if m.group(1) not in seen:
            seen.add(m.group(1))
            yield m.group(1), int(m.group(2)), \
                "not formatted: clang-format -i " + m.group(1)
    if run.returncode and not seen:
        yield "clang-format", run.returncode, run.stderr.strip()


if __name__ == "__main__":
    tree.finish(list(problems(sys.argv[1])))
