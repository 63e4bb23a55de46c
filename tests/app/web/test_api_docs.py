"""/api/docs works without a network, and describes every path and answer."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings


@pytest.fixture(scope="module")
def document(served_folder: Path) -> dict[str, Any]:
    """The OpenAPI document; made once, for it loads every noun and takes half a second."""
    with TestClient(create_app(Settings(data_dir=served_folder)), base_url="http://localhost:8000") as client:
        described: dict[str, Any] = client.get("/api/openapi.json").json()
    return described


def test_page_and_its_parts_come_from_here(client: TestClient) -> None:
    page = client.get("/api/docs").text
    parts = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(parts) == 4
    for part in parts:
        answer = client.get(urljoin("/api/docs", part))
        assert answer.status_code == 200, part
        assert answer.text
    assert "://" not in page


def test_no_other_file_is_served(client: TestClient) -> None:
    for name in ("redoc.standalone.js", "..%2f__init__.py", "favicon.png"):
        assert client.get(f"/api/docs/{name}").status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        "/health",
        "/meta",
        "/runs",
        "/runs/validate",
        "/runs/{run_id}",
        "/runs/{run_id}/{action}",
        "/runs/{run_id}/epochs",
        "/runs/{run_id}/classes",
        "/runs/{run_id}/confusion",
        "/runs/{run_id}/scalars",
        "/runs/{run_id}/logs",
        "/runs/{run_id}/events",
        "/runs/{run_id}/checkpoints",
        "/runs/{run_id}/checkpoints/{name}",
        "/runs/{run_id}/stream",
        "/runs/{run_id}/predictions",
        "/runs/{run_id}/predictions.npz",
        "/stream",
        "/compare",
        "/figures",
        "/figures/{name}",
        "/workers",
        "/datasets",
    ],
)
def test_every_path_is_described(document: dict[str, Any], path: str) -> None:
    for operation in document["paths"][f"/api/v1{path}"].values():
        assert operation.get("description") or operation.get("summary")


def test_bodies_and_answers_have_their_shape(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["LaunchBody"]["properties"]["config"] == {"$ref": "#/components/schemas/RunConfig"}
    assert schemas["LossConfig"]["properties"]["beta"]["description"]
    launched = document["paths"]["/api/v1/runs"]["post"]["responses"]["201"]
    assert launched["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/RunSummary"}
