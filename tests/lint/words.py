"""lint.words ROOT: nothing of one machine, no key, in any file."""

import re
import sys

import tree

# The brackets keep the patterns from finding themselves.
PATTERNS = [
    (r"/wor[k]/[a-z]|/hom[e]/[a-z]+/|/roo[t]/", "a path of one machine"),
    (r"AIz[a][0-9A-Za-z_-]{35}", "looks like an API key"),
    (r"-----BEGIN [A-Z ]*PRIVATE KE[Y]", "a private key"),
    (r"\b(?:deb|security|snapshot|archive|ftp)\.(?:debian|ubuntu)\.\w+|"
     r"\b(?:pypi|npmjs|crates)\.(?:org|io)\b|"
     r"\b(?:artifactory|nexus)\.", "the name of a package host"),
    (r"\bTO[D]O\b|\bFIXM[E]\b|\bXX[X]\b", "work left undone"),
]

# Path -> the reason why its bytes are not ours.
ALLOWED = {
    "LICENSE": "the licence's own text",
}


def problems(root):
    for path in tree.files(root):
        if path in ALLOWED:
            continue
        text = tree.read(root, path)
        for pattern, what in PATTERNS:
            for m in re.finditer(pattern, text):
                yield path, tree.line_of(text, m.start()), what


if __name__ == "__main__":
    tree.finish(list(problems(sys.argv[1])))
