#!/bin/sh
# The pages that come from tables are committed as the tables say.
# usage: docs_test.sh SVF_DOCS SOURCE_DIR
set -eu
to=$(mktemp -d)
trap 'rm -rf "$to"' EXIT
"$2/docs/regenerate" "$1" "$to"
for page in man/svf.1 configuration.md counters.md schema.md; do
    diff -u "$2/docs/$page" "$to/$page" || {
        echo "docs/$page is out of date: run docs/regenerate" >&2
        exit 1
    }
done
