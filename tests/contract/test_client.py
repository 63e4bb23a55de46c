"""The public Python client: its calls with their parameters, and that they bring what the API answers."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.client import Client
from tests.contract.recorded import Recorded
from tests.contract.stored import ADDRESS, SWEEP
from tests.contract.volatile import settled, written

Ask = Callable[[Client], Any]

SAME: dict[str, Ask] = {
    "/api/v1/health": lambda client: client.health(),
    "/api/v1/runs/2": lambda client: client.run(2),
    "/api/v1/runs/2/classes": lambda client: client.classes(2),
    "/api/v1/runs/2/confusion?epoch=1": lambda client: client.confusion(2, 1),
    "/api/v1/runs/2/predictions": lambda client: client.predictions(2),
    "/api/v1/runs/2/images?true=ring&image=3": lambda client: client.images(2, true="ring", image=3),
    "/api/v1/compare/images?sweep=1&right=b": lambda client: client.compared_images(sweep=SWEEP, right="b"),
    "/api/v1/runs/2/adjusted?tau=1": lambda client: client.adjusted(2, tau=1),
    "/api/v1/runs/groups?by=setting&sweep=1": lambda client: client.groups(sweep=SWEEP),
    "/api/v1/sweeps/1": lambda client: client.sweep(SWEEP),
    "/api/v1/compare?sweep=1&epoch=best": lambda client: client.comparison(sweep=SWEEP, epoch="best"),
    "/api/v1/compare?q=loss+%3D+focal": lambda client: client.comparison(q="loss = focal"),
    "/api/v1/compare/effects?sweep=1&metric=tail": lambda client: client.effects(sweep=SWEEP, metric="tail"),
}
SAME_ITEMS: dict[str, Ask] = {
    "/api/v1/runs?sort=-id&limit=100": lambda client: client.runs(),
    "/api/v1/runs/9/epochs": lambda client: client.epochs(9),
    "/api/v1/measured?runs=1,7": lambda client: client.measured([1, 7]),
    "/api/v1/sweeps?limit=100": lambda client: client.sweeps(),
    "/api/v1/views": lambda client: client.views(),
    "/api/v1/datasets": lambda client: client.datasets(),
    "/api/v1/runs/9/events": lambda client: list(client.follow(9)),
}
REFUSED: dict[str, Ask] = {
    "missing": lambda client: client.run(99),
    "conflict": lambda client: client.resume(1),
    "fields": lambda client: client.launch({"loss": {"gama": 1}, "optim": {"epochs": 0}}),
}


@pytest.fixture
def client(board: TestClient) -> Client:
    return Client(ADDRESS, transport=board._transport)


def test_calls(recorded: Recorded) -> None:
    calls = inspect.getmembers(Client, inspect.isfunction)
    parameters = {name: inspect.signature(call) for name, call in calls if not name.startswith("_")}
    lines = [
        f"{name}({', '.join(_told(one) for one in of.parameters.values())})"
        for name, of in parameters.items()
    ]
    recorded.check("calls", "\n".join(lines))


def _told(parameter: inspect.Parameter) -> str:
    usual = "" if parameter.default is inspect.Parameter.empty else f"={parameter.default!r}"
    return f"{str(parameter).partition(':')[0].partition('=')[0]}{usual}"


@pytest.mark.parametrize("address", SAME)
def test_brings_what_the_api_answers(board: TestClient, client: Client, address: str) -> None:
    answer = board.get(address).json()
    brought = SAME[address](client).model_dump(mode="json")
    assert _steady(brought) == _steady(answer)


@pytest.mark.parametrize("address", SAME_ITEMS)
def test_brings_the_items_that_the_api_answers(board: TestClient, client: Client, address: str) -> None:
    answer = board.get(address).json()["items"]
    assert [item.model_dump(mode="json") for item in SAME_ITEMS[address](client)] == answer


def _steady(answer: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in answer.items() if not key.startswith("disk_")}


def test_rows_for_pandas(client: Client, recorded: Recorded) -> None:
    recorded.check("compare", written(settled(client.compare(sweep=SWEEP))))


def test_theory(client: Client, board: TestClient) -> None:
    asked = {"p": [0.5], "gammas": [0.0]}
    assert client.theory("focal", asked) == board.post("/api/v1/theory/focal", json=asked).json()


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(client: Client, recorded: Recorded, name: str) -> None:
    """Scripts catch these by name, or by the name of one above."""
    with pytest.raises(Exception, match=r"\w") as caught:
        REFUSED[name](client)
    names = [kind.__name__ for kind in type(caught.value).__mro__[:-2]]
    recorded.check(name, f"{' < '.join(names)}: {caught.value}")
