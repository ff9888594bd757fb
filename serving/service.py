"""The BentoML service: the web API in a worker that holds the champions. The only file that imports bentoml.

A worker loads everything, answers once by itself, and then freezes what it holds: a garbage collection that walks the
models costs more than any answer.
"""

from __future__ import annotations

import contextlib
import gc
import os
import threading
import time

os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")  # read when bentoml is imported, hence before it
os.environ.setdefault("OTEL_SDK_DISABLED", "true")  # 0.3 ms of CPU a request

import bentoml
from sqlalchemy.exc import OperationalError

from data.errors import NextcallError, WorkFailed
from data.settings import load_settings
from serving.app import create_app
from serving.decide import warm_up
from serving.room import Room

WORKERS = int(os.environ.get("NEXTCALL_SERVE_WORKERS", "1"))
TIDY_S = 1.0
_ROOMS: list[Room] = []  # the worker's one room: BentoML mounts the app before it makes the service


def _room() -> Room:
    if not _ROOMS:
        raise WorkFailed("the worker is still loading its models; ask again in some seconds")
    return _ROOMS[0]


def _tidy(room: Room) -> None:
    """Empty the store's log beside the answers, before it grows so long that one of them would have to."""
    while True:
        time.sleep(TIDY_S)
        with contextlib.suppress(OperationalError):  # another process holds the log: next time
            room.store.checkpoint()


app = create_app(_room)


@bentoml.service(name="nextcall", workers=WORKERS, traffic={"timeout": 30}, metrics={"enabled": True})
@bentoml.asgi_app(app, path="/")
class Nextcall:
    """Next best offers, churn risk, profiles and call-volume forecasts from the registry's champions."""

    def __init__(self) -> None:
        room = Room(load_settings())
        warm_up(room)
        _ROOMS[:] = [room]
        threading.Thread(target=_tidy, args=(room,), daemon=True).start()
        gc.collect()
        gc.freeze()

    def __is_ready__(self) -> bool:
        """Whether a champion of each kind is loaded and fits what is published; single calls may need less."""
        try:
            return _room().missing() is None
        except NextcallError:
            return False
