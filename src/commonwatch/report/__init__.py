"""The report: one self-contained page of what a replay found."""
