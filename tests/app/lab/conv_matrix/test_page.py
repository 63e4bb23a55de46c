"""/theory/conv-matrix: worked cases on the page, one row in all its pictures, a marked answer, refusals."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.lab.conv_matrix.drawing import Heat
from app.lab.conv_matrix.names import colour
from app.lab.conv_matrix.tables import Table
from app.lab.conv_matrix.views import ConvMatrixView, KernelView
from tests.app.lab.cases import theory_cases
from tests.app.pages.seen import HTML, context

PAGE = "/theory/conv-matrix"
CASES = {case["name"]: case for case in theory_cases()["conv_matrix"]}
S26 = {
    "kernel_height": "2",
    "kernel_width": "2",
    "stride": "1",
    "padding": "0",
    "kernel": "1 2\n3 4",
    "image": "1 2 3\n4 5 6\n7 8 9",
}
LARGE = {"height": "28", "width": "28", "stride": "1", "padding": "1"}
NASTY = "<img src=x onerror=alert(1)> {{ 7*7 }}"


def typed(case: Mapping[str, Any]) -> dict[str, str]:
    pairs = {name: ", ".join(map(str, case[name])) for name in ("stride", "padding", "dilation")}
    sizes = {name: str(case["input"][name]) for name in ("channels", "height", "width")}
    kernel = {f"kernel_{name}": str(case["kernel"][name]) for name in ("height", "width")}
    return {
        **pairs,
        **sizes,
        **kernel,
        "out_channels": str(case["out_channels"]),
        "groups": str(case["groups"]),
    }


def shown(client: TestClient, fields: Mapping[str, str]) -> dict[str, Any]:
    page = client.get(PAGE, params=dict(fields), headers=HTML)
    assert page.status_code == 200, page.text
    return context(page)


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def body_rows(html: str, section: str) -> list[list[str]]:
    """Entries of the first table in a section of the page, as a reader sees them."""
    part = re.search(rf'<section id="{section}">.*?<tbody>(.*?)</tbody>', html, re.DOTALL)
    assert part is not None
    rows = re.findall(r"<tr.*?</tr>", part[1], re.DOTALL)
    return [[re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<td.*?</td>", row)] for row in rows]


def right_matrix(case: Mapping[str, Any]) -> list[list[str]]:
    right = [["0"] * case["cols"] for _ in range(case["rows"])]
    plain = case["input"]["channels"] == case["out_channels"] == 1
    for row, col, out, inner, a, b in case["nonzero_row_col_out_in_kr_kc"]:
        right[row][col] = f"w({a},{b})" if plain else f"w({out},{inner},{a},{b})"
    return right


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_worked_cases_stand_on_the_page(client: TestClient, case: Mapping[str, Any]) -> None:
    page = client.get(PAGE, params=typed(case), headers=HTML)
    assert texts(context(page)["matrix"]) == body_rows(page.text, "matrix") == right_matrix(case)
    assert f"{case['rows']} × {case['cols']}" in page.text
    assert "✓ A x equals" in page.text


def test_page_is_its_json_twin(client: TestClient) -> None:
    page = client.get(PAGE, params={**S26, "row": "2"}, headers=HTML)
    twin = re.search(r'href="([^"]*)"[^>]*>This page as JSON', page.text)
    assert twin is not None
    answer = client.get(twin[1].replace("&amp;", "&"))
    assert answer.json() == context(page)["view"].model_dump(mode="json")


def test_values_give_numbers_and_the_layers_output(client: TestClient) -> None:
    page = client.get(PAGE, params={**S26, "row": "2"}, headers=HTML)
    assert body_rows(page.text, "matrix")[0] == ["1", "2", "0", "3", "4", "0", "0", "0", "0"]
    assert body_rows(page.text, "check") == [[value] * 2 for value in ("37", "47", "67", "77")]
    assert [term.number for term in context(page)["chosen"].terms] == ["1 · 4", "2 · 5", "3 · 7", "4 · 8"]
    assert context(page)["chosen"].total == "67"
    flipped = client.get(PAGE, params={**S26, "flip": "true"}, headers=HTML)
    assert [row[0] for row in body_rows(flipped.text, "check")] == ["23", "33", "53", "63"]


def test_output_padding_is_computed_not_zero(client: TestClient) -> None:
    kernel = "\n".join(" ".join(str(5 * row + col + 1) for col in range(5)) for row in range(5))
    asked = {
        "height": "1",
        "width": "1",
        "image": "1",
        "kernel_height": "5",
        "kernel_width": "5",
        "kernel": kernel,
        "stride": "2",
        "padding": "2",
        "transposed": "true",
    }
    page = client.get(PAGE, params={**asked, "output_padding": "1"}, headers=HTML)
    assert [row[0] for row in body_rows(page.text, "check")] == ["13", "14", "18", "19"]
    refused = client.get(PAGE, params={**asked, "stride": "1", "output_padding": "1"}, headers=HTML)
    assert refused.status_code == 422
    assert "does not append zeros" in refused.text


def test_same_with_a_stride_says_the_pads(client: TestClient) -> None:
    five = {"kernel_height": "5", "kernel_width": "5", "stride": "2", "padding": "same"}
    page = client.get(PAGE, params={**five, "height": "10", "width": "10"}, headers=HTML)
    assert context(page)["view"].settings.pads == ((1, 2), (1, 2))
    assert "PyTorch refuses padding &#34;same&#34;" in page.text


def test_a_row_lights_up_in_every_picture(client: TestClient) -> None:
    seen = shown(client, {**typed(CASES["stride 2, padding 1"]), "row": "3"})
    names = ["w(0,0)", "w(0,1)", "w(1,0)", "w(1,1)"]
    assert seen["chosen"].name == "y(1,1)"
    assert [term.weight for term in seen["chosen"].terms] == names
    assert [row.on for row in seen["matrix"].rows] == [False, False, False, True]
    assert seen["matrix"].met == {4, 5, 7, 8}
    assert seen["turned"].met == seen["patches"][0][1][1].met == {3}
    assert [square.name for square in seen["kernels"][0].squares if square.on] == names
    assert [square.name for square in seen["output"].squares if square.on] == ["y(1,1)"]
    window = [square for square in seen["window"].squares if square.style]
    assert [square.name for square in window if not square.faint] == names
    assert sum(square.faint for square in window) == seen["chosen"].place.cells_on_padding == 5


def test_rows_are_reached_by_plain_links(client: TestClient) -> None:
    case = typed(CASES["stride 2, padding 1"])
    steps = {step.key: step for step in shown(client, {**case, "row": "1"})["chosen"].steps}
    assert {key: step.row for key, step in steps.items()} == {
        "Home": 0,
        "ArrowLeft": 0,
        "ArrowRight": 2,
        "End": 3,
        "ArrowUp": None,
        "ArrowDown": 3,
    }
    followed = context(client.get(steps["ArrowDown"].to, headers=HTML))
    assert followed["chosen"].row == 3
    assert followed["view"] == shown(client, case)["view"]


@pytest.mark.parametrize(("row", "chosen"), [("99999", 3), ("", 0), ("²", 0)])
def test_a_row_that_is_no_more_is_the_last(client: TestClient, row: str, chosen: int) -> None:
    page = client.get(PAGE, params={"row": row}, headers=HTML)
    assert context(page)["chosen"].row == chosen


def test_pixels_that_no_window_reads_are_marked(client: TestClient) -> None:
    page = client.get(PAGE, params=typed(CASES["write-up: stride 4, padding 2"]), headers=HTML)
    unread = [box for box in context(page)["window"].boxes if box.kind == "unread"]
    view = context(page)["view"]
    assert (view.untouched.rows, view.untouched.cols, len(unread)) == ([1], [1], 2)
    assert view.untouched.sentence in page.text


def test_a_large_matrix_is_a_light_picture(client: TestClient) -> None:
    page = client.get(PAGE, params={**LARGE, "row": "400"}, headers=HTML)
    seen = context(page)
    heat: Heat = seen["heat"]
    assert seen["matrix"] is None
    assert len(heat.bands) == 9
    assert {place for _, path in heat.bands for place in strokes(path)} == {
        (entry["row"], entry["col"]) for entry in seen["view"].entries
    }
    assert heat.lens == (365, 393, 71, 15)
    assert len(page.content) < 120_000


def strokes(path: str) -> list[tuple[int, int]]:
    """(row, column) of each stroke of length 1, followed as a browser does."""
    assert path.startswith("M0 .5")
    row = col = 0
    places = []
    for right, down in re.findall(r"m(-?\d+) (-?\d+)h1", path):
        row, col = row + int(down), col + int(right)
        places.append((row, col))
        col += 1
    return places


@pytest.mark.slow
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"stride": "2, 3", "padding": "1"},
        {"padding": "same", "stride": "2"},
        {"dilation": "2"},
        {"channels": "4", "out_channels": "2", "groups": "2"},
        {"flip": "true", "padding": "[[0, 2], [1, 0]]"},
    ],
)
def test_the_link_to_a_transposed_leads_to_it_and_back(client: TestClient, more: Mapping[str, str]) -> None:
    asked = {"height": "6", "width": "5", "kernel_width": "2", "stride": "1", "padding": "0", **more}
    seen = shown(client, asked)
    turned = context(client.get(seen["turned_to"], headers=HTML))
    assert places(turned["view"], swapped=True) == places(seen["view"])
    assert turned["view"].settings.transposed
    back = context(client.get(turned["turned_to"], headers=HTML))
    assert places(back["view"]) == places(seen["view"])


def places(view: ConvMatrixView, swapped: bool = False) -> dict[tuple[int, int], str]:
    found = {(entry["row"], entry["col"]): entry["label"] for entry in view.entries}
    return {(col, row): label for (row, col), label in found.items()} if swapped else found


def test_patches_hold_what_windows_read(client: TestClient) -> None:
    seen = shown(client, typed(CASES["depthwise"]))
    assert len(seen["patches"]) == 2
    for group, (_, tables) in enumerate(seen["patches"]):
        w, x = map(texts, tables)
        for place, column in enumerate(zip(*x, strict=True)):
            row = {
                name: f"x{seen['matrix'].heads[at][1:]}"
                for at, name in enumerate(texts(seen["matrix"])[group * 4 + place])
                if name != "0"
            }
            assert dict(zip(w[0], column, strict=True)) == row


def test_the_answer_of_the_write_up_is_marked_cell_by_cell(client: TestClient) -> None:
    given, case = theory_cases()["conv_matrix_answers_to_check"][0]["given"], "write-up: stride 4, padding 2"
    answer = "\n".join("\t".join(row) for row in given)
    page = client.get(PAGE, params={**typed(CASES[case]), "answer": answer}, headers=HTML)
    right = right_matrix(CASES[case])
    wrong = {
        (row, col): right[row][col]
        for row in range(4)
        for col in range(9)
        if given[row][col] != right[row][col]
    }
    marked: Table = context(page)["marked"]
    assert texts(marked) == given
    assert {
        (at, col): cell.expected
        for at, row in enumerate(marked.rows)
        for col, cell in enumerate(row.cells)
        if cell.kind == "wrong"
    } == wrong
    assert f"{len(wrong)} entries are wrong" in page.text
    assert page.text.count('id="diagnosis-') == len(context(page)["view"].answer.diagnoses) > 0


def test_a_right_answer_and_one_of_another_shape(client: TestClient) -> None:
    case = CASES["dilation 2"]
    answer = " ".join(right_matrix(case)[0])
    assert "✓ Right." in client.get(PAGE, params={**typed(case), "answer": answer}, headers=HTML).text
    page = client.get(PAGE, params={**typed(case), "answer": "w(0,0) 0"}, headers=HTML)
    assert page.status_code == 200
    assert context(page)["marked"] is None
    assert "✗" in page.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("stride", "0"),
        ("height", "x"),
        ("height", ""),
        ("kernel_height", "9"),
        ("padding", "-1"),
        ("padding", "many"),
        ("image", "1 2\n3"),
        ("kernel", "1/0 1 1\n1 1 1\n1 1 1"),
        ("groups", "2"),
        ("dilation", "1 2 3"),
        ("width", "1000000"),
    ],
)
def test_a_refusal_stands_at_its_field(client: TestClient, field: str, value: str) -> None:
    page = client.get(PAGE, params={field: value}, headers=HTML)
    assert page.status_code == 422
    assert re.search(rf'id="f-{field}-about" data-live><span class="problem">[^<]+', page.text)
    assert re.search(rf'name="{field}"[^>]*aria-invalid="true"', page.text)
    assert 'name="transposed"' in page.text


def test_typed_text_stays_text(client: TestClient) -> None:
    asked = {**typed(CASES["dilation 2"]), "answer": f"{NASTY} 0"}
    for page in (
        client.get(PAGE, params=asked, headers=HTML),
        client.get(PAGE, params={"padding": NASTY}, headers=HTML),
    ):
        assert "&lt;img src=x" in page.text
        assert "<img" not in page.text


@pytest.mark.parametrize(("height", "width"), [(3, 3), (1, 5), (5, 1), (1, 1), (7, 7)])
def test_weights_have_colours_of_their_own(height: int, width: int) -> None:
    kernel = KernelView(height=height, width=width, shape=(1, 1, height, width), labels=[], values=None)
    assert len({colour(kernel, row, col) for row in range(height) for col in range(width)}) == height * width
