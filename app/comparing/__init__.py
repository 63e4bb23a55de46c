"""Comparing runs by setting: what is asked, the samples, the verdicts, the table, the figures and the report."""
