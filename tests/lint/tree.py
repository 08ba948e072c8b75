"""What the lint scripts share: the files of a tree, and C without comments."""

import os
import re
import subprocess
import sys

C_FILES = (".c", ".h")


def files(root, *endings):
    """Paths below root with one of the endings (all without), sorted.

    The files that git tracks or would track; where there is no git, every
    file but those of build/.
    """
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--cached", "--others",
         "--exclude-standard"], capture_output=True, check=False)
    if listed.returncode == 0 and os.path.isdir(os.path.join(root, ".git")):
        names = listed.stdout.decode().split("\0")
    else:
        names = walk(root)
    return sorted(n for n in set(names)
                  if n and n.endswith(endings or ("",))
                  and os.path.isfile(os.path.join(root, n)))


def walk(root):
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders if f not in ("build", ".git")]
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), root)


def read(root, path):
    with open(os.path.join(root, path), "rb") as f:
        return f.read().decode("utf-8", "replace")


TOKEN = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def without_comments(text):
    """Comments become blanks; line numbers stay."""
    return TOKEN.sub(
        lambda m: blank(m) if m.group(0)[0] == "/" else m.group(0), text)


def code(text):
    """Comments, strings and characters become blanks; line numbers stay."""
    return TOKEN.sub(blank, text)


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def finish(problems):
    """Print "file:line: sentence" for each problem and exit 0 or 1."""
    for path, line, sentence in problems:
        print(f"{path}:{line}: {sentence}")
    if problems:
        print(f"{len(problems)} problems")
    sys.exit(1 if problems else 0)
