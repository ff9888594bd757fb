"""One small operator for all tests of this folder, made once a test run, whichever worker comes first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from starlette.testclient import TestClient

from data.lake import Lake
from data.settings import Settings
from serving.app import create_app
from serving.publish import publish
from serving.room import Room
from tests.serving import small_service


@pytest.fixture(scope="session")
def operator(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Settings:
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "operator"
    with FileLock(f"{folder}.lock"):
        if not (folder / "whole").is_file():
            small_service.build(folder)
            (folder / "whole").touch()
    return small_service.settings_of(folder)


@pytest.fixture(scope="session")
def lake(operator: Settings) -> Lake:
    return small_service.open_small(operator)


@pytest.fixture(scope="session")
def room(operator: Settings, lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    room = Room(with_store(operator, tmp_path_factory.mktemp("store")))
    publish(lake, small_service.AS_OF, room.settings)
    yield room
    room.store.close()


@pytest.fixture
def client(room: Room) -> TestClient:
    return TestClient(create_app(lambda: room), client=("127.0.0.1", 50000))


def with_store(settings: Settings, folder: Path) -> Settings:
    """The same operator with a store of its own."""
    serving = settings.serving.model_copy(update={"store": f"sqlite:///{folder / 'nextcall.db'}"})
    return settings.model_copy(update={"serving": serving})
