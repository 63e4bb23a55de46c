"""/api/docs: Swagger UI over our OpenAPI document, from assets that are installed: nothing from a CDN.

The assets are those of the package fastapi-offline; the rest of that package is not used.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter
from fastapi import Path as InPath
from starlette.responses import FileResponse, HTMLResponse, Response

from app.urls import DOCS

router = APIRouter(include_in_schema=False)

Asset = Literal["swagger-ui-bundle.js", "swagger-ui.css"]

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>betaboard API</title>
<link rel="icon" type="image/svg+xml" href="../static/icon.svg">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
_START = 'SwaggerUIBundle({url: "openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null});\n'


@router.get(DOCS)
def docs() -> Response:
    """The page; its addresses are relative, so that it works below any root path."""
    return HTMLResponse(_PAGE)


@router.get(f"{DOCS}/start.js")
def start() -> Response:
    """Apart from the page, as the content policy runs no script that stands in a page."""
    return Response(_START, media_type="text/javascript")


@router.get(f"{DOCS}/{{asset}}")
def asset(asset: Annotated[Asset, InPath()]) -> Response:
    """Swagger UI itself."""
    return FileResponse(_assets() / asset, headers={"Cache-Control": "max-age=86400"})


def _assets() -> Path:
    spec = find_spec("fastapi_offline")
    assert spec is not None, "a dependency of betaboard"
    assert spec.origin is not None
    return Path(spec.origin).parent / "static"
