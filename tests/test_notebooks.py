"""The numbered notebooks run from top to bottom on a small operator."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, operator: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTCALL_LAKE", str(operator / "lake"))
    monkeypatch.setenv("NEXTCALL_VAR", str(tmp_path))
    monkeypatch.setenv("MPLBACKEND", "agg")
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(path.parents[1])}}).execute()
    figures = [output for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output]
    assert figures, "a notebook that shows nothing"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_without_outputs(path: Path) -> None:
    assert not any(cell.get("outputs") for cell in nbformat.read(path, as_version=4).cells)


def test_there_are_three() -> None:
    assert [path.stem[:3] for path in NOTEBOOKS] == ["01_", "02_", "03_"]
