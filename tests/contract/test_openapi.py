"""What the OpenAPI document promises: paths, parameters, status codes, and the fields of every schema."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.contract.recorded import Recorded
from tests.contract.volatile import settled, written

_WORDS = {"description", "title", "operationId", "examples", "example", "summary"}


@pytest.fixture(scope="module")
def document(board: TestClient) -> dict[str, Any]:
    """The document."""
    found: dict[str, Any] = board.get("/api/openapi.json").json()
    return found


def _operation(told: dict[str, Any]) -> dict[str, Any]:
    parameters = {
        f"{one['in']} {one['name']}{'' if one.get('required') else '?'}": _short(one.get("schema", {}))
        for one in told.get("parameters", ())
    }
    body = {kind: _short(one.get("schema", {})) for kind, one in
            told.get("requestBody", {}).get("content", {}).items()}  # fmt: skip
    answers = {
        status: {kind: _short(one.get("schema", {})) for kind, one in answer.get("content", {}).items()}
        for status, answer in told["responses"].items()
    }
    return {"tags": told.get("tags"), "parameters": parameters, "body": body, "responses": answers}


def _short(schema: Any) -> Any:
    """A schema without its prose; a reference as the name of what it refers to."""
    if isinstance(schema, list):
        return [_short(below) for below in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    kept = {
        key: _short(value) for key, value in schema.items() if key not in _WORDS or not isinstance(value, str)
    }
    return kept["type"] if kept.keys() == {"type"} else kept


def test_operations(document: dict[str, Any], recorded: Recorded) -> None:
    """All at once: a path that came or went shows in the difference."""
    told = {
        f"{method.upper()} {path}": _operation(operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    recorded.check("operations", written(settled(told)))


def test_schemas(document: dict[str, Any], recorded: Recorded) -> None:
    """Each schema's fields; those that must be there have no question mark."""
    told = {}
    for name, schema in document["components"]["schemas"].items():
        needed = schema.get("required", ())
        fields = schema.get("properties", {})
        told[name] = {
            f"{field}{'' if field in needed else '?'}": _short(of) for field, of in fields.items()
        } or _short(schema)
    recorded.check("schemas", written(settled(told)))
