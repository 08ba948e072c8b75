#!/usr/bin/env python3
"""bench/baseline.py save|compare FILE: documents of benches on standard
input, one a line, into FILE or against it. bench/run calls it."""

import json
import sys

HIGHER_IS_BETTER = "/s"  # end of a unit; of all others, less is better
NOT_SPEED = ("bytes/video", "of random", "sigmas", "videos", "buckets")


def load(path):
    """The documents of FILE by name; none when it is not there."""
    try:
        with open(path, encoding="utf-8") as f:
            return {d["bench"]: d for d in json.load(f)}
    except FileNotFoundError:
        return {}


def save(path, documents):
    """Put each document in the place of the one of its name."""
    kept = load(path)
    kept.update({d["bench"]: d for d in documents})
    with open(path, "w", encoding="utf-8") as f:
        f.write("[\n")
        f.write(",\n".join(lines(kept[name]) for name in sorted(kept)))
        f.write("\n]\n")


def lines(document):
    """A document with one figure a line, so that a diff can be read."""
    text = json.dumps(document, ensure_ascii=False)
    for key in ('"machine"', '"runs"', '"results"', '"peer"', '"checks"',
                '{"name"'):
        text = text.replace(key, "\n  " + key)
    return text


def rows(document):
    return {r["name"]: r for r in document["results"] + document["peer"]}


def better(unit, old, new):
    """How many times as good @new is as @old."""
    if not old or not new:
        return 1.0 if old == new else float("nan")
    return new / old if unit.endswith(HIGHER_IS_BETTER) else old / new


def compare(path, documents):
    """Print the table; 1 when a bench has no baseline."""
    kept = load(path)
    missing = 0
    for new in documents:
        old = kept.get(new["bench"])
        if not old:
            print(f"{new['bench']}: not in {path}")
            missing = 1
            continue
        print_one(old, new)
    return missing


def print_one(old, new):
    print(f"{new['bench']}: baseline {old['commit']} on "
          f"{old['machine']['cpu']}, {old['machine']['cores']} cores; load "
          f"{old['machine']['load']:.1f} then, {new['machine']['load']:.1f} now")
    for key in ("n", "seed"):
        if old[key] != new[key]:
            print(f"  {key} differs: {old[key]} there, {new[key]} here")
    before = rows(old)
    print(f"  {'':50} {'baseline':>12} {'now':>12} {'ratio':>7}  unit")
    for name, row in rows(new).items():
        if name not in before:
            print(f"  {name:50} {'-':>12} {row['median']:12.6g}")
            continue
        then, now = before[name]["median"], row["median"]
        ratio = f"{better(row['unit'], then, now):7.2f}"
        if row["unit"] in NOT_SPEED:
            ratio = " " * 7
        print(f"  {name:50} {then:12.6g} {now:12.6g} {ratio}  {row['unit']}")


def main():
    documents = [json.loads(line) for line in sys.stdin if line.strip()]
    what, path = sys.argv[1:]
    if what == "save":
        return save(path, documents)
    return compare(path, documents)


if __name__ == "__main__":
    sys.exit(main())
