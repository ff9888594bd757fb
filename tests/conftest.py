"""Leaves out tests whose public data or browser is not on this machine, and says so; where `CI` is set, none."""

from __future__ import annotations

import os
import shutil

import pytest
from hypothesis import settings

from tests.public_data import is_available, public_folder
from tests.simulated import operator as operator

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LEFT_OUT = pytest.StashKey[set[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "public_data(*names): needs these files of the public data")
    config.addinivalue_line("markers", "browser: needs Chromium")
    config.stash[LEFT_OUT] = set()
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # threads that spin while they wait starve the other workers
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    settings.register_profile("nextcall", deadline=None)  # a busy machine is no failure
    settings.load_profile("nextcall")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("CI"):
        return
    lacking = {item: missing for item in items if (missing := _missing(item))}
    if lacking:
        config.hook.pytest_deselected(items=list(lacking))
        items[:] = [item for item in items if item not in lacking]
        config.stash[LEFT_OUT].update(*lacking.values())


def pytest_sessionfinish(session: pytest.Session) -> None:
    """An xdist worker tells the main process what it left out."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["left_out"] = sorted(session.config.stash[LEFT_OUT])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    config: pytest.Config = node.config  # type: ignore[attr-defined] # xdist's node is untyped here
    config.stash[LEFT_OUT].update(getattr(node, "workeroutput", {}).get("left_out", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if names := sorted(config.stash[LEFT_OUT]):
        terminalreporter.write_line(f"left out, no data in {public_folder()}: tests on {', '.join(names)}", yellow=True)


def _missing(item: pytest.Item) -> set[str]:
    lacking = {name for mark in item.iter_markers("public_data") for name in mark.args if not is_available(name)}
    needs_browser = item.get_closest_marker("browser") and not any(map(shutil.which, BROWSERS))
    return lacking | ({"a browser"} if needs_browser else set())
