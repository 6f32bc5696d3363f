#!/bin/sh
# Every code path of golden-replay that touches CUDA, tried on this machine, as one table.
#   tests/gpu/run.sh /path/to/bin/python     an interpreter with a CUDA build of torch (and, for its row, onnxruntime-gpu)
# Exit codes: 0 every row is right, 1 one is not, 2 used wrongly, 3 there is no graphics card to try it on.
set -eu
if [ $# -ne 1 ] || [ ! -x "$1" ]; then
  echo "usage: tests/gpu/run.sh PYTHON, an interpreter with a CUDA build of torch" >&2
  exit 2
fi
cd "$(dirname "$0")/../.."
gate=.venv/bin/python
[ -x "$gate" ] || gate=python3
exec "$gate" -m tests.gpu.table "$1"
