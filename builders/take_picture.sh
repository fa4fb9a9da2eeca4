#!/usr/bin/env bash
# Takes docs/picture.png, the picture in the README: the head of the report that `demo` writes.
# Needs Chromium (Debian: apt-get install chromium) and what `make demo` sets up.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${COMMONWATCH:-$root/.venv/bin/commonwatch}" demo </dev/null | tail -n 2
chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --window-size=1200,860 \
    --screenshot="$folder/picture.png" "file://$folder/report.html" 2>/dev/null
mv "$folder/picture.png" "$root/docs/picture.png"
