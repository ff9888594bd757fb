"""Answers: decisions, scores and forecasts from the registry's champions; never imports `training`."""
