"""Plotly's browser library, served from the installed `plotly` package: nothing comes from a CDN.

It is compressed once and kept in the data folder. Finding the package does not import it: the web process
never holds plotly in memory.
"""

import gzip
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, Response

from app.web.deps import SettingsDep
from app.web.rights import asks_right
from app.web.templating import FOR_EVER, plotly_name, plotly_source
from trainer.run_dir import write_atomic

router = APIRouter(include_in_schema=False)


@router.get("/static/plotly/{name}")
@asks_right("none")
def plotly(request: Request, name: str, settings: SettingsDep) -> Response:
    """The library; the version in its name lets browsers keep it for ever. Any other name is sent on."""
    headers = {"Cache-Control": FOR_EVER if name == plotly_name() else "no-cache", "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return FileResponse(plotly_source(), media_type="text/javascript", headers=headers)
    packed = _packed(settings.data_dir / "cache" / f"{plotly_name()}.gz")
    headers["Content-Encoding"] = "gzip"
    return FileResponse(packed, media_type="text/javascript", headers=headers)


def _packed(path: Path) -> Path:
    """The compressed library at `path`, made there the first time."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, gzip.compress(plotly_source().read_bytes(), compresslevel=7, mtime=0))
    return path
