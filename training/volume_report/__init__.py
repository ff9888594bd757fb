"""The planner's report on call forecasts: one HTML file, Chinese with English on a switch, no outside hosts.

Reading order: `replay` (the model as planners would have met it at past days), `measures` (error, bias, coverage beside
the Poisson floor), `outlook` (the coming weeks), `charts`, `page`.
"""

from training.volume_report.page import PLANNER_REPORT, ReportDays, write_volume_report
from training.volume_report.replay import ReplayPlan

__all__ = ["PLANNER_REPORT", "ReplayPlan", "ReportDays", "write_volume_report"]
