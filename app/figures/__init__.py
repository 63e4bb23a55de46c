"""Figures: pure functions from a view to a Plotly dictionary, a label and a table of the same data."""
