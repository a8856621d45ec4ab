"""Runs of the report: one run, their list, their comparison, verification, check and hand-in."""
