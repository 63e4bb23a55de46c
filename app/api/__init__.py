"""REST under /api/v1: one noun a line, all listed here. Handlers parse, call and return; no more.

A new noun: write app/api/things.py with `router = APIRouter(prefix=f"{API}/things", tags=["things"])`, whole
paths as nothing is put before them later, and add the line `LazyRouter(f"{API}/things", "app.api.things")`. A
router stands here itself only where a script or an open page asks for it at once; any other is lazy.
"""

from app.api import events, pictures, runs, system
from app.urls import API, HOOKS, MEASURED, SEARCH, TOKENS
from app.web.lazy import LazyRouter

ROUTERS = (
    pictures.router,  # before the actions on a run, which claim any word
    LazyRouter(f"{API}/runs/groups", "app.api.groups"),
    runs.router,
    events.router,
    LazyRouter(f"{API}/runs", "app.api.series"),
    LazyRouter(f"{API}/runs", "app.api.gallery"),
    LazyRouter(f"{API}/runs", "app.api.adjusted"),
    LazyRouter(MEASURED, "app.api.measured"),
    LazyRouter(SEARCH, "app.api.search"),
    LazyRouter(f"{API}/compare", "app.api.compare"),
    LazyRouter(f"{API}/compare/images", "app.api.compare_images"),
    LazyRouter(f"{API}/figures", "app.api.figures"),
    LazyRouter(f"{API}/task-transfers", "app.api.task_transfer_figures"),
    LazyRouter(f"{API}/compare/bundle", "app.api.report"),
    LazyRouter(f"{API}/compare/effects", "app.api.effects"),
    LazyRouter(f"{API}/published", "app.api.published"),
    LazyRouter(f"{API}/published/reproductions", "app.api.reproductions"),
    LazyRouter(f"{API}/imported", "app.api.imported"),
    LazyRouter(f"{API}/queue", "app.api.queue"),
    LazyRouter(f"{API}/sweeps", "app.api.sweeps"),
    LazyRouter(f"{API}/recipes", "app.api.recipes"),
    LazyRouter(f"{API}/views", "app.api.views"),
    LazyRouter(f"{API}{TOKENS}", "app.api.tokens"),
    LazyRouter(f"{API}{HOOKS}", "app.api.hooks"),
    LazyRouter(f"{API}/transfers", "app.api.transfers"),
    LazyRouter(f"{API}/task-transfers", "app.api.task_transfers"),
    LazyRouter(f"{API}/tasks", "app.api.tasks"),
    LazyRouter(f"{API}/theory/dead-relu", "app.api.dead_relu"),
    system.router,
    LazyRouter(f"{API}/datasets", "app.api.imports"),
    LazyRouter(f"{API}/datasets", "app.api.images"),
    LazyRouter(f"{API}/datasets", "app.api.datasets"),
    LazyRouter(f"{API}/workers", "app.api.workers"),
)
