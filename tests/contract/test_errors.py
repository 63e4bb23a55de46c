"""What is refused, and in which words: JSON for scripts, a page for browsers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.settings import Settings
from tests.contract.asked import HTML, told
from tests.contract.recorded import Recorded
from tests.contract.stored import opened, unpack

CSV = {"Content-Type": "text/csv"}
REFUSED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "no such path": ("GET", "/api/v1/nothing", {}),
    "no such page": ("GET", "/nothing", {"headers": HTML}),
    "no such run": ("GET", "/api/v1/runs/99", {}),
    "no such run, page": ("GET", "/runs/99", {"headers": HTML}),
    "no such sweep": ("GET", "/api/v1/sweeps/99", {}),
    "no such figure": ("GET", "/api/v1/figures/nothing?run=1", {}),
    "figure of no run": ("GET", "/api/v1/figures/accuracy", {}),
    "no such calculator": ("GET", "/api/v1/theory/nothing", {}),
    "no such checkpoint": ("GET", "/api/v1/runs/1/checkpoints/first.pt", {}),
    "no predictions kept": ("GET", "/api/v1/runs/9/predictions", {}),
    "image not on the disk": ("GET", "/api/v1/datasets/shapes10/images/test/0.png", {}),
    "sheet of images not on the disk": ("GET", "/api/v1/datasets/shapes10/sheet?class=ring", {}),
    "picture of them": ("GET", "/api/v1/datasets/shapes10/sheet.png?indices=1,2", {}),
    "images of no predictions, page": ("GET", "/runs/9/images", {"headers": HTML}),
    "images of no such class": ("GET", "/api/v1/runs/2/images?true=rign", {}),
    "images of one setting": ("GET", "/api/v1/compare/images?runs=1,4", {}),
    "no epoch": ("GET", "/api/v1/runs/1/confusion?epoch=9", {}),
    "no number": ("GET", "/api/v1/runs/one", {}),
    "number too large": ("GET", "/api/v1/runs?limit=100000", {}),
    "unknown word": ("GET", "/api/v1/runs?stat=failed", {}),
    "unknown word, page": ("GET", "/compare?sweep=1&metrc=tail", {"headers": HTML}),
    "unknown state": ("GET", "/runs?state=lost", {"headers": HTML}),
    "unknown sort": ("GET", "/api/v1/runs?sort=colour", {}),
    "bad cursor": ("GET", "/api/v1/runs?cursor=nonsense", {}),
    "runs that are none": ("GET", "/api/v1/compare?runs=a,b", {}),
    "nothing to compare": ("GET", "/api/v1/compare", {}),
    "unknown baseline": ("GET", "/api/v1/compare?sweep=1&baseline=nothing", {}),
    "unknown metric": ("GET", "/api/v1/figures/compare-curves?sweep=1&metric=luck", {}),
    "unknown published": ("GET", "/api/v1/compare?sweep=1&published=nobody", {}),
    "unknown tuned rate": ("GET", "/api/v1/compare?sweep=1&tuned=loss.gamma", {}),
    "margin too large": ("GET", "/api/v1/compare?sweep=1&margin=200", {}),
    "stream of no moment": ("GET", "/api/v1/stream?after=x", {}),
    "method": ("PUT", "/api/v1/runs/1", {}),
    "no JSON": ("POST", "/api/v1/runs", {"content": "{"}),
    "no body": ("POST", "/api/v1/runs", {}),
    "unknown field": ("POST", "/api/v1/runs", {"json": {"config": {"loss": {"bta": 0.9}}, "nam": "x"}}),
    "fields": ("POST", "/api/v1/runs", {"json": {"config": {
        "loss": {"name": "focal", "gamma": -1, "weighting": "class_balanced", "beta": 1},
        "optim": {"epochs": True, "milestones": [3, 2]}, "seed": 2**40}}}),
    "beta as text": ("POST", "/api/v1/runs/validate", {"json": {"config": {
        "loss": {"weighting": "class_balanced", "beta": "1-1e-4"}}}}),
    "unknown data set": ("POST", "/api/v1/runs", {"json": {"config": {"data": {"dataset": "folder:none"}}}}),
    "axes": ("POST", "/api/v1/sweeps", {"json": {"axes": {"loss.bta": [1], "seed": []}}}),
    "too many cells": ("POST", "/api/v1/sweeps", {"json": {"axes": {"seed": list(range(501))}}}),
    "all there": ("POST", "/api/v1/sweeps/1/extend", {"json": {"axes": {"seed": [0, 1]}}}),
    "plan of a begun sweep": ("PATCH", "/api/v1/sweeps/1", {"json": {"margin": 2}}),
    "illegal move": ("POST", "/api/v1/runs/1/resume", {}),
    "illegal move, page": ("POST", "/runs/1/act", {"data": {"action": "cancel"}, "headers": HTML}),
    "unknown move": ("POST", "/api/v1/runs/1/explode", {}),
    "nothing to cancel": ("POST", "/api/v1/sweeps/1/cancel", {}),
    "nothing ticked": ("POST", "/runs/bulk", {"data": {"action": "archive"}, "headers": HTML}),
    "name of nothing": ("PATCH", "/api/v1/runs/1", {"json": {"name": " ", "priority": 5000}}),
    "name of nothing, page": ("POST", "/runs/1/edit", {"data": {"name": " "}, "headers": HTML}),
    "form with a wrong field": ("POST", "/runs/new", {"data": {"loss.beta": "2", "do": "launch",
                                                               "loss.weighting": "class_balanced"}}),
    "no such reproduction": ("GET", "/api/v1/published/reproductions/nobody", {}),
    "no such reproduction, page": ("GET", "/published/nobody", {"headers": HTML}),
    "plot of no reproduction": ("GET", "/api/v1/published/reproductions/nobody/figures/accuracy", {}),
    "table of no reproduction": (
        "GET", "/api/v1/published/reproductions/nobody/figures/accuracy/table.csv", {}),
    "published": ("POST", "/api/v1/published", {"content": "label,accuracy\nCE,140", "headers": CSV}),
    "published, no row": ("DELETE", "/api/v1/published/own-99", {}),
    "built-in published": ("DELETE", "/api/v1/published/nobody", {}),
    "theory": ("POST", "/api/v1/theory/focal", {"json": {"p": [2], "gammas": []}}),
    "theory typed": ("GET", "/api/v1/theory/conv-matrix?height=0&stride=x", {}),
    "theory typed, page": ("GET", "/theory/class-balance?betas=0.9,1.5", {"headers": HTML}),
    "bundle of a stranger": ("POST", "/api/v1/compare/bundle?sweep=1", {"files": {"virus": b"<svg/>"}}),
    "too large": ("POST", "/api/v1/runs", {"content": b" " * 1_000_001}),
    "from another site": ("POST", "/api/v1/runs/1/archive", {"headers": {"Origin": "http://evil.example"}}),
    "for another host": ("GET", "/api/v1/runs", {"headers": {"Host": "evil.example"}}),
}  # fmt: skip
CLOSED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "open health": ("GET", "/api/v1/health", {}),
    "no token": ("GET", "/api/v1/runs", {}),
    "no token, page": ("GET", "/sweeps", {"headers": HTML}),
    "wrong token": ("GET", "/api/v1/runs", {"headers": {"Authorization": "Bearer wrong"}}),
    "wrong sign-in": ("POST", "/login", {"data": {"token": "wrong", "next": "/sweeps"}, "headers": HTML}),
    "sign-in": ("POST", "/login", {"data": {"token": "secret", "next": "/sweeps"}}),
}


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The board behind a token."""
    folder: Path = tmp_path_factory.mktemp("closed") / "data"
    with opened(unpack(folder, token="secret")) as caller:
        yield caller


@pytest.mark.parametrize("name", REFUSED)
def test_refused_as_recorded(board: TestClient, stored: Settings, recorded: Recorded, name: str) -> None:
    method, address, sent = REFUSED[name]
    response = board.request(method, address, **sent)
    assert 400 <= response.status_code < 500, "it was not refused"
    recorded.check(f"{name}: {method} {address}", told(response, str(stored.data_dir)))


@pytest.mark.parametrize("name", CLOSED)
def test_closed_as_recorded(closed: TestClient, recorded: Recorded, name: str) -> None:
    method, address, sent = CLOSED[name]
    recorded.check(f"{name}: {method} {address}", told(closed.request(method, address, **sent)))


def test_nothing_else_is_recorded(recorded: Recorded) -> None:
    asked = {**REFUSED, **CLOSED}.items()
    recorded.only([f"{name}: {method} {address}" for name, (method, address, _) in asked])
