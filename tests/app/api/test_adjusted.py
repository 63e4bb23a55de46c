"""/runs/{id}/adjusted: before and after against the run's own figures, refusals, figures, the page."""

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score
from starlette.testclient import TestClient

from app.settings import Settings
from app.store.engine import Database
from app.store.tables import Run
from tests.app.logits import keep_run, learnt
from tests.conftest import TRAIN_COUNTS, SeedRun

PI = np.array(TRAIN_COUNTS) / sum(TRAIN_COUNTS)
Asked = Any


@pytest.fixture
def run_id(seed_run: SeedRun, db: Database, settings: Settings) -> int:
    return keep_run(seed_run, db, settings)


def asked(client: TestClient, run_id: int, **words: object) -> Any:
    answer = client.get(f"/api/v1/runs/{run_id}/adjusted", params={k: str(v) for k, v in words.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()


def figures(view: Any, side: str) -> dict[str, float]:
    return {one["name"]: one[side] for one in view["figures"]}


def refused(client: TestClient, run_id: int, **words: object) -> dict[str, str]:
    answer = client.get(f"/api/v1/runs/{run_id}/adjusted", params={k: str(v) for k, v in words.items()})
    assert answer.status_code == 422, answer.text
    return {one["path"]: one["message"] for one in answer.json()["error"]["fields"]}


def test_before_is_what_the_run_measured_and_nothing_asked_changes_nothing(
    client: TestClient, run_id: int
) -> None:
    view, stored = asked(client, run_id), client.get(f"/api/v1/runs/{run_id}").json()["last"]
    for name in ("accuracy", "balanced_accuracy", "head", "tail", "worst_class", "macro_f1"):
        assert figures(view, "before")[name] == pytest.approx(stored[f"test_{name}"])
    assert figures(view, "before") == figures(view, "after")
    assert view["before"] == view["after"]
    assert (view["formula"], view["notes"], view["exact"]) == ("softmax(z)", [], True)
    classes = client.get(f"/api/v1/runs/{run_id}/classes").json()["classes"]
    told = [{k: one["before"][k] for k in ("recall", "precision")} for one in view["classes"]]
    assert told == [{k: one[k] for k in ("recall", "precision")} for one in classes]


def test_after_is_what_a_hand_would_get(client: TestClient, run_id: int) -> None:
    answers = learnt(0, 60)
    guesses = (answers.logits.astype(np.float16) - 1.2 * np.log(PI)).argmax(axis=1)
    view = asked(client, run_id, tau=1.2)
    after = figures(view, "after")
    assert after["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(answers.labels, guesses))
    assert np.trace(view["after"]["confusion"]) == (guesses == answers.labels).sum()
    assert [one["after"]["predicted"] for one in view["classes"]] == np.bincount(
        guesses, minlength=3
    ).tolist()
    assert view["formula"] == "softmax(z − 1.2 log π)"
    found = [one["found"] for one in view["after"]["bins"] if one["found"] is not None]
    assert 0 < len(found) <= 15
    assert sum(one["share"] for one in view["after"]["bins"]) == pytest.approx(1)


def test_tau_is_chosen_on_validation_and_test_is_marked(client: TestClient, run_id: int) -> None:
    held_out = learnt(1, 40)
    taus = [at / 10 for at in range(41)]
    scores = [
        balanced_accuracy_score(
            held_out.labels, (held_out.logits.astype(np.float16) - tau * np.log(PI)).argmax(axis=1)
        )
        for tau in taus
    ]
    view = asked(client, run_id, tau="validation")
    number = next(one for one in view["numbers"] if one["name"] == "tau")
    assert (number["value"], number["chosen_on"]) == (taus[int(np.argmax(scores))], "validation")
    assert view["curve"]["best"] == number["value"]
    assert view["exact"]
    assert any(
        note.startswith("Chosen on 40 validation images of the smallest class") for note in view["notes"]
    )
    flattered = asked(client, run_id, tau="test")
    assert not flattered["exact"]
    assert "bear no claim" in flattered["notes"][0]


@pytest.mark.slow
def test_without_validation_the_curve_says_that_it_is_of_test(
    client: TestClient, seed_run: SeedRun, db: Database, settings: Settings
) -> None:
    run_id = keep_run(seed_run, db, settings, validation=0)
    view = asked(client, run_id)
    assert view["curve"]["chosen_on"] == "test"
    assert {one["validation"] for one in view["curve"]["points"]} == {None}
    answer = client.get(f"/api/v1/runs/{run_id}/adjusted?tau=validation")
    assert answer.status_code == 404
    assert "has no validation split" in answer.json()["error"]["message"]
    assert "flattered" in client.get(f"/runs/{run_id}/adjust").text


def test_a_prior_re_weights_and_is_measured_by_its_shares(client: TestClient, run_id: int) -> None:
    answers, prior = learnt(0, 60), np.array([0.1, 0.2, 0.7])
    view = asked(client, run_id, prior="1,2,7")
    assert view["prior"] == pytest.approx(prior.tolist())
    assert view["formula"] == "softmax(z − 1 log π + log q)"
    guesses = (answers.logits.astype(np.float16) - np.log(PI) + np.log(prior)).argmax(axis=1)
    recall = [(guesses[answers.labels == at] == at).mean() for at in range(3)]
    assert figures(view, "after")["at_prior"] == pytest.approx(float(np.dot(recall, prior)))
    same = asked(client, run_id, prior="train")
    assert same["before"]["confusion"] == same["after"]["confusion"]


@pytest.mark.parametrize(
    ("config", "words", "said"),
    [
        ({"loss": {"name": "balanced_softmax"}}, {"tau": 1}, "The prior counts twice: balanced_softmax"),
        ({"sampling": {"name": "class_balanced"}}, {"tau": 1}, "in part: training draws class_balanced"),
        (
            {"second_stage": {"name": "logit_adjustment"}},
            {"tau": 1},
            "the second stage of this run has taken it",
        ),
        ({"second_stage": {"name": "crt"}}, {"tau": 1}, "the second stage, crt, draws class_balanced"),
        ({"second_stage": {"name": "tau_norm"}}, {"norm": 1}, "has shortened the weights already"),
        ({"loss": {"name": "focal", "probability": "sigmoid"}}, {"tau": 1}, "a sigmoid for each class"),
        ({}, {"norm": 1}, "the bias is dropped, and it is as exact as float16"),
        ({}, {"tau": 4, "norm": "test"}, "chosen by looking at the test images"),
    ],
)
def test_where_it_does_not_hold_it_says_so(
    client: TestClient,
    seed_run: SeedRun,
    db: Database,
    settings: Settings,
    config: Any,
    words: Any,
    said: str,
) -> None:
    run_id = keep_run(seed_run, db, settings, config=config)
    assert said in " ".join(asked(client, run_id, **words)["notes"])
    if "tau" in words and config:
        assert not any("twice" in note for note in asked(client, run_id)["notes"])


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"loss": {"name": "ldam"}}, "cosine classifier all have length 1"),
        ({"second_stage": {"name": "ncm"}}, "nearest class means hold a square"),
    ],
)
def test_norm_is_refused_where_logits_are_no_linear_layers(
    client: TestClient, seed_run: SeedRun, db: Database, settings: Settings, config: Any, said: str
) -> None:
    run_id = keep_run(seed_run, db, settings, config=config)
    assert said in refused(client, run_id, norm=1)["norm"]
    assert asked(client, run_id, tau=1)["formula"] == "softmax(z − 1 log π)"


def test_what_cannot_be_read_is_refused_by_name(client: TestClient, run_id: int) -> None:
    assert set(refused(client, run_id, tau="much", prior="1,2", temperature=99)) == {"tau", "temperature"}
    assert "3 classes" in refused(client, run_id, prior="1,2")["prior"]


def test_a_run_without_logits_says_why(
    client: TestClient, seed_run: SeedRun, db: Database, settings: Settings
) -> None:
    answer = client.get(f"/runs/{seed_run()}/adjust", headers={"Accept": "text/html"})
    assert (answer.status_code, "keeps no predictions on test" in answer.text) == (404, True)
    assert client.get("/api/v1/runs/99/adjusted").status_code == 404


def test_a_run_that_diverged_is_not_adjusted(
    client: TestClient, seed_run: SeedRun, db: Database, settings: Settings
) -> None:
    from tests.app.predictions import write_predictions

    run_id, answers = keep_run(seed_run, db, settings), learnt(0, 60)
    answers.logits[3, 1] = np.nan
    write_predictions(settings.runs_dir, run_id, answers, epoch=1)
    answer = client.get(f"/api/v1/runs/{run_id}/adjusted")
    assert (answer.status_code, "diverged" in answer.json()["error"]["message"]) == (404, True)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["confusion", "reliability", "tau"])
def test_figures_and_their_tables(client: TestClient, run_id: int, name: str) -> None:
    path = f"/api/v1/runs/{run_id}/adjusted/figures/{name}"
    drawn = client.get(f"{path}?tau=1&theme=dark").json()
    assert drawn["data"]
    assert drawn["layout"]["height"] > 200
    if name == "reliability":
        assert drawn["layout"]["barmode"] == "overlay", "bars beside each other leave their bins"
    lines = client.get(f"{path}/table.csv?tau=1").text.splitlines()
    assert len(lines) == {"confusion": 4, "reliability": 16, "tau": 42}[name]
    missing = client.get(f"/api/v1/runs/{run_id}/adjusted/figures/other")
    assert (missing.status_code, "reliability" in missing.json()["error"]["hint"]) == (404, True)


@pytest.mark.slow
def test_the_page_is_a_form_that_says_what_its_twin_says(client: TestClient, run_id: int) -> None:
    page, view = client.get(f"/runs/{run_id}/adjust?tau=1.2").text, asked(client, run_id, tau=1.2)
    assert view["formula"] in page
    assert f"{100 * figures(view, 'after')['tail']:.1f}" in page
    assert f'href="/compare?runs={run_id}&amp;adjusted={run_id}:tau=1.2"' in page
    assert f'href="/runs/{run_id}/adjust?tau=validation"' in page
    assert "Put into Compare" not in client.get(f"/runs/{run_id}/adjust").text
    assert f"/runs/{run_id}/adjust" in client.get(f"/runs/{run_id}").text


@pytest.mark.slow
def test_a_baseline_goes_into_compare_without_the_others_of_its_sweep(
    client: TestClient, db: Database, run_id: int, seed_run: SeedRun
) -> None:
    weighted = {"weighting": "class_balanced", "beta": 0.99}
    base = {"data": {"validation_fraction": 0.1}, "optim": {"epochs": 1, "milestones": []}}
    other = seed_run(config={**base, "loss": weighted}, epochs=1)
    beside = {f"loss.{name}": value for name, value in weighted.items()}
    body = {"base": base, "axes": {"seed": [0]}, "baselines": [beside]}
    sweep_id = client.post("/api/v1/sweeps", json=body).json()["id"]
    with db.write() as session:
        for one in (run_id, other):
            session.get_one(Run, one).sweep_id = sweep_id
    page = client.get(f"/runs/{run_id}/adjust?tau=1.2").text
    assert f'href="/compare?runs={run_id}&amp;adjusted={run_id}:tau=1.2"' in page


@pytest.mark.parametrize(
    ("config", "has_norm"),
    [({}, True), ({"loss": {"name": "ldam"}}, False), ({"second_stage": {"name": "ncm"}}, False)],
)
def test_the_page_offers_what_does_something(
    client: TestClient, seed_run: SeedRun, db: Database, settings: Settings, config: Asked, has_norm: bool
) -> None:
    run_id = keep_run(seed_run, db, settings, config=config)
    page = client.get(f"/runs/{run_id}/adjust", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert 'name="tau"' in page.text
    assert ('name="norm"' in page.text) is has_norm
    if not has_norm:
        assert "norm" in refused(client, run_id, norm=1)
