#!/usr/bin/env bash
# Say which Python of the runner can make the gate's environment; nothing where there is none.
set -euo pipefail

# Versions that the gate is tested with. Debian has Pythons that can make no environment: they lack ensurepip.
fits='import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
found=""
for name in python3.11 python3.12 python3.13 python3 python; do
  if path="$(type -P "$name")" && "$path" -I -c "$fits" >/dev/null 2>&1; then
    found="$path"
    break
  fi
done
echo "python=$found" >>"$GITHUB_OUTPUT"
echo "${found:-none between 3.11 and 3.13: one is set up}"
