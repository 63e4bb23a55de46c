"""HTML pages: one noun a line, all listed here. They render the views that the API answers as JSON.

A new noun: write app/pages/things.py (or a package of that name) with a `router` that answers at /things and
below, and add the line `Late("/things", "app.pages.things")`. Only the list of runs, where people come in,
is loaded with the process. The page of one run claims all of /runs, so what is more special comes before it.
"""

from app.pages import plotly_js
from app.pages.runs import listing as runs
from app.web.late import Late

PAGES = (
    plotly_js.router,
    runs.router,
    Late("/runs/new", "app.pages.launch.page"),
    Late("/runs/bulk", "app.pages.runs.bulk"),
    Late("/runs", "app.pages.runs.page"),
    Late("/sweeps", "app.pages.sweeps.page"),
    Late("/compare", "app.pages.compare.page"),
    Late("/compare/extend", "app.pages.compare.extend"),
    Late("/compare/report.html", "app.pages.compare.report"),
    Late("/theory/dead-relu", "app.pages.dead_relu"),
    Late("/published", "app.pages.published.page"),
    Late("/datasets", "app.pages.datasets"),
    Late("/system", "app.pages.system"),
    Late("/docs", "app.pages.docs"),
)
