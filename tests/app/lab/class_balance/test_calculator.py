"""Class weights by REST, by typed fields and at a shell: reference cases, and a sweep that shows nothing."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.cli import main
from app.lab.class_balance.calculator import CLASS_BALANCE, names_in
from app.lab.class_balance.views import ClassBalanceView
from tests.app.lab.cases import theory_cases

PATH = "/api/v1/theory/class-balance"
CASE: dict[str, Any] = theory_cases()["class_balance"]
TWO_CLASSES = [
    (0, [1, 1]),
    (0.9, [1, 1]),
    (0.99, [0.9909, 1.0091]),
    (0.999, [0.4962, 1.5038]),
    (0.9999, [0.1329, 1.8671]),
    (1, [0.0952, 1.9048]),
]
SeedRun = Callable[..., int]


def at_a_shell(*arguments: str, **options: Any) -> str:
    result = CliRunner().invoke(main, ["theory", "class-balance", *arguments], **options)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(client: TestClient, **request: Any) -> tuple[dict[str, str], str]:
    answer = client.post(PATH, json={"counts": [8000, 400], "betas": [0.9], **request})
    assert answer.status_code == 422, answer.text
    error = answer.json()["error"]
    return {field["path"]: field["message"] for field in error["fields"]}, error["hint"]


@pytest.mark.parametrize("beta", CASE["weights"])
def test_reference_weights_by_every_way(client: TestClient, beta: str) -> None:
    posted = client.post(PATH, json={"counts": CASE["counts"], "betas": [float(beta)]}).json()
    assert posted["rows"][0]["weights"] == pytest.approx(CASE["weights"][beta], abs=5e-7)
    typed = {"counts": ", ".join(map(str, CASE["counts"])), "betas": beta, "beta": ""}
    assert client.get(PATH, params=typed).json() == posted
    shown = at_a_shell("--counts", typed["counts"], "--betas", beta, "--beta", "", "--json")
    assert json.loads(shown) == posted
    by_file = at_a_shell(
        "--request", "-", "--json", input=json.dumps({"counts": CASE["counts"], "betas": [float(beta)]})
    )
    assert json.loads(by_file) == posted


@pytest.mark.parametrize("beta", CASE["effective_number"])
def test_reference_effective_numbers(client: TestClient, beta: str) -> None:
    numbers = CASE["effective_number"][beta]
    request = {"counts": list(map(int, numbers)), "betas": [beta]}
    (row,) = client.post(PATH, json=request).json()["rows"]
    assert row["effective_numbers"] == pytest.approx(list(numbers.values()), abs=5e-5)


def test_two_classes_from_beta_0_to_1(client: TestClient) -> None:
    request = {"counts": [8000, 400], "betas": [beta for beta, _ in TWO_CLASSES]}
    view = client.post(PATH, json=request).json()
    for row, (beta, weights) in zip(view["rows"], TWO_CLASSES, strict=True):
        assert row["beta"] == beta
        assert row["weights"] == pytest.approx(weights, abs=5e-5)
        assert sum(row["weights"]) == pytest.approx(2)
        assert row["max_over_min"] == pytest.approx(row["weights"][1] / row["weights"][0])
    assert [row["volume"] for row in view["rows"]] == [1, 10, 100, 1000, 10_000, None]
    assert "no effect for these counts" in view["rows"][1]["advice"]
    shown = at_a_shell("--counts", "8000 400", "--betas", "0 .9 .99 .999 N=10000 1")
    assert "beta 0.9 has no effect for these counts" in shown
    assert next(line for line in shown.splitlines() if line.startswith("0.9999")).split()[-2:] == [
        "0.1329",
        "1.8671",
    ]


@pytest.mark.parametrize(
    ("beta", "hint"), [(1.2, "N=10000"), (-0.1, "N=10000"), ("1-1e-4", "0.9999, or as N=10000")]
)
def test_betas_that_are_none_are_refused_everywhere(client: TestClient, beta: object, hint: str) -> None:
    fields, said = refused(client, betas=[0.9, beta])
    assert list(fields) == ["betas[1]"]
    assert hint in said
    typed = client.get(PATH, params={"betas": f"0.9, {beta}"})
    assert [field["path"] for field in typed.json()["error"]["fields"]] == ["betas"]
    result = CliRunner().invoke(main, ["theory", "class-balance", "--betas", f"0.9, {beta}"])
    assert result.exit_code == 2
    assert "betas" in result.stderr
    assert hint in result.stderr


@pytest.mark.parametrize(
    ("request_", "path", "said"),
    [
        ({"counts": [120, 0]}, "counts[1]", "has 0 images"),
        ({"counts": [True, 5]}, "counts[0]", "must be a number"),
        ({"counts": list(range(1, 10_001)), "betas": [0.9] * 11}, "betas", "more than 100000 weights"),
        ({"counts": [1] * 10_001}, "counts", "at most 10000"),
        ({"beta": 2}, "beta", "between 0"),
        ({"derived_class": 2}, "derived_class", "the last of 2 classes is 1"),
        ({"names": ["cat"]}, "names", "all 2 classes or none"),
        ({"answer": [1]}, "answer", "must have 2 numbers, got 1"),
        ({"answer": [1, "one"]}, "answer[1]", "must be a number"),
        ({"gamma": 1}, "gamma", ""),
    ],
)
def test_what_is_wrong_is_named(client: TestClient, request_: dict[str, Any], path: str, said: str) -> None:
    fields, _ = refused(client, **request_)
    assert list(fields) == [path]
    assert said in fields[path]


def test_an_answer_is_marked_for_the_derived_beta(client: TestClient) -> None:
    request = {
        "counts": [8000, 400],
        "betas": [0.9, 0.9999],
        "beta": "N=10000",
        "answer": ["0.1329", "1.8671"],
    }
    view = client.post(PATH, json=request).json()
    assert (view["answer"]["correct"], view["derived_row"], len(view["rows"])) == (True, 1, 2)
    wrong = client.post(PATH, json={**request, "answer": [0.0001816, 0.00255]}).json()["answer"]
    assert [each["code"] for each in wrong["diagnoses"]] == ["weights_not_normalised"]
    assert [(cell["row"], cell["col"], cell["expected"]) for cell in wrong["cells"]] == [
        (0, 0, "0.132946"),
        (0, 1, "1.86705"),
    ]


def test_a_derived_beta_that_was_not_listed_gets_a_row(client: TestClient) -> None:
    view = client.post(
        PATH, json={"counts": [8000, 400], "betas": [0.9], "beta": 0.99, "derived_class": 0}
    ).json()
    assert [row["beta"] for row in view["rows"]] == [0.9, 0.99]
    assert (view["derived_row"], view["derived_class"]) == (1, 0)
    assert view["derivation"][1]["text"].startswith("8000 images count as 100")


def test_every_example_works_and_answers_are_diagnosed() -> None:
    said = []
    for example in CLASS_BALANCE.examples:
        view = CLASS_BALANCE.work_out_typed(CLASS_BALANCE.complete(example.typed))
        assert isinstance(view, ClassBalanceView)
        assert list(CLASS_BALANCE.lines(view))
        said.append([each.code for each in view.answer.diagnoses] if view.answer else None)
    assert said == [None, None, ["weights_not_normalised"], ["other_beta"]]


def test_counts_of_a_data_set(client: TestClient) -> None:
    typed = {"dataset": "cifar10", "imbalance": "exp", "imbalance_ratio": "100"}
    view = client.get(PATH, params=typed).json()
    assert view["counts"] == CASE["counts"]
    assert view["names"][0] == "airplane"
    plain = client.get(PATH, params={**typed, "imbalance": "none"}).json()
    assert set(plain["counts"]) == {5000}
    assert plain["rows"][0]["effect"] == "equal_counts"


@given(st.lists(st.text(st.characters(exclude_characters="\r\n")).filter(str.strip), min_size=1))
def test_lines_are_names_whatever_they_hold(names: list[str]) -> None:
    assert names_in("\n".join(names), len(names)) == names


@pytest.mark.parametrize(
    ("text", "classes", "names"),
    [
        ("a, b; c", 3, ["a", "b", "c"]),
        ("a, b", 1, ["a, b"]),
        ("a, b\nc\n", 2, ["a, b", "c"]),
        ("", 1, []),
        ("a\n\nb\n", 2, ["a", "b"]),
        ("a,b\nc", 3, ["a", "b", "c"]),
        ("a,,b", 3, ["a", "b"]),
        (" \n", 2, []),
    ],
)
def test_typed_names(text: str, classes: int, names: list[str]) -> None:
    assert names_in(text, classes) == names


def test_weights_of_a_run(client: TestClient, seed_run: SeedRun) -> None:
    loss = {"name": "focal", "weighting": "class_balanced", "beta": 0.98}
    view = client.get(PATH, params={"run": f"#{seed_run(config={'loss': loss})}"}).json()
    assert (view["names"], view["counts"]) == (["cat", "dog", "fox"], [100, 30, 10])
    assert view["rows"][view["derived_row"]]["beta"] == 0.98
    plain = client.get(PATH, params={"run": seed_run()}).json()
    assert plain["rows"][plain["derived_row"]]["beta"] == 0


def test_a_run_that_waits_shows_what_it_will_see(client: TestClient, seed_run: SeedRun) -> None:
    run = seed_run("queued", config={"loss": {"weighting": "inverse_frequency"}})
    view = client.get(PATH, params={"run": run}).json()
    assert (max(view["counts"]), min(view["counts"])) == (1000, 10)
    assert view["rows"][view["derived_row"]]["volume"] is None


@pytest.mark.parametrize(
    ("typed", "path", "status"),
    [
        ({"run": "seven"}, "run", 422),
        ({"run": "99"}, "run", 422),
        ({"dataset": "folder:none"}, "dataset", 422),
        ({"dataset": "cifar10", "imbalance_ratio": "0.5"}, "imbalance_ratio", 422),
        ({"dataset": "cifar10", "imbalance_ratio": "much"}, "imbalance_ratio", 422),
        ({"imbalance_ratio": "50"}, "dataset", 422),
    ],
)
def test_what_cannot_be_filled_in_is_named(
    client: TestClient, typed: dict[str, str], path: str, status: int
) -> None:
    answer = client.get(PATH, params=typed)
    assert answer.status_code == status, answer.text
    assert {field["path"] for field in answer.json()["error"]["fields"]} == ({path} if path else set())


def test_a_shell_asks_the_server_for_what_only_it_knows(web_url: str) -> None:
    shown = at_a_shell("--dataset", "cifar10", "--betas", "0.9", "--beta", "", env={"BETABOARD_URL": web_url})
    assert "airplane" in shown
    assert "beta 0.9 has no effect for these counts" in shown
