"""REST under /api/v1: one router a noun, all listed here. Handlers parse, call and return; no more."""

from app.api import compare, events, figures, published, report, runs, series, sweeps, system

ROUTERS = (runs.router, series.router, events.router, compare.router, figures.router,
           report.router, published.router, sweeps.router, system.router)  # fmt: skip
