"""Comparing runs by setting: the query, samples, verdicts, table, figures and report."""
