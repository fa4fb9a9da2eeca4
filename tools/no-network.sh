#!/usr/bin/env bash
# Run a command where there is no network: nothing but its own empty loopback. For every process of
# a node's machine that is not the gate's, so that the gate's alone has a way to a partner (T11).
set -euo pipefail
if [ "$#" -eq 0 ]; then
    printf 'usage: %s COMMAND [ARGUMENT...]\n' "$0" >&2
    exit 2
fi
exec unshare --user --map-current-user --net -- "$@"
