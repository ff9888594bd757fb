#!/usr/bin/env bash
# Pins every installed package; torch without its local build tag, the project itself left out.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/pip freeze --exclude-editable --exclude nextcall 2>/dev/null | sed -E 's/\+cpu$//' | grep -E '^[A-Za-z0-9._-]+==' > requirements.lock
wc -l requirements.lock
