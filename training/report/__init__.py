"""The SHAP report of a trained model: one HTML file that needs nothing beside it.

Reading order: `inputs` (what goes in), `page` (`write_report`), `importance`, `dependence`, `cases`, `reliability`
(one section each), `svg` (how a drawing is put together).
"""

from training.report.importance import mean_shares
from training.report.inputs import ReportInputs
from training.report.page import write_report

__all__ = ["ReportInputs", "mean_shares", "write_report"]
