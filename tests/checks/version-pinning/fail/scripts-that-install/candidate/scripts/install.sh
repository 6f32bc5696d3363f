#!/usr/bin/env bash
set -euo pipefail
HERE="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)"
pip install --require-hashes -r production.lock
pip install --trusted-host pypi.example.com \
    -r "$HERE/more.txt"
"$HERE/tool.py" pip
"$HERE/next.sh"
