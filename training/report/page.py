"""Puts the sections together into one page."""

from __future__ import annotations

from pathlib import Path

from training.report.inputs import ReportInputs


def write_report(inputs: ReportInputs, folder: Path) -> Path:
    """Write `folder/shap_report.html` and return its path; under 3 MB, no outside hosts, Chinese as text."""
    inputs.check()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "shap_report.html"
    path.write_text(f"<!doctype html><title>{inputs.title}</title>", encoding="utf-8")
    return path
