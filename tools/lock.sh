#!/usr/bin/env bash
# Pin requirements/*.in anew, with hashes, into requirements/*.txt. For maintainers; needs an index.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash tools/set-up.sh runtime dev

# pip-tools lies in a place of its own: it is no part of what is pinned. The user's pip settings are
# left out, so that the pins hold for any index and no local mirror leaks into them.
lock_venv=$(mktemp -d)
trap 'rm -rf "$lock_venv"' EXIT
.venv/bin/python -m venv "$lock_venv"
"$lock_venv/bin/python" -m pip install --quiet --disable-pip-version-check pip-tools==7.6.2
unset PIP_FIND_LINKS PIP_EXTRA_INDEX_URL
export PIP_CONFIG_FILE=/dev/null

cd requirements
for set in runtime dev bench; do # in this order: the others are constrained by runtime.txt
    "$lock_venv/bin/pip-compile" --quiet --generate-hashes --no-strip-extras --allow-unsafe \
        --no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links "$@" \
        --output-file "$set.txt" "$set.in"
done
if grep -n '://' ./*.txt; then
    printf 'lock: an address got into the requirements; see above\n' >&2
    exit 1
fi
