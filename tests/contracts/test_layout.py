"""The layout: top-level packages come from this checkout, nothing of ours is pickled, git sees every folder."""

from __future__ import annotations

import importlib
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("data", "features", "models", "training", "serving")
LONGEST = 400  # lines of a file


@pytest.mark.parametrize("name", [*PACKAGES, "nextcall"])
def test_a_package_is_imported_from_this_checkout(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__file__ is not None
    assert Path(module.__file__).resolve().is_relative_to(ROOT)


def test_git_hides_no_source_folder() -> None:
    paths = [f"{name}/file.py" for name in PACKAGES]
    hidden = subprocess.run(["git", "check-ignore", *paths], cwd=ROOT, capture_output=True, text=True, check=False)
    assert hidden.stdout == ""


@pytest.mark.parametrize("path", [p for name in PACKAGES for p in sorted((ROOT / name).rglob("*.py"))], ids=str)
def test_no_file_pickles_or_is_named_for_nothing(path: Path) -> None:
    assert not re.search(r"^\s*(import|from) (pickle|joblib|cloudpickle|dill)\b", path.read_text("utf-8"), re.MULTILINE)
    assert path.stem not in ("utils", "helpers", "common", "misc")


def test_no_file_is_too_long_to_read() -> None:
    files = [ROOT / "nextcall.py", *(p for name in (*PACKAGES, "tests") for p in (ROOT / name).rglob("*.py"))]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in files}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}
