"""`nextcall serve`: starts the BentoML service, waits until it answers, says how to call it, and ends with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence

from data.console import output, say, warn
from data.errors import BadInput, WorkFailed
from data.settings import Settings
from data.store import Store
from serving.auth import check_binding
from serving.champions import KINDS, champion_versions, what_to_run

START_S = 120.0
TARGET = "serving.service:Nextcall"


def serve(settings: Settings, port: int = 3000, workers: int = 1) -> None:
    """Serve until interrupted. BadInput where the service would stand open, WorkFailed where it does not come up."""
    say(check_binding(settings.serving))
    champions = champion_versions(settings)
    missing = [kind for kind in KINDS if kind not in champions]
    if missing:
        warn(what_to_run(missing))
    process = start(settings, port, workers)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        _announce(settings, port, wait_until_up(process, port), missing)
        process.wait()
    except KeyboardInterrupt:
        say("stopping")
    finally:
        stop(process)
    if process.returncode not in (0, -signal.SIGTERM, -signal.SIGINT):
        raise WorkFailed(f"the service ended with code {process.returncode}; its last lines above say why")


def start(settings: Settings, port: int, workers: int = 1) -> subprocess.Popen[bytes]:
    """Start the service as a process group of its own, with the settings that the flags changed in its environment."""
    if workers < 1:
        raise BadInput(f"--workers came as {workers}; wanted 1 or more")
    command = [sys.executable, "-m", "bentoml", "serve", TARGET, "--host", settings.serving.host, "--port", str(port)]
    own = {
        **_as_environment(settings),
        "NEXTCALL_SERVE_WORKERS": str(workers),
        "OMP_NUM_THREADS": "1",
        "BENTOML_DO_NOT_TRACK": "True",
        "OTEL_SDK_DISABLED": "true",
    }
    return subprocess.Popen(command, env={**os.environ, **own}, start_new_session=True)


def _as_environment(settings: Settings) -> dict[str, str]:
    """The settings that the caller may hold otherwise than the files and the environment say."""
    own = {
        "NEXTCALL_VAR": str(settings.var.resolve()),
        "NEXTCALL_TODAY": settings.today.isoformat() if settings.today else None,
        "NEXTCALL_SERVING__STORE": settings.serving.store,
        "NEXTCALL_TRACKING__URI": settings.tracking.uri,
    }
    return {name: value for name, value in own.items() if value is not None}


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the service and its workers; those that do not go are killed."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(timeout=15)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def wait_until_up(process: subprocess.Popen[bytes], port: int, seconds: float = START_S) -> bool:
    """Wait until /livez answers; whether /readyz does too. WorkFailed where the process ends or time runs out."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise WorkFailed(f"the service ended with code {process.returncode} before it answered")
        if _answers(port, "livez"):
            return _answers(port, "readyz")
        time.sleep(0.2)
    raise WorkFailed(f"the service did not answer within {seconds:.0f} s")


def _answers(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _announce(settings: Settings, port: int, ready: bool, missing: Sequence[str]) -> None:
    if not ready:
        warn(not_ready(port, missing))
        return
    output.print(f"ready on http://127.0.0.1:{port}; try:", highlight=False)
    output.print(curl(settings, port), markup=False, highlight=False)


def not_ready(port: int, missing: Sequence[str]) -> str:
    """Why a live service is not ready, and what of it answers all the same; `missing` are kinds without a champion."""
    cause = "no champion of each kind yet" if missing else "nothing fitting is published yet"
    already = "" if "volume" in missing else "; /forecast and /planner answer already"
    return f"live but not ready on port {port}: {cause}; its answers say what to run{already}"


def curl(settings: Settings, port: int) -> str:
    """A call that works, for a line that is published."""
    body = json.dumps({"customer_id": _some_customer(settings), "channel": "hotline"})
    key = " -H 'Authorization: Bearer KEY'" if settings.serving.keys else ""
    return f"curl -s http://127.0.0.1:{port}/next_best_offer -H 'Content-Type: application/json'{key} -d '{body}'"


def _some_customer(settings: Settings) -> str:
    store = Store(settings.store_url)
    publication = store.newest()
    piece = next(store.lines(publication.publication_id), None) if publication else None
    store.close()
    return piece[0][0] if piece else "CUSTOMER"
