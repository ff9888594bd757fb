#!/usr/bin/env bash
# Spark's tests need Java 17 or newer: installs Debian's package where there is none and we may.
set -euo pipefail
major() { java -version 2>&1 | sed -nE 's/.*version "([0-9]+).*/\1/p' | head -1; }
if command -v java >/dev/null && [ "$(major)" -ge 17 ]; then exit 0; fi
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "setup: installing Java 17 for Spark"
  apt-get update -qq && apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless >/dev/null
else
  echo "setup: Java 17 is needed for --engine spark; install it (Debian: apt-get install openjdk-17-jre-headless)" >&2
  exit 2
fi
