"""/compare: one row a run, the same classes for all, and what makes rows not comparable."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

SeedRun = Callable[..., int]


def compare(client: TestClient, run_ids: list[int], **asked: Any) -> Any:
    answer = client.get("/api/v1/compare", params={"runs": ",".join(map(str, run_ids)), **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_shape(client: TestClient, seed_run: SeedRun) -> None:
    first, second = seed_run(name="ce"), seed_run(name="focal", config={"loss": {"name": "focal"}})
    view = compare(client, [second, first])
    assert view["classes"] == [
        {"name": "cat", "train_count": 100}, {"name": "dog", "train_count": 30},
        {"name": "fox", "train_count": 10},
    ]  # fmt: skip
    assert [(row["label"], row["run_ids"], row["n"]) for row in view["rows"]] == [
        ("focal", [second], 1), ("ce", [first], 1),
    ]  # fmt: skip
    row = view["rows"][0]
    assert row["metrics"]["accuracy"] == {"mean": pytest.approx(0.65), "sd": None}
    assert set(row["metrics"]) >= {
        "accuracy", "balanced_accuracy", "geometric_mean", "macro_f1", "worst_class", "head",
        "medium", "tail",
    }  # fmt: skip
    assert [spread["mean"] for spread in row["classes"]] == [1, 0.55, 0.4]
    assert len(row["curve"]) == 3
    assert row["delta"] is None
    assert view["warnings"] == []


def test_rows_of_the_last_or_the_best_epoch(client: TestClient, seed_run: SeedRun) -> None:
    better, worse = [[9, 1], [1, 9]], [[9, 1], [8, 2]]
    run_id = seed_run(class_names=["a", "b"], train_counts=[9, 1], confusions=[better, worse])
    last, best = (compare(client, [run_id], epoch=at)["rows"][0] for at in ("last", "best"))
    assert (last["epoch"], best["epoch"]) == (2, 1)
    assert [spread["mean"] for spread in best["classes"]] == [0.9, 0.9]
    assert best["metrics"]["accuracy"]["mean"] == 0.9


def test_equal_names_are_told_apart(client: TestClient, seed_run: SeedRun) -> None:
    ids = [seed_run(name="same"), seed_run(name="same"), seed_run(name="other")]
    labels = [row["label"] for row in compare(client, ids)["rows"]]
    assert labels == [f"#{ids[0]} same", f"#{ids[1]} same", "other"]


def test_repeated_run_is_one_row(client: TestClient, seed_run: SeedRun) -> None:
    run_id = seed_run()
    assert len(compare(client, [run_id, run_id])["rows"]) == 1


def test_other_settings_are_named(client: TestClient, seed_run: SeedRun) -> None:
    first = seed_run(config={"data": {"imbalance_ratio": 100}})
    second = seed_run(config={"data": {"imbalance_ratio": 50}, "optim": {"epochs": 3, "batch_size": 32}})
    warnings = compare(client, [first, second])["warnings"]
    assert (
        f"Not comparable because data.imbalance_ratio differs: 100.0 in #{first}; 50.0 in #{second}."
        in warnings
    )
    assert any("optim.batch_size differs" in warning for warning in warnings)
    assert not any("loss" in warning for warning in warnings)


def test_other_images_under_equal_settings_are_named(client: TestClient, seed_run: SeedRun) -> None:
    first, second = seed_run(fingerprint="a" * 64), seed_run(fingerprint="b" * 64)
    [warning] = compare(client, [first, second])["warnings"]
    assert warning == f"Not comparable because the training images differ between #{first} and #{second}."


def test_unfinished_and_diverged_runs_are_named(client: TestClient, seed_run: SeedRun) -> None:
    running = seed_run("running", epochs=2)
    diverged = seed_run(epochs=2, figures={2: {"train_loss": float("nan"), "diverged": True}})
    warnings = compare(client, [running, diverged])["warnings"]
    assert f"#{running} is running: its figures are those after epoch 2 of 2." in warnings
    assert f"#{diverged} diverged: its loss stopped being finite." in warnings


def test_other_classes_leave_gaps_and_shift_nothing(client: TestClient, seed_run: SeedRun) -> None:
    first = seed_run()
    second = seed_run(class_names=["fox", "owl"], train_counts=[5, 1], confusions=[[[7, 3], [0, 10]]])
    rows = compare(client, [first, second])["rows"]
    assert [spread["mean"] for spread in rows[1]["classes"]] == [None, None, 0.7]


def test_run_that_has_not_started(client: TestClient, seed_run: SeedRun) -> None:
    view = compare(client, [seed_run("queued")])
    assert (view["classes"], view["rows"][0]["epoch"], view["rows"][0]["curve"]) == ([], None, [])


@pytest.mark.parametrize(
    ("query", "status", "path"),
    [
        ("runs=", 422, "runs"),
        ("runs=1,x", 422, "runs"),
        ("runs=" + "9" * 40, 422, "runs"),
        ("runs=1&baseline=nobody", 422, "baseline"),
        ("runs=" + ",".join(map(str, range(1, 102))), 422, "runs"),
        ("", 422, "runs"),
        ("runs=1,7", 404, None),
        ("runs=1&format=csv", 400, None),
        ("sweep=1", 422, "runs"),
    ],
)
def test_refusals(client: TestClient, seed_run: SeedRun, query: str, status: int, path: str | None) -> None:
    seed_run()
    answer = client.get(f"/api/v1/compare?{query}")
    assert answer.status_code == status
    assert [field["path"] for field in answer.json()["error"]["fields"]] == ([path] if path else [])
