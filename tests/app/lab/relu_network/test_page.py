"""/theory/relu-network: the worked cases on the page, marked answers, kinks, refusals at their fields."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.lab.relu_network.formula.results import Unit
from tests.app.lab.cases import theory_cases
from tests.app.lab.relu_network.asked import TWO_INPUTS, WRITE_UP
from tests.app.pages.seen import HTML, context

PAGE = "/theory/relu-network"
CASE = theory_cases()["relu_network"]
NASTY = "<img src=x onerror=alert(1)>"


def lines(rows: list[list[Any]]) -> str:
    return "\n".join(" ".join(map(str, row)) for row in rows)


CASE_TYPED = {
    "weights": "\n\n".join(lines(layer) for layer in CASE["weights"]),
    "biases": lines(CASE["biases"]),
    "points": ", ".join(str(point["x"]) for point in CASE["points"]),
}


def opened(client: TestClient, typed: Mapping[str, str], status: int = 200) -> Any:
    page = client.get(PAGE, params=dict(typed), headers=HTML)
    assert page.status_code == status, page.text
    return page


def words(page: Any) -> str:
    """The page's text, tags left out."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))


def test_the_worked_case_is_on_the_page(client: TestClient) -> None:
    view = context(opened(client, CASE_TYPED))["view"]
    for point, right in zip(view.points, CASE["points"], strict=True):
        assert (point.W, point.b, point.h) == (right["W"], right["b"], right["h"])
    pieces = [{"from": piece.start, "to": piece.to, "W": piece.W, "b": piece.b} for piece in view.pieces]
    assert pieces == CASE["pieces"]
    assert list(view.kinks) == CASE["kinks"]


def test_a_page_without_words_shows_the_write_up(client: TestClient) -> None:
    seen = context(opened(client, {}))
    assert [line.formula for line in seen["points"]] == [
        "h(x) = 6 x + 3 = 15",
        r"h(x) = \frac{3}{2} x + 3 = \frac{3}{2}",
        "h(x) = 6 x + 3 = 9",
    ]
    assert [[dots.units for dots in line.dots] for line in seen["points"]] == [
        [("on", "on"), ("on", "on")],
        [("off", "on"), ("on", "on")],
        [("on", "on"), ("on", "on")],
    ]
    assert all(line.sketch for line in seen["points"])
    assert seen["view"].limits in words(client.get(PAGE, headers=HTML))


def test_the_page_says_what_its_twin_says(client: TestClient) -> None:
    seen = context(opened(client, TWO_INPUTS))
    assert client.get(seen["twin"]).json() == seen["view"].model_dump(mode="json")


def typed_answer(answer: Mapping[str, Any]) -> dict[str, str]:
    given = answer["given"]
    return {
        **CASE_TYPED,
        "points": str(answer["x"]),
        "answer_w": " ".join(map(str, given["W"])),
        "answer_b": " ".join(map(str, given["b"])),
    }


@pytest.mark.parametrize("answer", CASE["answers_to_check"], ids=lambda answer: f"x={answer['x']}")
def test_an_answer_of_the_write_up_is_marked_and_explained(
    client: TestClient, answer: Mapping[str, Any]
) -> None:
    page = opened(client, typed_answer(answer))
    marked = context(page)["view"].answers[0]
    assert not marked.correct
    assert {"vector_for_scalar"} < {each.code for each in marked.diagnoses}
    assert "side by side" in words(page)
    for each in marked.diagnoses:
        assert each.message in words(page)


def test_each_of_them_is_a_worked_example_of_the_page(client: TestClient) -> None:
    page = opened(client, {})
    examples = context(page)["handed_in"]
    shown = [example for example in examples if not example.answer.correct]
    given = {(example.point.view.x, example.answer.W.given[0]) for example in shown}
    for answer in CASE["answers_to_check"]:
        written = tuple(map(float, answer["given"]["W"]))
        assert (str(answer["x"]), written) in {(x, tuple(map(float, row))) for x, row in given}
    for example in shown:
        assert opened(client, {}).text.count(example.path.replace("&", "&amp;")) >= 1
        linked = client.get(example.path, headers=HTML)
        assert context(linked)["view"].answers[0] == example.answer


def test_a_right_answer_is_right_in_any_notation(client: TestClient) -> None:
    page = opened(client, {**CASE_TYPED, "points": "-1", "answer_w": "1.5", "answer_b": "6/2"})
    assert context(page)["view"].answers[0].correct
    assert "✓ Right." in words(page)


def test_wrong_entries_are_told_from_right_ones(client: TestClient) -> None:
    page = opened(client, {**CASE_TYPED, "points": "-1", "answer_w": "1.5", "answer_b": "4"})
    assert re.search(r"✓\s+1\.5", words(page))
    assert re.search(r"✗\s+4\s+should be\s+3", words(page))


def test_a_kink_is_named_with_both_sides_and_autograd(client: TestClient) -> None:
    page = opened(client, {**CASE_TYPED, "points": "0"})
    (line,) = context(page)["points"]
    assert line.view.on_kink
    assert line.weight == ""
    assert line.formula == "h(x) = 3"
    text = words(page)
    assert "Unit 1 of layer 1 is exactly at zero." in text
    assert "is a kink" in text
    assert "PyTorch takes relu′(0) = 0" in text


def test_a_unit_at_zero_that_is_no_kink_is_told_from_one(client: TestClient) -> None:
    """relu(x) - relu(-x) = x has slope 1 at 0, where autograd returns 0."""
    page = opened(client, {"weights": "1\n-1\n\n1 -1", "biases": "0 0\n0", "points": "0"})
    (point,) = context(page)["view"].points
    assert (point.on_kink, point.W, point.autograd.W) == (False, "1", "0")
    assert "This is no kink" in words(page)
    assert "which is not the derivative" in words(page)


def test_two_inputs_have_a_map_and_a_table_of_regions(client: TestClient) -> None:
    page = opened(client, TWO_INPUTS)
    seen = context(page)
    assert 'id="plot-regions"' in page.text
    assert 'id="plot-function"' not in page.text
    assert len(seen["maps"]) == len(seen["view"].regions)
    for half in seen["view"].points[0].region.half_spaces:
        assert f"{half.text} unit {half.unit.unit} of layer {half.unit.layer}" in words(page)


def test_a_unit_of_the_drawing_is_a_link_that_points_at_it(client: TestClient) -> None:
    page = opened(client, WRITE_UP)
    path = next(found for found in re.findall(r'href="([^"]*)"', page.text) if "unit=2.1" in found)
    pointed = client.get(unescape(path), headers=HTML)
    assert context(pointed)["view"].unit == Unit(2, 1)
    assert 'class="dot on pointed"' in pointed.text


@pytest.mark.parametrize("unit", ["2.1", "1.3", "0.1"])
def test_a_unit_that_a_smaller_network_lacks_is_pointed_at_no_more(client: TestClient, unit: str) -> None:
    page = opened(client, {"weights": "1\n2\n\n1 1", "biases": "0 0\n0", "points": "1", "unit": unit})
    assert context(page)["view"].unit is None


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"weights": "1 2\n3\n\n1 2\n2 1\n\n1 1"}, "weights", "ragged"),
        ({"weights": "3/2\n1/2\n\n1 2 3\n2 1 3\n\n1 1"}, "weights", "2 x 3"),
        ({"weights": "1/0\n1/2\n\n1 2\n2 1\n\n1 1"}, "weights", "divides by zero"),
        ({"biases": "0 1\n0\n-1"}, "biases", "1 numbers"),
        ({"biases": "0 1\n0 1"}, "biases", "layers"),
        ({"points": "two"}, "points", "number"),
        ({"negative_slope": "1/4"}, "negative_slope", "leaky"),
        ({"answer_w": "a b"}, "answer_w", "number"),
        ({"weights": "1\n" * 80 + "\n1 2\n2 1\n\n1 1"}, "weights", "64"),
    ],
    ids=["ragged", "chain", "1/0", "bias", "a bias missing", "no number", "slope of relu", "answer", "size"],
)
def test_a_refusal_stands_at_its_field(
    client: TestClient, typed: dict[str, str], field: str, sentence: str
) -> None:
    page = opened(client, {**WRITE_UP, **typed}, status=422)
    problems = {
        each.field.name: each.problem
        for group in context(page)["groups"].values()
        for each in group.fields
        if each.problem
    }
    assert list(problems) == [field]
    assert sentence in problems[field]
    assert re.search(rf'id="f-{field}"[^>]*aria-invalid="true"', page.text)


def test_typed_text_is_text(client: TestClient) -> None:
    page = opened(client, {"weights": NASTY, "points": NASTY, "answer_w": NASTY}, status=422)
    assert "<img" not in page.text
    assert "&lt;img" in page.text


@pytest.mark.slow
def test_a_large_network_has_no_drawing_and_short_formulas(client: TestClient) -> None:
    row = " ".join(["1/3"] * 40)
    typed = {
        "weights": "\n".join(["2"] * 40) + "\n\n" + "\n".join([row] * 40),
        "biases": f"{' '.join(map(str, range(-20, 20)))}\n{'0 ' * 40}",
        "points": "7/3",
    }
    page = opened(client, typed)
    (line,) = context(page)["points"]
    assert line.sketch is None
    assert r"\vdots" in line.weight
    assert len(page.content) < 2_000_000


def test_many_points_are_answered_and_the_first_few_derived(client: TestClient) -> None:
    page = opened(client, {**WRITE_UP, "points": ", ".join(f"{number}/7" for number in range(1, 21))})
    seen = context(page)
    assert len(seen["points"]) == page.text.count('class="at-line"') == 20
    assert page.text.count('class="net"') == seen["most_worked"] == 4
    assert "The first 4 points are drawn and derived" in words(page)


@pytest.mark.parametrize(
    ("point", "said"),
    [("2", "the bias. Choose"), ("-1", "Dashed and struck: off."), ("0", "Dotted: exactly at zero.")],
)
def test_the_drawing_explains_only_what_it_shows(client: TestClient, point: str, said: str) -> None:
    page = words(client.get(PAGE, params={"points": point}, headers=HTML))
    assert said in page
    assert page.count("Dashed and struck") + page.count("Dotted:") == (point != "2")
