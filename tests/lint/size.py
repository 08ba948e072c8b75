"""lint.size ROOT: how long files and functions are, and how branched."""

import re
import sys

import tree

FUNCTION_LINES = 60
COMPLEXITY = 25   # 1 + decisions: if for while case && || ?
FILE_LINES = 1200

# (path, function) -> the reason why it may be larger.
ALLOWED = {
}

BRANCH = re.compile(r"\b(?:if|for|while|case)\b|&&|\|\||\?")
NAME = re.compile(r"\b([A-Za-z_]\w*)\s*\(\s*(\w*)")
NOT_NAMES = ("START_TEST", "__attribute__")


def function_name(head):
    """The name in what stands before '{', or None when it is no function."""
    outside = re.sub(r"\([^()]*\)", "()", head)
    if "(" not in head or "=" in outside:
        return None
    m = NAME.search(head)
    if not m:
        return None
    return m.group(2) if m.group(1) in NOT_NAMES else m.group(1)


def functions(text):
    """(name, first line, last line, body) of each function of C text."""
    depth = 0
    head_at = 0
    found = None
    for m in re.finditer(r"[{};]|^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", text, re.M):
        token = m.group(0)
        if token == "{":
            if depth == 0:
                found = (function_name(text[head_at:m.start()]), m.start())
            depth += 1
        elif token == "}":
            depth -= 1
            if depth == 0:
                if found and found[0]:
                    first = text[head_at:found[1]]
                    lead = len(first) - len(first.lstrip())
                    yield (found[0], tree.line_of(text, head_at + lead),
                           tree.line_of(text, m.start()),
                           text[found[1]:m.end()])
                head_at = m.end()
        elif depth == 0:
            head_at = m.end()


def function_problems(path, text):
    for name, first, last, body in functions(text):
        if (path, name) in ALLOWED:
            continue
        lines = last - first + 1
        branches = 1 + len(BRANCH.findall(body))
        if lines > FUNCTION_LINES:
            yield path, first, \
                f"{name}() has {lines} lines; at most {FUNCTION_LINES}"
        if branches > COMPLEXITY:
            yield path, first, \
                f"{name}() has complexity {branches}; at most {COMPLEXITY}"


def problems(root):
    for path in tree.files(root, *tree.C_FILES):
        text = tree.code(tree.read(root, path))
        lines = text.count("\n")
        if lines > FILE_LINES:
            yield path, lines, f"{lines} lines; at most {FILE_LINES}"
        yield from function_problems(path, text)


if __name__ == "__main__":
    tree.finish(list(problems(sys.argv[1])))
