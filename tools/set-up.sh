#!/usr/bin/env bash
# Make .venv in the checkout and install the named requirement sets and the program into it.
#   bash tools/set-up.sh runtime [dev] [bench]
# A stamp per set remembers what was installed, so that a second call does nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
venv=.venv

fail() {
    printf 'set-up: %s\n' "$*" >&2
    exit 1
}

# The requirements are pinned with 3.11; newer ones are tried after it. Each candidate is run, as a
# command of that name may be only a signpost to a version that is not installed.
find_python() {
    local candidate
    for candidate in ${PYTHON:-python3.11 python3 python3.12 python3.13}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            command -v "$candidate"
            return
        fi
    done
    fail "no Python 3.11 or newer found; on Debian: apt-get install python3 python3-venv"
}

stamp_of() { # what an installed set depends on: its pins, and where the checkout lies
    cat "requirements/$1.txt" pyproject.toml tools/set-up.sh <(pwd -P) | sha256sum | cut -d' ' -f1
}

is_installed() {
    [[ -f "$venv/stamp-$1" && "$(<"$venv/stamp-$1")" == "$(stamp_of "$1")" ]]
}

make_venv() {
    local python
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null || fail \
        "$python comes without venv; on Debian: apt-get install python3-venv" \
        "(or $("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'))"
    printf 'set-up: %s in %s with %s\n' "$venv" "$(pwd -P)" "$python"
    "$python" -m venv --clear "$venv" || fail "$python -m venv failed; its words stand above"
}

pip_install() {
    # No user site, no prompt: the same as root and as a user, on a terminal and in CI.
    PYTHONNOUSERSITE=1 "$venv/bin/python" -m pip install -qq --no-input \
        --disable-pip-version-check --root-user-action=ignore "$@"
}

# (An `||` before a function would switch off `set -e` inside it.)
if ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
    make_venv
fi
for set in "$@"; do
    is_installed "$set" && continue
    printf 'set-up: installing requirements/%s.txt\n' "$set"
    pip_install --require-hashes -r "requirements/$set.txt" || fail \
        "installing requirements/$set.txt failed; is a package index within reach?"
    if [[ "$set" == runtime ]]; then
        pip_install --no-deps --no-build-isolation -e . || fail "installing the program failed"
        # A short replay compiles the kernels into their cache, and says so while it does; what it
        # has no use for, a flight that pulls up has: nobody should wait for a compiler then.
        "$venv/bin/commonwatch" replay --pass src/commonwatch/world/data/example-pass --json \
            >/dev/null || fail "a first replay failed"
        drawn=$(mktemp -d)
        "$venv/bin/python" -m commonwatch.world.make_passes "$drawn" --kind pull-up >/dev/null
        "$venv/bin/commonwatch" track "$drawn"/*/plots.jsonl.gz --sensors "$drawn"/*/sensors.toml \
            >/dev/null || fail "a first track failed"
        rm -r "$drawn"
    fi
    stamp_of "$set" >"$venv/stamp-$set"
done
