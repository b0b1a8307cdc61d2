#!/bin/sh
# Works the lock files out again from requirements/*.in, for every Python that Regulars runs on. Needs uv.
# No address of an index gets into them, so that each machine asks the one that it is set up for.
set -eu
cd "$(dirname "$0")/../requirements"
command -v "${UV:=uv}" >/dev/null || { echo "make lock: uv is needed (pip install uv, or UV=/path/to/uv)" >&2; exit 1; }
for name in build main dev bench durable; do
    "$UV" pip compile --quiet --universal --python-version 3.11 --generate-hashes --allow-unsafe \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate "$@" "$name.in" -o "$name.lock"
    echo "requirements/$name.lock"
done
