#!/usr/bin/env bash
# Everything that must hold before a change lands: lint, types, layers, tests with warnings as errors.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/lint.sh
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive MLFLOW_DISABLE_TELEMETRY=true BENTOML_DO_NOT_TRACK=True
.venv/bin/python -m pytest -n 2 --dist loadgroup "$@"
echo "test: everything passed; next: make demo"
