"""What was known, as numbers: windows, user labels, operating indicators, outcomes, tariffs, the calendar."""
