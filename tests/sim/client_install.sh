#!/bin/sh
# client_install.sh PYTHON DIR - the official Python client, and with it the
# discovery document of youtube/v3, in a virtual environment of its own.
# Does nothing when DIR already holds exactly client_requirements.txt.
set -eu
python=$1
dir=$2
wanted=$(dirname "$0")/client_requirements.txt
if cmp -s "$wanted" "$dir/installed.txt"; then
    exit 0
fi
"$python" -m venv --clear "$dir"
"$dir/bin/pip" install --quiet --disable-pip-version-check \
    --no-input --no-deps -r "$wanted"
cp "$wanted" "$dir/installed.txt"
