"""A comparison as a table to take away: CSV, Markdown and LaTeX of exactly what the page shows.

Pure functions of views. JSON is the view itself; reports with figures are in app.comparing.report.
"""
