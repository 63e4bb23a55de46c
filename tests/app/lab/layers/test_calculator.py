"""Layer shapes by REST, by typed fields and at a shell; filled from a model or a run they agree with it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from app.cli import main
from app.lab.layers.calculator import LAYERS
from app.schemas import read
from tests.app.lab.cases import theory_cases
from trainer.config import ModelConfig
from trainer.models import model_spec

PATH = "/api/v1/theory/layers"
CASE: dict[str, Any] = theory_cases()["layers_write_up_net"]
SeedRun = Callable[..., int]


def write_up_net() -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    for channels in (32, 64, 128, 256):
        blocks.append({"kind": "conv", "out_channels": channels, "kernel": 3, "padding": 1, "bias": False})
        blocks += [
            {"kind": "batch_norm"},
            {"kind": "pool", "kernel": 2},
            {"kind": "activation", "name": "relu"},
        ]
    ends: list[dict[str, Any]] = [
        {"kind": "flatten"},
        {"kind": "linear", "features": 256},
        {"kind": "activation"},
    ]
    return [*blocks, *ends, {"kind": "linear", "features": 10}]


def test_the_write_up_s_network_by_every_way(client: TestClient) -> None:
    view = client.post(PATH, json={"input": CASE["input"], "layers": write_up_net()}).json()
    assert view["totals"]["parameters"] == CASE["parameters"] == 653_866
    assert client.get(PATH).json() == view, "the page opens with it"
    shell = CliRunner().invoke(main, ["theory", "layers", "--json"])
    assert json.loads(shell.stdout) == view
    assert "653,866" in CliRunner().invoke(main, ["theory", "layers"]).stdout


@pytest.mark.parametrize(
    "model",
    [
        {},
        {"width": 8},
        {"batch_norm": False},
        {"activation": "leaky_relu", "dropout_fc": 0.0},
        {"blocks": [1, 2], "kernel": 5, "pool": 4},
        {"name": "mlp"},
        {"name": "convnet5"},
    ],
)
@pytest.mark.parametrize(("classes", "image_size"), [(10, 32), (3, 50)])
def test_a_model_has_the_figures_of_its_specification(
    client: TestClient, model: dict[str, Any], classes: int, image_size: int
) -> None:
    request = {"model": model, "classes": classes, "image_size": image_size}
    view = client.post(PATH, json=request).json()
    spec = model_spec(ModelConfig(**model), classes, image_size)
    assert view["totals"]["parameters"] == spec.parameters
    assert view["totals"]["multiply_adds"] == spec.multiply_adds
    for row, place in zip(view["rows"], spec.layers, strict=True):
        assert (row["kind"], tuple(row["input"]), tuple(row["output"])) == (
            place.kind,
            place.input,
            place.output,
        )
        assert (row["parameters"], row["multiply_adds"]) == (place.parameters, place.multiply_adds)


def test_a_model_by_its_name_and_in_the_form(client: TestClient) -> None:
    view = client.post(PATH, json={"model": "convnet4", "classes": 5}).json()
    assert view["output"] == [5]
    assert client.get(PATH, params={"model": "convnet4", "classes": "5"}).json() == view


def test_the_network_of_a_run(client: TestClient, seed_run: SeedRun) -> None:
    run = seed_run(config={"model": {"width": 16, "batch_norm": False}})
    view = client.get(PATH, params={"run": run}).json()
    model = ModelConfig.model_validate({"width": 16, "batch_norm": False})
    assert view["totals"]["parameters"] == model_spec(model, 10, 32).parameters


def test_pixels_that_no_window_reads(client: TestClient) -> None:
    request = {"input": [3, 33, 32], "layers": [{"kind": "pool", "kernel": 2}]}
    view = client.post(PATH, json=request).json()
    assert (view["rows"][0]["unused_border"], view["rows"][0]["unread"]) == ([1, 0], 32)
    assert view["totals"]["unseen"] == 32
    assert view["notes"] == [
        "Layer 1 (pool k2): 32 of 1,056 pixels are read by no window, among them 1 row at the bottom."
    ]


def test_every_example_works() -> None:
    for example in LAYERS.examples:
        view = LAYERS.work_out_typed(LAYERS.complete(example.typed))
        assert list(LAYERS.lines(view))


@pytest.mark.parametrize(
    ("layers", "path", "said"),
    [
        ([{"kind": "conv", "out_channels": 8, "kernel": 3, "stride": 0}], "layers[0].stride", "from 1 to"),
        ([{"kind": "conv", "out_channels": 8, "kernel": 40}], "layers[0].kernel", "only 32 x 32"),
        ([{"kind": "flatten"}, {"kind": "pool", "kernel": 2}], "layers[1]", "gets 3072 features"),
        ([{"kind": "flatten"}] * 201, "layers", "at most 200"),
        ([], "layers", "at least one"),
    ],
)
def test_what_does_not_fit_is_named(client: TestClient, layers: list[Any], path: str, said: str) -> None:
    answer = client.post(PATH, json={"input": [3, 32, 32], "layers": layers})
    assert answer.status_code == 422, answer.text
    (field,) = answer.json()["error"]["fields"]
    assert field["path"] == path
    assert said in field["message"]


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        ({"model": "vgg"}, "model.name"),
        ({"model": {"name": "convnet4", "depth": 3}}, "model.depth"),
        ({"model": "convnet4", "image_size": 8}, "image_size"),
        ({"model": "resnet_cifar"}, "image_size"),
        ({"model": "convnet4", "classes": 0}, "classes"),
        ({"model": "convnet4", "input": [3, 32, 32]}, "model"),
        ({}, "input"),
        ({"input": [3, 32, 32]}, "layers"),
    ],
)
def test_a_request_that_is_none_is_named(client: TestClient, request_: dict[str, Any], path: str) -> None:
    answer = client.post(PATH, json=request_)
    assert answer.status_code == 422, answer.text
    assert [field["path"] for field in answer.json()["error"]["fields"]] == [path]


@pytest.mark.parametrize(
    ("typed", "path", "said"),
    [
        ({"layers": "conv 8 k3\nconvolve"}, "layers", "layers[1] starts with 'convolve'"),
        ({"layers": "conv 8 k3 s0"}, "layers", "layers[0].stride must be"),
        ({"input": "3, 32"}, "input", "must be [channels"),
        ({"run": "last"}, "run", "number of a run"),
        ({"model": "convnet4", "classes": "many"}, "classes", "whole number"),
        ({"classes": "5"}, "model", "must be chosen"),
    ],
)
def test_what_was_typed_wrong_is_named(
    client: TestClient, typed: dict[str, str], path: str, said: str
) -> None:
    answer = client.get(PATH, params=typed)
    assert answer.status_code == 422, answer.text
    (field,) = answer.json()["error"]["fields"]
    assert field["path"] == path
    assert said in field["message"]


def test_a_pair_of_equal_numbers_is_one_number_in_json_and_reads_back() -> None:
    layers = [{"kind": "conv", "out_channels": 8, "kernel": [3, 5]}, {"kind": "pool", "kernel": 2}]
    view = LAYERS.work_out(read(LAYERS.body, {"input": [3, 32, 32], "layers": layers}))
    rows = json.loads(view.model_dump_json())["rows"]
    assert [row["receptive_field"] for row in rows] == [[3, 5], [4, 6]]
    assert [row["jump"] for row in rows] == [1, 2]
    assert [row["unused_border"] for row in rows] == [0, 0]
    assert LAYERS.view.model_validate_json(view.model_dump_json()) == view
