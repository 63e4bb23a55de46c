"""/compare: one row a setting, the same classes for all, and what makes rows not comparable."""

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
        ("Focal", [second], 1), ("CE", [first], 1),
    ]  # fmt: skip
    row = view["rows"][0]
    assert row["metrics"]["accuracy"] == {"mean": pytest.approx(0.65), "sd": None}
    assert set(row["metrics"]) >= {
        "accuracy", "balanced_accuracy", "geometric_mean", "macro_f1", "worst_class", "head",
        "medium", "tail",
    }  # fmt: skip
    assert [spread["mean"] for spread in row["classes"]] == [1, 0.55, 0.4]
    assert row["delta"] | {"mean": 0} == {
        "metric": "accuracy", "n": 1, "mean": 0, "sd": None, "low": None, "high": None, "seeds_needed": None,
    }  # fmt: skip
    assert (view["baseline"], view["rows"][1]["delta"]) == ("CE", None)
    assert view["warnings"] == []


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
        "Not comparable because imbalance ratio differs: 100 in CE, ratio 100, batch 64; "
        "50 in CE, ratio 50, batch 32." in warnings
    )
    assert any("differ in more than the loss: batch size is 64 in" in warning for warning in warnings)
    assert not any("loss differs" in warning for warning in warnings)


def test_other_images_under_equal_settings_are_named(client: TestClient, seed_run: SeedRun) -> None:
    first = seed_run(fingerprint="a" * 64)
    second = seed_run(fingerprint="b" * 64, config={"loss": {"name": "focal"}})
    warnings = compare(client, [first, second])["warnings"]
    assert warnings[0] == f"Not comparable because the training images differ between #{first} and #{second}."


def test_unfinished_and_diverged_runs_are_named(client: TestClient, seed_run: SeedRun) -> None:
    running = seed_run("running", epochs=2)
    diverged = seed_run(epochs=2, config={"seed": 1},
                        figures={2: {"train_loss": float("nan"), "diverged": True}})  # fmt: skip
    warnings = compare(client, [running, diverged])["warnings"]
    assert f"#{running} is running: its figures are left out of the means." in warnings
    alone = compare(client, [running])["warnings"]
    assert alone == [f"#{running} is running: its figures are those after epoch 2 of 2."]
    assert f"#{diverged} diverged: its loss stopped being finite." in warnings


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
        ("runs=1&format=csv", 400, None),
        ("sweep=1", 422, "runs"),
    ],
)
def test_refusals(client: TestClient, seed_run: SeedRun, query: str, status: int, path: str | None) -> None:
    seed_run()
    answer = client.get(f"/api/v1/compare?{query}")
    assert answer.status_code == status
    assert [field["path"] for field in answer.json()["error"]["fields"]] == ([path] if path else [])
