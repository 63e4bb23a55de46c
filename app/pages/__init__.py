"""HTML pages: one noun a line, all listed here. They render the views that the API answers as JSON.

A new noun: write app/pages/things.py (or a package of that name) with a `router` that answers at /things and
below, and add the line `LazyRouter("/things", "app.pages.things")`. Only the list of runs, where people come
in, is loaded with the process. The page of one run claims all of /runs, so what is more special comes before.
"""

from app.pages import plotly_js
from app.pages.runs import listing as runs
from app.urls import HOOKS, TOKENS
from app.web.lazy import LazyRouter

PAGES = (
    plotly_js.router,
    runs.router,
    LazyRouter("/runs/new", "app.pages.launch.page"),
    LazyRouter("/runs/bulk", "app.pages.runs.bulk"),
    LazyRouter("/runs/views", "app.pages.runs.named"),
    LazyRouter("/runs", "app.pages.runs.page"),
    LazyRouter("/runs", "app.pages.runs.gallery"),
    LazyRouter("/runs", "app.pages.adjust"),
    LazyRouter("/runs", "app.pages.runs.pictures"),
    LazyRouter("/queue", "app.pages.queue"),
    LazyRouter("/sweeps", "app.pages.sweeps.page"),
    LazyRouter("/compare", "app.pages.compare.page"),
    LazyRouter("/compare/images", "app.pages.compare.images"),
    LazyRouter("/compare/effects", "app.pages.compare.effects"),
    LazyRouter("/compare/report.html", "app.pages.compare.report"),
    LazyRouter("/theory/dead-relu", "app.pages.dead_relu"),
    LazyRouter("/published", "app.pages.published.page"),
    LazyRouter("/published", "app.pages.published.reproduction"),
    LazyRouter("/imported", "app.pages.imported"),
    LazyRouter("/datasets/imports", "app.pages.datasets.imports"),
    LazyRouter("/datasets", "app.pages.datasets.listing"),
    LazyRouter("/datasets", "app.pages.datasets.page"),
    LazyRouter("/transfer/tasks/new", "app.pages.task_transfers.form"),
    LazyRouter("/transfer/tasks", "app.pages.task_transfers.page"),
    LazyRouter("/transfer", "app.pages.transfers"),
    LazyRouter("/system", "app.pages.system"),
    LazyRouter(TOKENS, "app.pages.tokens"),
    LazyRouter(HOOKS, "app.pages.hooks"),
    LazyRouter("/workers", "app.pages.workers"),
    LazyRouter("/docs", "app.pages.docs"),
)
