"""REST under /api/v1: one noun a line, all listed here. Handlers parse, call and return; no more.

A new noun: write app/api/things.py with `router = APIRouter(prefix=f"{API}/things", tags=["things"])`, whole
paths as nothing is put before them later, and add the line `Late(f"{API}/things", "app.api.things")`. A
router stands here itself only where a script or an open page asks for it at once; any other is Late.
"""

from app.api import events, runs, system
from app.urls import API, MEASURED
from app.web.late import Late

ROUTERS = (
    runs.router,
    events.router,
    Late(f"{API}/runs", "app.api.series"),
    Late(MEASURED, "app.api.measured"),
    Late(f"{API}/compare", "app.api.compare"),
    Late(f"{API}/figures", "app.api.figures"),
    Late(f"{API}/compare/bundle", "app.api.report"),
    Late(f"{API}/published", "app.api.published"),
    Late(f"{API}/sweeps", "app.api.sweeps"),
    Late(f"{API}/theory/dead-relu", "app.api.dead_relu"),
    system.router,
)
