#!/usr/bin/env bash
# Install the gate into an environment of its own: what is judged is never installed into, and can't reach in.
set -euo pipefail

here="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)"
checkout="$(cd -- "$here/../../.." && pwd -P)"
python="${FOUND_PYTHON:-${SET_UP_PYTHON:-}}"

fail() {
  printf '::error title=gatekeeper::%s\n' "$1"
  exit 2
}

[ -n "$python" ] || fail "No Python from 3.11 to 3.13 was found, and none was set up."
case "$UPLOAD" in
  true | false) ;;
  *) fail "The input upload is neither true nor false." ;;
esac

work="$(mktemp -d "$RUNNER_TEMP/gatekeeper-XXXXXXXX")"
reports="${REPORTS:-$work/reports}"
case "$reports" in
  *$'\n'* | *$'\r'*) fail "The input reports names a folder with a line end." ;;
esac
# What a pull request brings along is no place for reports, and what an earlier step left is no report of this one.
if [ -e "$reports" ] || [ -L "$reports" ]; then
  fail "The folder that the input reports names is there already; name one that is not."
fi
mkdir -p -- "$reports"
reports="$(cd -- "$reports" && pwd -P)"

# Settings of pip that would install elsewhere; which index it asks is the runner's to say, the hashes hold for any.
unset PIP_TARGET PIP_PREFIX PIP_ROOT PIP_USER PIP_PYTHON
"$python" -I -m venv "$work/venv"
pip=("$work/venv/bin/python" -I -m pip --disable-pip-version-check --quiet install)
"${pip[@]}" --require-hashes --only-binary :all: --requirement "$here/requirements.lock"

# The checkout of an action may be read-only, and stays as it was downloaded: the build takes place in a copy.
mkdir "$work/source"
cp -R -- "$checkout"/{gatekeeper,checks,pyproject.toml,README.md,LICENSE} "$work/source/"
chmod -R u+w -- "$work/source"
"${pip[@]}" --no-index --no-deps --no-build-isolation "$work/source"
rm -rf -- "$work/source"

{
  echo "python=$work/venv/bin/python"
  echo "reports=$reports"
  # Two uses of the action in one job, and jobs of a matrix, have one GITHUB_JOB.
  if [ "$UPLOAD" = true ]; then
    echo "artifact=gatekeeper-${GITHUB_JOB:-job}-${work##*-}"
  fi
} >>"$GITHUB_OUTPUT"
"$work/venv/bin/python" -I -m gatekeeper --version
