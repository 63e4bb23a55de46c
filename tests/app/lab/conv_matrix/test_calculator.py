"""Convolutions as matrices by REST, by typed fields and at a shell, held to the worked cases."""

import json
import time
from typing import Any

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from app.cli import main
from app.lab.conv_matrix.calculator import CONV_MATRIX, ConvMatrixBody
from app.lab.conv_matrix.parts import MOST_SHOWN
from app.lab.conv_matrix.views import ConvMatrixView
from app.schemas import read
from tests.app.lab.cases import theory_cases

PATH = "/api/v1/theory/conv-matrix"
CASES: list[dict[str, Any]] = theory_cases()["conv_matrix"]
(WRONG,) = theory_cases()["conv_matrix_answers_to_check"]
NAMES = [case["name"] for case in CASES]
ASKED = ("input", "out_channels", "groups", "kernel", "stride", "padding", "dilation")
LAYER: dict[str, Any] = {
    "input": {"height": 3, "width": 3},
    "kernel": {"height": 2, "width": 2, "values": [[1, 2], [3, 4]]},
    "image": [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
}


def request_of(case: dict[str, Any]) -> dict[str, Any]:
    return {name: case[name] for name in ASKED}


def typed_of(case: dict[str, Any]) -> dict[str, str]:
    fields = {**case["input"], "out_channels": case["out_channels"], "groups": case["groups"]}
    fields |= {f"kernel_{side}": value for side, value in case["kernel"].items()}
    typed = {name: str(value) for name, value in fields.items()}
    return typed | {name: ", ".join(map(str, case[name])) for name in ("stride", "padding", "dilation")}


def options(typed: dict[str, str]) -> list[str]:
    return [word for name, text in typed.items() for word in (f"--{name.replace('_', '-')}", text)]


def assert_is_case(view: dict[str, Any], case: dict[str, Any]) -> None:
    assert (view["rows"], view["cols"], view["output"]) == (case["rows"], case["cols"], case["output"])
    names = ("row", "col", "out_channel", "in_channel", "kernel_row", "kernel_col")
    assert [[entry[name] for name in names] for entry in view["entries"]] == case[
        "nonzero_row_col_out_in_kr_kc"
    ]
    assert view["check"]["equal"]
    for entry in view["entries"]:
        assert view["matrix"][entry["row"]][entry["col"]] == entry["label"]
    assert sum(cell != "0" for row in view["matrix"] for cell in row) == view["nonzeros"]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_worked_cases_by_every_way(client: TestClient, case: dict[str, Any]) -> None:
    view = client.post(PATH, json=request_of(case)).json()
    assert_is_case(view, case)
    assert client.get(PATH, params=typed_of(case)).json() == view
    shell = CliRunner().invoke(main, ["theory", "conv-matrix", "--json", *options(typed_of(case))])
    assert json.loads(shell.stdout) == view


def test_the_write_ups_wrong_answer_by_every_way(client: TestClient) -> None:
    (case,) = [each for each in CASES if each["name"] == WRONG["case"]]
    found = client.post(PATH, json={**request_of(case), "answer": WRONG["given"]}).json()["answer"]
    assert not found["correct"]
    assert found["wrong"] == 16
    assert found["cells"][0] == {"row": 0, "col": 0, "given": "w(1,1)", "expected": "w(2,2)"}
    (said,) = found["diagnoses"]
    assert said["code"] == "wrong_stride_or_padding"
    assert said["message"].startswith(
        "Rows 0-2 are those of stride 2 with padding 1. Row 3 is wrong for that too"
    )
    (example,) = [each for each in CONV_MATRIX.examples if each.typed.get("answer")]
    assert client.get(PATH, params=dict(example.typed)).json()["answer"] == found
    shell = CliRunner().invoke(main, ["theory", "conv-matrix", *options(dict(example.typed))])
    assert "wrong in 16 entries" in shell.stdout
    assert said["message"] in shell.stdout
    assert "row 0, column 0: w(1,1), right is w(2,2)" in shell.stdout


def test_a_right_answer_in_numbers_by_every_way(client: TestClient) -> None:
    rows = [[1, 2, 0, 3, 4, 0, 0, 0, 0], [0, 1, 2, 0, 3, 4, 0, 0, 0]]
    rows += [[0, 0, 0, *row[:6]] for row in rows]
    view = client.post(PATH, json={**LAYER, "answer": rows}).json()
    assert view["answer"] == {"correct": True, "wrong": 0, "cells": [], "diagnoses": []}
    assert view["matrix_values"] == rows
    assert view["check"]["product"] == view["check"]["direct"] == ["37", "47", "67", "77"]
    assert view["check"]["stand_in"] == ""
    typed = {
        "stride": "1",
        "padding": "0",
        "kernel_height": "2",
        "kernel_width": "2",
        "kernel": "1 2; 3 4",
        "image": "1,2,3\n4,5,6\n7,8,9",
        "answer": json.dumps(rows),
    }
    assert client.get(PATH, params=typed).json() == view
    shell = CliRunner().invoke(main, ["theory", "conv-matrix", *options(typed)])
    assert "Your answer is right." in shell.stdout
    assert "y = 37, 47, 67, 77" in shell.stdout
    assert "1  2  0  3  4  0  0  0  0" in shell.stdout


def test_a_flipped_kernel_and_what_is_said_of_it(client: TestClient) -> None:
    assert client.post(PATH, json={**LAYER, "flip": True}).json()["check"]["product"] == [
        "23",
        "33",
        "53",
        "63",
    ]
    view = client.post(PATH, json=LAYER).json()
    assert view["convention"].startswith("The kernel is not flipped")
    assert any("has 4 x 4 outputs" in note for note in view["notes"])


def test_the_example_of_output_padding_computes_its_extra_row(client: TestClient) -> None:
    (example,) = [each for each in CONV_MATRIX.examples if "transposed" in each.typed]
    view = client.get(PATH, params=dict(example.typed)).json()
    assert view["check"]["product"] == ["13", "14", "18", "19"]
    refused = client.get(PATH, params={**example.typed, "stride": "1"})
    assert refused.status_code == 422
    (field,) = refused.json()["error"]["fields"]
    assert field["path"] == "output_padding"
    assert "must be smaller than the stride (1)" in field["message"]


def test_the_example_of_same_with_a_stride_gives_its_pads(client: TestClient) -> None:
    (example,) = [each for each in CONV_MATRIX.examples if each.typed.get("padding") == "same"]
    view = client.get(PATH, params=dict(example.typed)).json()
    assert view["settings"]["pads"] == [[1, 2], [1, 2]]
    assert "PyTorch refuses" in view["notes"][0]


@pytest.mark.parametrize("example", CONV_MATRIX.examples, ids=lambda example: str(example.title))
def test_examples_do_not_hang(example: Any) -> None:
    typed = CONV_MATRIX.complete(example.typed)
    CONV_MATRIX.work_out_typed(typed)
    started = time.process_time()
    CONV_MATRIX.work_out_typed(typed).model_dump_json()
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("changes", "path", "said"),
    [
        ({"stride": 0}, "stride", "must lie between 1 and"),
        ({"input": {"height": 3}}, "input.width", "is missing"),
        ({"input": {"height": 1000, "width": 1000}}, "input", "holds 1,000,000 values"),
        ({"kernel": {"height": 9, "width": 2}}, "kernel.height", "a window covers 9 pixels"),
        ({"kernel": {"height": 2, "width": 2, "values": [[1], [2, 3]]}}, "kernel.values[0]", "has 1 entries"),
        (
            {"kernel": {"height": 2, "width": 2, "values": [[1, 2], [3, "1/0"]]}},
            "kernel.values[1][1]",
            "by zero",
        ),
        ({"image": [[1, 2, 3]]}, "image", "has 1 entries, but input.height is 3"),
        ({"answer": [["0"] * 9, ["0"] * 8]}, "answer", "ragged"),
        ({"answer": [["0"] * 400] * 400}, "answer", "has 160,000 entries"),
        ({"answer": [["0"] * 8 + ["u"]] * 4}, "answer[0][8]", "must be a number"),
        ({"answer": "w"}, "answer", "must be a list of rows"),
        ({"padding": {"top": 1}}, "padding", "must be a whole number"),
        ({"flip": "yes"}, "flip", "boolean"),
        ({"bias": 1}, "bias", "is not known here"),
    ],
)
def test_bad_requests_get_a_sentence_by_field(
    client: TestClient, changes: dict[str, Any], path: str, said: str
) -> None:
    reply = client.post(PATH, json={**LAYER, **changes})
    assert reply.status_code == 422
    (field,) = reply.json()["error"]["fields"]
    assert field["path"] == path
    assert said in field["message"]


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"height": "three"}, "height", "must be a whole number, got 'three'"),
        ({"height": "0"}, "height", "must lie between 1 and"),
        ({"height": "1000", "width": "1000"}, "height", "holds 1,000,000 values"),
        ({"kernel_width": "8"}, "kernel_width", "a window covers 8 pixels"),
        ({"stride": "1 2 3"}, "stride", "must be 1 or 2 whole numbers"),
        ({"stride": ""}, "stride", "must be 1 or 2 whole numbers"),
        ({"padding": "1 2 3"}, "padding", "must be 1 or 2 or 4 whole numbers"),
        ({"padding": "full"}, "padding", '"same" or "valid"'),
        ({"padding": "-1"}, "padding", "must lie between 0 and"),
        ({"kernel": "1 2 3\n4 5 6"}, "kernel", "is no multiple of the height 3"),
        ({"kernel": "1 2 3\n4 5 6\n7 8 x"}, "kernel", "must be a number"),
        ({"kernel": "1 2 3;" * 9, "out_channels": "2"}, "kernel", "which 2 channels do not share"),
        ({"image": "1 2 3"}, "image", "has 1 entries"),
        ({"image": "1 2 3", "channels": "2"}, "image", "is no multiple of the height 3"),
        ({"answer": "1 2; 3"}, "answer", "ragged"),
        ({"output_padding": "1"}, "output_padding", "transposed convolution only"),
    ],
)
def test_bad_typing_is_shown_at_its_field(
    client: TestClient, typed: dict[str, str], field: str, said: str
) -> None:
    reply = client.get(PATH, params=typed)
    assert reply.status_code == 422
    (problem,) = reply.json()["error"]["fields"]
    assert problem["path"] == field
    assert said in problem["message"]
    shell = CliRunner().invoke(main, ["theory", "conv-matrix", *options(typed)])
    assert shell.exit_code == 2
    assert field in shell.stderr


@pytest.mark.parametrize(
    ("typed", "pads"),
    [
        ("1", [[1, 1], [1, 1]]),
        ("1 x 2", [[1, 1], [2, 2]]),
        ("(1, 2)", [[1, 1], [2, 2]]),
        ("[[0, 1], [2, 3]]", [[0, 1], [2, 3]]),
        ("0 1 2 3", [[0, 1], [2, 3]]),
        (" Same ", [[1, 1], [1, 1]]),
        ("valid", [[0, 0], [0, 0]]),
    ],
)
def test_padding_as_people_type_it(client: TestClient, typed: str, pads: list[list[int]]) -> None:
    view = client.get(PATH, params={"padding": typed, "stride": "1"}).json()
    assert view["settings"]["pads"] == pads


def test_kernels_and_images_of_several_channels_are_typed_below_each_other(client: TestClient) -> None:
    sizes = {"height": 1, "width": 2}
    kernel = {"height": 1, "width": 2, "values": [[[[1, 2]], [[3, 4]]], [[[5, 6]], [[7, 8]]]]}
    asked = {
        "input": {"channels": 2, **sizes},
        "out_channels": 2,
        "kernel": kernel,
        "image": [[[1, 2]], [[3, 4]]],
    }
    view = client.post(PATH, json=asked).json()
    assert view["check"]["product"] == ["30", "70"]
    typed = {
        "channels": "2",
        "height": "1",
        "width": "2",
        "out_channels": "2",
        "kernel_height": "1",
        "kernel_width": "2",
        "stride": "1",
        "padding": "0",
        "image": "1 2\n3 4",
    }
    assert client.get(PATH, params={**typed, "kernel": "1 2\n3 4\n5 6\n7 8"}).json() == view
    assert client.get(PATH, params={**typed, "kernel": json.dumps(kernel["values"])}).json() == view


def test_a_transposed_kernel_is_typed_in_torchs_layout(client: TestClient) -> None:
    typed = {
        "channels": "1",
        "out_channels": "2",
        "height": "1",
        "width": "1",
        "kernel_height": "1",
        "kernel_width": "1",
        "stride": "1",
        "padding": "0",
        "transposed": "true",
        "kernel": "5\n7",
        "image": "2",
    }
    view = client.get(PATH, params=typed).json()
    assert view["kernel"]["shape"] == [1, 2, 1, 1]
    assert view["check"]["product"] == ["10", "14"]
    assert [entry["label"] for entry in view["entries"]] == ["w(0,0,0,0)", "w(0,1,0,0)"]
    assert view["convention"].endswith(
        "Labels are w(input channel, output channel within its group, row, column)."
    )


def test_a_large_matrix_is_sparse_only(client: TestClient) -> None:
    view = client.post(
        PATH, json={"input": {"height": 28, "width": 28}, "kernel": {"height": 3, "width": 3}, "padding": 1}
    ).json()
    assert (view["rows"], view["cols"], view["nonzeros"], len(view["windows"])) == (784, 784, 6724, 784)
    assert view["matrix"] is None
    assert view["patches"][0]["shape_x"] == [9, 784]
    assert view["patches"][0]["x"] is None
    shell = CliRunner().invoke(
        main, ["theory", "conv-matrix", "--height", "28", "--width", "28", "--stride", "1"]
    )
    assert "more; --json has all" in shell.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "asked",
    [
        {"input": {"channels": 8, "height": 28, "width": 28}, "kernel": {"height": 3, "width": 3}},
        {"input": {"height": 141, "width": 141}, "kernel": {"height": 1, "width": 1}},
        {"input": {"height": 1, "width": 1}, "kernel": {"height": 141, "width": 141}, "padding": 70},
        {
            "input": {"height": 47, "width": 47},
            "kernel": {"height": 3, "width": 3},
            "stride": 3,
            "transposed": True,
        },
    ],
)
def test_the_largest_requests_do_not_hold_the_server(asked: dict[str, Any]) -> None:
    size = asked["input"]
    rows = [
        [f"{row + 1}/{column + 1}" for column in range(min(size["width"], 30))]
        for row in range(size["height"])
    ]
    image = [[row * (size["width"] // 30 + 1) for row in rows]] * size.get("channels", 1)
    body = read(
        ConvMatrixBody, {**asked, "image": [[row[: size["width"]] for row in each] for each in image]}
    )
    started = time.process_time()
    CONV_MATRIX.work_out(body).model_dump_json()
    assert time.process_time() - started < 10


def test_parts_of_the_view_for_the_write_ups_problem() -> None:
    view = CONV_MATRIX.work_out_typed(CONV_MATRIX.complete({}))
    assert isinstance(view, ConvMatrixView)
    assert view.rows * view.cols <= MOST_SHOWN
    assert [(place.top, place.left, place.cells_on_padding) for place in view.windows] == [
        (0, 0, 8),
        (0, 4, 8),
        (4, 0, 8),
        (4, 4, 8),
    ]
    assert (view.grid.height, view.grid.width, view.grid.top, view.grid.left) == (7, 7, 2, 2)
    assert (view.untouched.rows, view.untouched.cols, view.untouched.pixels) == ([1], [1], 5)
    (patches,) = view.patches
    assert patches.w == [[f"w({a},{b})" for a in range(3) for b in range(3)]]
    assert patches.x is not None
    assert patches.x[8] == ["x(0,0)", "0", "0", "0"]
    assert patches.x[4] == ["0"] * 4
    assert (view.bands.block_grid, view.bands.block_shape, view.bands.kept) == (
        (2, 3),
        (2, 3),
        (0, 4, 20, 24),
    )
    assert "20,000 values" in view.limits
    assert view.check.stand_in.startswith("No numbers were given for the kernel and the image")


def test_exact_numbers_stay_exact(client: TestClient) -> None:
    kernel = {"height": 1, "width": 1, "values": [["1/3"]]}
    view = client.post(
        PATH, json={"input": {"height": 1, "width": 1}, "kernel": kernel, "image": [[0.1]]}
    ).json()
    assert view["check"]["product"] == ["1/30"]
    assert view["kernel"]["values"] == ["1/3"]
    assert view["entries"][0]["value"] == pytest.approx(1 / 3, abs=1e-16)


def test_the_replys_own_numbers_are_a_right_answer(client: TestClient) -> None:
    asked = {
        "input": {"height": 2, "width": 2},
        "kernel": {"height": 2, "width": 1, "values": [["1/3"], ["-1/30000"]]},
    }
    rows = client.post(PATH, json=asked).json()["matrix_values"]
    assert client.post(PATH, json={**asked, "answer": rows}).json()["answer"]["correct"]


def test_null_is_an_empty_cell_as_it_is_zero(client: TestClient) -> None:
    asked = {"input": {"height": 1, "width": 2}, "kernel": {"height": 1, "width": 1}}
    found = client.post(PATH, json={**asked, "answer": [["w00", None], ["", "w01"]]}).json()["answer"]
    assert found["cells"] == [{"row": 1, "col": 1, "given": "w01", "expected": "w(0,0)"}]
    typed = {
        "height": "1",
        "width": "2",
        "kernel_height": "1",
        "kernel_width": "1",
        "stride": "1",
        "padding": "0",
    }
    typed["answer"] = '[["w00", null], ["", "w01"]]'
    assert client.get(PATH, params=typed).json()["answer"] == found


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([[0, 0], [0, 0]], "16 of 36 entries hold a weight, each of value 0."),
        ([[1, 0], [2, 3]], "16 of 36 entries hold a weight, 4 of them one of value 0."),
        ([[1, 2], [3, 4]], "16 of 36 entries are not zero."),
    ],
)
def test_weights_of_value_zero_are_not_counted_as_other_than_zero(
    client: TestClient, values: list[list[int]], said: str
) -> None:
    view = client.post(PATH, json={**LAYER, "kernel": {"height": 2, "width": 2, "values": values}}).json()
    assert view["summary"].endswith(said)
    assert view["derivation"][-1]["text"] == view["summary"]
    assert view["nonzeros"] == 16


def test_the_request_needs_no_more_than_sizes() -> None:
    body = read(ConvMatrixBody, {"input": {"height": 3, "width": 3}, "kernel": {"height": 3, "width": 3}})
    assert CONV_MATRIX.work_out(body).model_dump()["rows"] == 1
