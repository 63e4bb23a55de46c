"""A field given twice: page, JSON twin and figures refuse it alike, whichever of the two would do."""

import pytest
from starlette.testclient import TestClient

from tests.app.pages.seen import HTML


@pytest.mark.parametrize(
    "path",
    [
        "/theory/focal",
        "/api/v1/theory/focal",
        "/api/v1/theory/focal/figures/focal-loss",
        "/api/v1/theory/focal/figures/focal-loss/table.csv",
    ],
)
def test_a_field_given_twice_is_refused_everywhere(client: TestClient, path: str) -> None:
    assert client.get(f"{path}?p=0.5&gammas=2", headers=HTML).status_code == 200
    answer = client.get(f"{path}?p=0.5&p=0.9&gammas=2", headers=HTML)
    assert answer.status_code == 422
    assert "given twice" in answer.text
