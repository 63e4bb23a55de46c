"""REST under /api/v1: one router a noun, all listed here. Handlers parse, call and return; no more."""

from app.api import compare, events, figures, runs, series, system

ROUTERS = (runs.router, series.router, events.router, compare.router, figures.router, system.router)
