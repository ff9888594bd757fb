#!/usr/bin/env bash
# The main job on the embedded operator (or on LAKE=DIR), then the service on loopback (PORT=3000), left answering.
set -euo pipefail
cd "$(dirname "$0")/.."
nextcall=.venv/bin/nextcall
lake=${LAKE:-var/demo/lake}
port=${PORT:-3000}
log=var/serve.log
export OMP_WAIT_POLICY=passive
if [ -z "${LAKE:-}" ] && [ ! -d "$lake" ]; then
  $nextcall simulate --customers "${CUSTOMERS:-20000}" --months "${MONTHS:-15}" --out "$(dirname "$lake")"
fi
$nextcall run --lake "$lake"
if [ -f var/serve.pid ]; then kill "$(cat var/serve.pid)" 2>/dev/null || true; sleep 2; fi
NEXTCALL_LAKE="$lake" nohup setsid $nextcall serve --port "$port" >"$log" 2>&1 </dev/null &
echo $! >var/serve.pid
for _ in $(seq 120); do
  grep -q '^curl' "$log" && break
  kill -0 "$(cat var/serve.pid)" 2>/dev/null || { cat "$log"; exit 1; }
  sleep 1
done
call=$(grep '^curl' "$log" | head -1)
echo
echo "demo: the service answers on loopback. Try:"
echo "  $call"
echo "It says:"
bash -c "$call" | .venv/bin/python -m json.tool --no-ensure-ascii | head -40
echo "  ..."
echo "Next: nextcall score --out offers.csv, nextcall compare uptake; stop the service: kill \$(cat var/serve.pid)"
