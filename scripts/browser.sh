#!/usr/bin/env bash
# The pages' tests want a real browser: installs Debian's Chromium where there is none and we may.
set -euo pipefail
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then exit 0; fi
done
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "setup: installing Chromium for the pages' tests"
  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null
else
  echo "setup: no browser; the pages' tests are left out (Debian: apt-get install chromium)" >&2
fi
