"""/compare: one row a setting, the same classes for all, and what makes rows not comparable."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.comparing.table.columns import known_columns
from tests.app.api.test_errors import error_of

SeedRun = Callable[..., int]


def compare(client: TestClient, run_ids: list[int], **asked: Any) -> Any:
    answer = client.get("/api/v1/compare", params={"runs": ",".join(map(str, run_ids)), **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_shape(client: TestClient, seed_run: SeedRun) -> None:
    first, second = seed_run(name="ce"), seed_run(name="focal", config={"loss": {"name": "focal"}})
    view = compare(client, [second, first])
    assert view["classes"] == [
        {"name": "cat", "train_count": 100},
        {"name": "dog", "train_count": 30},
        {"name": "fox", "train_count": 10},
    ]
    assert [(row["label"], row["run_ids"], row["n"]) for row in view["rows"]] == [
        ("Focal", [second], 1),
        ("CE", [first], 1),
    ]
    row = view["rows"][0]
    assert row["metrics"]["accuracy"] == {"mean": pytest.approx(0.65), "sd": None, "low": None, "high": None}
    assert set(row["metrics"]) >= {
        "accuracy",
        "balanced_accuracy",
        "geometric_mean",
        "macro_f1",
        "worst_class",
        "head",
        "medium",
        "tail",
    }
    assert [spread["mean"] for spread in row["classes"]] == [1, 0.55, 0.4]
    assert row["delta"]["mean"] == pytest.approx(0)
    told = {name: value for name, value in row["delta"].items() if name not in ("mean", "why")}
    assert told == {
        "metric": "accuracy",
        "n": 1,
        "sd": None,
        "low": None,
        "high": None,
        "seeds_needed": None,
        "seeds_range": None,
        "adjusted": None,
        "verdict": "unknown",
        "parting": None,
        "within_margin": False,
        "method": "welch",
        "correlation": None,
        "seeds_share": None,
        "images": None,
    }
    assert row["delta"]["why"].startswith("one seed")
    base = view["rows"][1]
    assert (view["baseline"], base["delta"], base["why"]) == ("CE", None, "the baseline")
    assert [one["question"] for one in view["verdicts"]] == ["best", "baseline", "tail", "rate"]
    assert not any(one["claim"] for one in view["verdicts"])
    assert (view["warnings"], view["same_but_loss"], view["chosen_by"]) == ([], True, "test")


def test_rows_of_the_last_or_the_best_epoch(client: TestClient, seed_run: SeedRun) -> None:
    better, worse = [[9, 1], [1, 9]], [[9, 1], [8, 2]]
    run_id = seed_run(class_names=["a", "b"], train_counts=[9, 1], confusions=[better, worse])
    last, best = (compare(client, [run_id], epoch=at)["rows"][0] for at in ("last", "best"))
    assert (last["epochs"], best["epochs"]) == ([2], [1])
    assert [spread["mean"] for spread in best["classes"]] == [0.9, 0.9]
    assert best["metrics"]["accuracy"]["mean"] == 0.9


def test_repeated_run_is_one_row(client: TestClient, seed_run: SeedRun) -> None:
    run_id = seed_run()
    assert len(compare(client, [run_id, run_id])["rows"]) == 1


def test_other_settings_are_named(client: TestClient, seed_run: SeedRun) -> None:
    first = seed_run(config={"data": {"imbalance_ratio": 100}})
    second = seed_run(
        config={"data": {"imbalance_ratio": 50}, "optim": {"epochs": 3, "milestones": [], "batch_size": 32}}
    )
    warnings = compare(client, [first, second])["warnings"]
    assert (
        "Not comparable, so shown but not subtracted: CE, ratio 50, batch 32: other imbalance ratio "
        "(50, not 100)." in warnings
    )
    assert any("differ in more than the loss: batch size is 64 (CE" in warning for warning in warnings)
    assert not any("loss differs" in warning for warning in warnings)


def test_other_images_under_equal_settings_are_named(client: TestClient, seed_run: SeedRun) -> None:
    first = seed_run(fingerprint="a" * 64)
    second = seed_run(fingerprint="b" * 64, config={"loss": {"name": "focal"}})
    view = compare(client, [first, second])
    why = "other images under the same name"
    said = f"Not comparable, so shown but not subtracted: Focal on bbbbbbbb: {why}."
    assert view["warnings"][0] == said
    assert (view["rows"][1]["delta"], view["rows"][1]["why"]) == (None, why)
    assert (view["rows"][1]["tied_with_best"], view["verdicts"]) == ({}, [])


def test_unfinished_and_diverged_runs_are_named(client: TestClient, seed_run: SeedRun) -> None:
    running = seed_run("running", epochs=2)
    diverged = seed_run(
        epochs=2, config={"seed": 1}, figures={2: {"train_loss": float("nan"), "diverged": True}}
    )
    both = compare(client, [running, diverged])
    assert both["unfinished"] == {
        "to_come": 1,
        "of": 2,
        "text": "So far, with 1 of 2 runs still to come (1 running)",
    }
    assert f"#{diverged} diverged: its loss stopped being finite." in both["warnings"]
    alone = compare(client, [running])
    assert alone["warnings"] == []
    [row] = alone["rows"]
    assert (row["n"], row["complete"], row["progress"]) == (0, False, "running, epoch 2 of 2")
    assert row["metrics"]["accuracy"]["mean"] is None


def test_other_classes_leave_gaps_and_shift_nothing(client: TestClient, seed_run: SeedRun) -> None:
    first = seed_run()
    second = seed_run(
        config={"loss": {"name": "focal"}},
        class_names=["fox", "owl"],
        train_counts=[5, 1],
        confusions=[[[7, 3], [0, 10]]],
    )
    rows = compare(client, [first, second])["rows"]
    assert [spread["mean"] for spread in rows[1]["classes"]] == [None, None, 0.7]


@pytest.fixture
def pairs(seed_run: SeedRun) -> list[int]:
    """Cross-entropy and focal loss on seeds 0, 1 and 2: focal is 4, 5 and 6 points better."""
    runs = []
    for gains in ((0, 0, 0), (12, 15, 18)):
        for seed, gain in enumerate(gains):
            right = 50 + gain + seed
            table = [[90, 10, 0], [0, right, 100 - right], [70, 0, 30]]
            loss = {"name": "focal" if gain else "cross_entropy"}
            runs.append(seed_run(config={"loss": loss, "seed": seed}, epochs=1, confusions=[table]))
    return runs


@pytest.mark.slow
def test_words_of_the_address_change_how_rows_are_told_apart(client: TestClient, pairs: list[int]) -> None:
    """By hand: three differences of 4, 5 and 6 points; t at 2 degrees of freedom is 4.303."""
    welch = compare(client, pairs)["rows"][1]["delta"]
    assert (welch["method"], welch["n"], welch["mean"]) == ("welch", 3, pytest.approx(0.05))
    alone = compare(client, pairs, multiplicity="none")["rows"][1]["delta"]
    assert alone["adjusted"]["low"] == pytest.approx(alone["low"])
    assert alone["adjusted"]["p"] <= welch["adjusted"]["p"]
    assert welch["adjusted"]["low"] < welch["low"]
    paired = compare(client, pairs, pairing="paired", multiplicity="none")
    delta = paired["rows"][1]["delta"]
    assert (paired["pairing"], delta["method"]) == ("paired", "paired")
    half = 4.30265 * 0.01 / 3**0.5
    assert delta["high"] - delta["low"] >= 2 * half - 1e-6
    assert delta["high"] + delta["low"] == pytest.approx(0.1)
    wide = compare(client, pairs, margin=60, multiplicity="none", pairing="paired")
    assert (wide["margin"], wide["rows"][1]["delta"]["verdict"]) == (60, "same")


def test_run_that_has_not_started(client: TestClient, seed_run: SeedRun) -> None:
    view = compare(client, [seed_run("queued")])
    assert (view["classes"], view["rows"][0]["epochs"], view["rows"][0]["n"]) == ([], [None], 0)


@pytest.mark.parametrize(
    ("query", "status", "path"),
    [
        ("runs=", 422, "runs"),
        ("runs=1,x", 422, "runs"),
        ("runs=" + "9" * 40, 422, "runs"),
        ("runs=1&baseline=nobody", 422, "baseline"),
        ("runs=" + ",".join(map(str, range(1, 502))), 422, "runs"),
        ("", 422, "runs"),
        ("runs=1,7", 404, None),
        ("runs=1&format=xlsx", 422, "format"),
        ("runs=1&epoch=first", 422, "epoch"),
        ("runs=1&published=nobody", 422, "published"),
        ("sweep=1", 404, None),
        ("sweep=x", 422, "sweep"),
    ],
)
def test_refusals(client: TestClient, seed_run: SeedRun, query: str, status: int, path: str | None) -> None:
    seed_run()
    answer = client.get(f"/api/v1/compare?{query}")
    assert answer.status_code == status
    assert [field["path"] for field in answer.json()["error"]["fields"]] == ([path] if path else [])


def _table(markdown: str) -> list[str]:
    """Its lines, without the caption above it."""
    lines = markdown.splitlines()
    return lines[next(at for at, line in enumerate(lines) if line.startswith("|")) :]


class TestFormats:
    @pytest.mark.parametrize(
        ("form", "media", "ending"),
        [
            ("csv", "text/csv", "csv"),
            ("markdown", "text/markdown", "md"),
            ("latex", "application/x-latex", "tex"),
        ],
    )
    def test_media_type_and_file_name(
        self, client: TestClient, seed_run: SeedRun, form: str, media: str, ending: str
    ) -> None:
        first, second = seed_run(), seed_run(config={"seed": 1})
        answer = client.get(f"/api/v1/compare?runs={first},{second}&format={form}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(f"{media}; charset=utf-8")
        assert answer.headers["content-disposition"] == f'attachment; filename="compare-1-2.{ending}"'
        assert "CE" in answer.text

    def test_what_is_shown_is_what_comes(self, client: TestClient, seed_run: SeedRun) -> None:
        ids = f"{seed_run()},{seed_run(config={'loss': {'name': 'focal'}})}"
        asked = {
            "runs": ids,
            "format": "markdown",
            "columns": "tail,classes",
            "order": "dataset",
            "sort": "-label",
        }
        lines = _table(client.get("/api/v1/compare", params=asked).text)
        assert lines[0] == "| Setting | n | Tail, % | cat (100), % | dog (30), % | fox (10), % |"
        assert [line.split(" | ")[0] for line in lines[2:4]] == ["| Focal", "| CE"]
        differences = client.get("/api/v1/compare", params={**asked, "mode": "difference"}).text
        focal, ce = _table(differences)[2:4]
        assert focal.replace("*", "") == "| Focal | 1 | 0.0 | 0.0 | 0.0 | 0.0 |"
        assert ce.replace("*", "") == "| CE | 1 | 40.0 | 100.0 | 55.0 | 40.0 |"
        assert "last epoch" in differences
        assert "chosen on test" in client.get("/api/v1/compare", params={**asked, "epoch": "best"}).text


def test_runs_of_a_sweep(client: TestClient, seed_run: SeedRun) -> None:
    body = {"name": "s", "base": {"loss": {"name": "focal"}}, "axes": {"loss.gamma": [1, 2], "seed": [0, 1]}}
    launched = client.post("/api/v1/sweeps", json=body)
    assert launched.status_code == 201, launched.text
    view = client.get("/api/v1/compare", params={"sweep": launched.json()["id"]}).json()
    assert [(row["label"], len(row["run_ids"]), row["n"]) for row in view["rows"]] == [
        ("Focal, gamma 1", 2, 0),
        ("Focal, gamma 2", 2, 0),
    ]
    assert view["rows"][0]["states"] == {"queued": 2}


def test_published_results_stand_below(client: TestClient, seed_run: SeedRun) -> None:
    known = client.get("/api/v1/published").json()["items"]
    with_classes = next(row for row in known if row["classes"])
    without = next(row for row in known if not row["classes"])
    names = with_classes["class_names"]
    run_id = seed_run(class_names=names, train_counts=list(range(100, 100 - len(names), -1)))
    view = compare(client, [run_id], published=f"{with_classes['id']},{without['id']}")
    own, first, second = view["rows"]
    assert [row["kind"] for row in view["rows"]] == ["setting", "published", "published"]
    assert [spread["mean"] for spread in first["classes"]] == with_classes["classes"]
    assert first["metrics"]["balanced_accuracy"]["mean"] == pytest.approx(
        sum(with_classes["classes"]) / len(names)
    )
    assert first["metrics"]["tail"]["mean"] == pytest.approx(sum(with_classes["classes"][-3:]) / 3)
    assert second["metrics"]["accuracy"]["mean"] == without["accuracy"]
    assert second["metrics"]["tail"]["mean"] is None
    assert (first["delta"], first["n"], first["run_ids"], own["label"]) == (None, 0, [], "CE")


@pytest.mark.parametrize(
    ("word", "value", "said"),
    [
        ("columns", "luck", "luck is not known here"),
        ("columns", "accuracy,tial,los", "tial is not known here; did you mean tail?"),
        ("sort", "-acuracy", "acuracy is not known here; did you mean accuracy?"),
        ("sort", "class:x", "class:x is not known here; did you mean classes?"),
    ],
)
@pytest.mark.parametrize("form", ["json", "csv"])
def test_columns_that_no_table_has_are_refused_with_the_nearest(
    client: TestClient, seed_run: SeedRun, word: str, value: str, said: str, form: str
) -> None:
    asked = {"runs": str(seed_run()), "format": form, word: value}
    [first, *_] = error_of(client.get("/api/v1/compare", params=asked), 422, "invalid")["fields"]
    assert first["path"] == word
    assert first["message"].startswith(said)


@pytest.mark.slow
def test_every_column_of_a_table_can_be_chosen_and_sorted_by(client: TestClient, seed_run: SeedRun) -> None:
    run = seed_run()
    compare(client, [run], columns=",".join(known_columns()))
    for key in (*known_columns(), "class:2", "label", "n"):
        compare(client, [run], sort=f"-{key}")
