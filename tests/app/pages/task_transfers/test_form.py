"""The form of a matrix: what it keeps, refuses, asks for, and how long it says that takes."""

from typing import Any

import pytest
from starlette.testclient import TestClient

import app.pages.task_transfers.form as form
from tests.app.pages.seen import HTML, context
from tests.app.pages.task_transfers.opened import PAGE
from trainer.transfer.tasks import TASKS

pytestmark = pytest.mark.slow


def test_the_form_keeps_what_was_typed(client: TestClient) -> None:
    typed = {"source": ["edges"], "target": ["edges", "shape"], "sizes": "7, 300", "order": "3",
             "finetune": "on", "seeds": "0..2", "name": "<b>mine</b>"}  # fmt: skip
    page = client.post("/transfer/tasks/new", data=typed, headers=HTML)
    assert page.status_code == 422
    (said,) = context(page)["problems"].items()
    assert said[0] == "sizes"
    assert "50" in said[1]
    assert context(page)["ticked"] == {"source": ["edges"], "target": ["edges", "shape"]}
    for kept in ('value="7, 300"', 'value="3" selected', 'name="finetune" checked', 'value="0..2"'):
        assert kept in page.text, kept
    assert "<b>mine" not in page.text
    page = client.post("/transfer/tasks/new", data=typed | {"seeds": "many"}, headers=HTML)
    assert context(page)["problems"].keys() == {"sizes", "seeds"}
    assert client.post("/transfer/tasks/new", data={"sauce": "x"}, headers=HTML).status_code == 422


@pytest.mark.parametrize(("field", "named"), [("sizes", "sizes"), ("order", "order"), ("seeds", "seeds")])
def test_numbers_of_thousands_of_digits_are_refused_by_name(
    client: TestClient, field: str, named: str
) -> None:
    typed = {"source": ["edges"], "target": ["shape"], "sizes": "100", "order": "1", "seeds": "0"}
    typed[field] = "9" * 5000
    page = client.post("/transfer/tasks/new", data=typed, headers=HTML)
    assert page.status_code == 422
    assert context(page)["problems"].keys() == {named}
    assert client.get(f"/transfer/tasks/new?source=edges&{field}={'9' * 5000}", headers=HTML).is_success
    for query in ("images", "target", "budget", "importance"):
        assert client.get(f"{PAGE}?{query}={'9' * 5000}", headers=HTML).is_client_error, query


def test_the_form_asks_for_what_was_typed_and_says_how_long(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def launched(_database: Any, body: Any, _folder: Any) -> tuple[int, bool]:
        asked.append(body)
        return 7, True

    monkeypatch.setattr(form, "launch_task_transfer", launched)
    page = client.get("/transfer/tasks/new", headers=HTML)
    assert set(context(page)["ticked"]["source"]) == set(TASKS.names)
    whole = context(page)["seconds"]
    few = "/transfer/tasks/new?source=edges&target=shape&sizes=100&seeds=0"
    assert context(client.get(few, headers=HTML))["seconds"] < whole
    none = client.get("/transfer/tasks/new?source=edges&sizes=x", headers=HTML)
    assert "How long it takes can be told once" in none.text
    typed = {"source": ["edges"], "target": ["shape"], "sizes": "100,300", "order": "1", "seeds": "0..2"}
    sent = client.post("/transfer/tasks/new", data=typed, headers=HTML, follow_redirects=False)
    assert sent.headers["location"] == "/transfer/tasks/7"
    [body] = asked
    assert [*body.sources, *body.targets, *body.sizes] == ["edges", "shape", 100, 300]
    assert (body.order, body.finetune, body.seeds, body.name) == (1, False, [0, 1, 2], None)
