#!/usr/bin/env bash
# Makes .venv from requirements.lock; a second run with the same lock does nothing. Usage: setup.sh core|all
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-core}
extras=$([ "$what" = all ] && echo "serving,spark,shifts,text,dev" || echo "serving")
python=${PYTHON:-python3.11}
command -v "$python" >/dev/null || python=python3
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || {
  echo "setup: $("$python" --version 2>&1) came; Python 3.11 is wanted (set PYTHON=/path/to/python3.11)" >&2
  exit 2
}
stamp=.venv/.installed
want="$(cat requirements.lock pyproject.toml | sha256sum | cut -c1-16)"
if grep -qsx "$want all" $stamp || grep -qsx "$want $what" $stamp; then
  :
else
  echo "setup: installing into .venv ($extras); 2-5 minutes the first time"
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  PIP_DISABLE_PIP_VERSION_CHECK=1 .venv/bin/pip install --quiet --compile -c requirements.lock -e ".[$extras]" \
    2> >(grep -v "^WARNING: Location" >&2)
  echo "$want $what" >> $stamp
fi
if [ "$what" = all ]; then
  bash scripts/java.sh
  bash scripts/browser.sh
fi
