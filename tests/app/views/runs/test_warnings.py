"""What a run says of its weights, and of assumptions that fail for it: test set, training counts, units."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from app.settings import Settings
from app.store.engine import Database
from app.store.runs import get_run
from app.views.runs.fill import run_detail
from app.views.runs.view import RunDetail
from tests.app.pages.seen import HTML
from tests.conftest import TRAIN_COUNTS, SeedRun
from trainer.config import LossConfig, OptimConfig
from trainer.data.folder import import_folder
from trainer.weighting import applied_weights, mean_weight

pytestmark = pytest.mark.slow

WEIGHTED = {"weighting": "class_balanced", "beta": 0.99}
UNBALANCED = [[[6, 0, 0], [2, 8, 0], [12, 0, 12]]]
EVEN = [[[8, 2, 0], [0, 10, 0], [3, 3, 4]]]


def seen(db: Database, run_id: int) -> RunDetail:
    with db.read() as session:
        return run_detail(session, run_id)


def dead(**shares: float | None) -> dict[int, dict[str, Any]]:
    return {1: {"scalars": {f"dead_units/{layer}": share for layer, share in shares.items()}}}


@pytest.mark.parametrize("reduction", ["batch_mean", "mean_one", "weighted_mean"])
def test_mean_weight_is_that_of_the_weights_that_were_applied(
    db: Database, seed_run: SeedRun, reduction: Any
) -> None:
    loss = WEIGHTED | {"reduction": reduction}
    run_id = seed_run(config={"loss": loss, "optim": {"learning_rate": 0.2, "epochs": 3, "milestones": []}})
    parsed = LossConfig.model_validate(loss)
    applied = applied_weights(TRAIN_COUNTS, parsed)
    with db.write() as session:
        run = get_run(session, run_id)
        run.started = {**(run.started or {}), "weights": applied}
    view = seen(db, run_id)
    assert view.mean_weight == pytest.approx(mean_weight(TRAIN_COUNTS, parsed), rel=1e-12)
    assert view.effective_rate == pytest.approx(0.2 * (view.mean_weight or 0))
    assert (view.mean_weight != 1) == (reduction == "batch_mean")


def test_without_weights_it_is_one_and_before_the_start_nothing(db: Database, seed_run: SeedRun) -> None:
    plain, queued = seen(db, seed_run()), seen(db, seed_run("queued"))
    assert (plain.mean_weight, plain.effective_rate) == (1, OptimConfig().learning_rate)
    assert (queued.mean_weight, queued.effective_rate, queued.warnings) == (None, None, ())


def test_both_stand_in_the_api_and_on_the_page(client: TestClient, seed_run: SeedRun) -> None:
    run_id = seed_run()
    assert client.get(f"/api/v1/runs/{run_id}").json()["effective_rate"] == OptimConfig().learning_rate
    page = client.get(f"/runs/{run_id}", headers=HTML).text
    assert "Mean weight E[w]" in page
    assert "Effective rate, about" in page
    assert "Mean weight E[w]" not in client.get(f"/runs/{seed_run('queued')}", headers=HTML).text


def test_a_layer_that_is_mostly_dead_is_named_with_its_share(db: Database, seed_run: SeedRun) -> None:
    figures = dead(relu1=0.1, relu2=0.5, relu3=0.51, relu4=None, relu5=0.82)
    [said] = seen(db, seed_run(epochs=1, figures=figures)).warnings
    assert said.startswith(
        "Dead units after epoch 1: 51.0 % of relu3 (convolution block 3) and 82.0 % of relu5 (linear layer)."
    )


def test_only_the_last_epoch_counts(db: Database, seed_run: SeedRun) -> None:
    recovered = {**dead(relu1=0.9), 2: {"scalars": {"dead_units/relu1": 0.2}}}
    assert seen(db, seed_run(epochs=2, figures=recovered)).warnings == ()


def test_an_unbalanced_test_set_is_judged_by_balanced_accuracy(client: TestClient, seed_run: SeedRun) -> None:
    """By hand: 6, 10 and 24 images; always fox gets 24 of 40, and one class of three."""
    run_id = seed_run(epochs=1, confusions=UNBALANCED)
    view = client.get(f"/api/v1/runs/{run_id}").json()
    assert view["headline"] == "test_balanced_accuracy"
    [said] = view["warnings"]
    assert "not balanced (6 to 24 images a class)" in said
    assert "Always answering fox" in said
    assert "accuracy of 60.0 % and a balanced accuracy of 33.3 %" in said
    page = client.get(f"/runs/{run_id}", headers=HTML).text
    balanced = 100 * np.mean([1, 0.8, 0.5])
    assert f"<dt>Balanced test accuracy</dt><dd>{balanced:.1f}<" in page
    assert "accuracy 65.0;" in page


def test_a_balanced_one_is_not(client: TestClient, seed_run: SeedRun) -> None:
    run_id = seed_run(epochs=1, confusions=EVEN)
    assert client.get(f"/api/v1/runs/{run_id}").json()["headline"] == "test_accuracy"
    assert "<dt>Test accuracy</dt><dd>73.3<" in client.get(f"/runs/{run_id}", headers=HTML).text


def test_classes_without_test_images_do_not_unbalance_it(db: Database, seed_run: SeedRun) -> None:
    view = seen(db, seed_run(epochs=1, confusions=[[[5, 0, 0], [0, 5, 0], [0, 0, 0]]]))
    assert (view.headline, view.warnings) == ("test_accuracy", ())


def test_equal_training_counts_have_no_head_and_tail(client: TestClient, seed_run: SeedRun) -> None:
    run_id = seed_run(epochs=1, train_counts=(50, 50, 50), confusions=EVEN)
    view = client.get(f"/api/v1/runs/{run_id}").json()
    assert view["warnings"] == ["Every class has 50 training images, so there is no head, medium or tail."]
    assert (view["last"]["test_head"], view["last"]["test_tail"]) == (None, None)
    assert client.get(f"/runs/{run_id}", headers=HTML).status_code == 200


def test_stored_groups_of_an_earlier_version_stay_and_are_explained(db: Database, seed_run: SeedRun) -> None:
    old = {1: {"test_head": 0.8, "test_medium": 1.0, "test_tail": 0.4}}
    view = seen(db, seed_run(epochs=1, train_counts=(50, 50, 50), confusions=EVEN, figures=old))
    assert view.last is not None
    assert view.last.model_dump()["test_head"] == 0.8
    assert "stored by an earlier version, go by the order of the classes" in view.warnings[0]


def test_an_epoch_chosen_on_test_is_marked(client: TestClient, seed_run: SeedRun) -> None:
    assert 'class="flatters"' in client.get(f"/runs/{seed_run()}", headers=HTML).text
    validated = {at: {"validation_accuracy": 0.5, "validation_balanced_accuracy": 0.5} for at in (1, 2, 3)}
    page = client.get(f"/runs/{seed_run(figures=validated)}", headers=HTML).text
    assert 'class="flatters"' not in page
    assert "chosen on validation" in page


CONTRADICTION = "Images under more than one label: 1, such as train/cat/0.png and train/dog/9.png."
COPIES = "Test images equal to a training image: 4."
ON_PETS = {"data": {"dataset": "folder:pets", "imbalance": "none"}}


@pytest.fixture
def pets(tmp_path: Path, settings: Settings) -> tuple[str, ...]:
    """Imported: two classes whose test images are training images, and one image in both; what was found."""
    for split in ("train", "test"):
        for value, name in ((0, "cat"), (100, "dog")):
            (tmp_path / "pets" / split / name).mkdir(parents=True)
            for index in range(4 if split == "train" else 2):
                content = io.BytesIO()
                Image.new("RGB", (32, 32), (value, 10 * index, 0)).save(content, "PNG")
                (tmp_path / "pets" / split / name / f"{index}.png").write_bytes(content.getvalue())
    twin = (tmp_path / "pets" / "train" / "cat" / "0.png").read_bytes()
    (tmp_path / "pets" / "train" / "dog" / "9.png").write_bytes(twin)
    return import_folder("pets", tmp_path / "pets", settings.datasets_dir).warnings


@pytest.mark.usefixtures("pets")
def test_the_preview_the_form_and_the_list_of_data_sets_tell_it(client: TestClient) -> None:
    preview = client.post("/api/v1/runs/validate", json={"config": ON_PETS}).json()
    assert preview["warnings"][0].startswith(CONTRADICTION)
    assert preview["warnings"][1].startswith(COPIES)
    form = client.get(
        "/runs/new", params={"data.dataset": "folder:pets", "data.imbalance": "none"}, headers=HTML
    ).text
    assert CONTRADICTION in form
    [listed] = [one for one in client.get("/api/v1/datasets").json()["items"] if one["name"] == "folder:pets"]
    assert listed["warnings"] == preview["warnings"][:2]
    page = client.get("/datasets", headers=HTML).text
    assert page.count(CONTRADICTION) == 1
    assert "runs/new?data.dataset=folder%3Apets&amp;data.imbalance=none" in page


def test_the_run_the_comparison_and_the_report_tell_it(
    client: TestClient, db: Database, seed_run: SeedRun, pets: tuple[str, ...]
) -> None:
    for seed in (0, 1):
        run_id = seed_run(config=ON_PETS | {"seed": seed})
        with db.write() as session:
            run = get_run(session, run_id)
            run.started = {**(run.started or {}), "data_warnings": list(pets)}
    assert client.get("/api/v1/runs/1").json()["warnings"][0].startswith(CONTRADICTION)
    assert CONTRADICTION in client.get("/runs/1", headers=HTML).text
    compared = client.get("/api/v1/compare", params={"runs": "1,2"}).json()["warnings"]
    assert [said for said in compared if said.startswith(f"folder:pets: {CONTRADICTION}")] == compared[:1]
    assert CONTRADICTION in client.get("/compare?runs=1,2", headers=HTML).text
    report = client.get("/api/v1/compare", params={"runs": "1,2", "format": "markdown"}).text
    assert "Images under more than one label" in report
