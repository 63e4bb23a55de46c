"""Adjusted logits as rows of a comparison: their figures, pairs, limits, colours, what they leave alone."""

import re
from collections.abc import Sequence
from html import unescape
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score
from starlette.testclient import TestClient

from app.comparing.adjusted.words import adjusted_word
from app.comparing.figures.rows import styles_of
from app.comparing.figures.source import FigureRequest, Source
from app.comparing.options import CompareOptions
from app.comparing.view import Comparison
from app.errors import InvalidError
from app.figures.theme import LIGHT
from app.settings import Settings
from app.store.engine import Database
from tests.app.comparing.boards import Board, claims, gain, row, said
from tests.app.logits import keep_run, learnt
from tests.conftest import TRAIN_COUNTS, SeedRun

PI = np.log(np.array(TRAIN_COUNTS) / sum(TRAIN_COUNTS))
SEEDS = (0, 1, 2)
TAUS = [at / 10 for at in range(41)]


@pytest.fixture
def runs(board: Board, seed_run: SeedRun, db: Database, settings: Settings) -> Board:
    """Cross-entropy on three seeds, with logits."""
    board.ids += [keep_run(seed_run, db, settings, seed) for seed in SEEDS]
    return board


def guesses(number: int, of_each: int, tau: float) -> Any:
    answers = learnt(number, of_each)
    return answers.labels, (answers.logits.astype(np.float16) - tau * PI).argmax(axis=1)


def accuracies(taus: Sequence[float]) -> list[float]:
    """Of the seeds' test images, each at its tau."""
    pairs = (guesses(2 * seed, 60, tau) for seed, tau in zip(SEEDS, taus, strict=True))
    return [float((labels == answers).mean()) for labels, answers in pairs]


def chosen_by_hand() -> list[float]:
    """The tau of each seed that its own validation images choose."""
    found = []
    for seed in SEEDS:
        scores = [balanced_accuracy_score(*guesses(2 * seed + 1, 40, tau)) for tau in TAUS]
        found.append(TAUS[int(np.argmax(scores))])
    return found


def view(board: Board, *words: str, **asked: Any) -> Comparison:
    return board.view(adjusted=tuple(map(adjusted_word, words)), **asked)


def test_a_row_has_the_figures_of_its_runs_read_again(runs: Board) -> None:
    seen = view(runs, f"{runs.ids[1]}:tau=1.2")
    assert [one.label for one in seen.rows] == ["CE", "CE + tau 1.2"]
    ours, wanted = row(seen, "CE + tau 1.2"), accuracies([1.2] * 3)
    assert ours.metrics["accuracy"].mean == pytest.approx(fmean(wanted))
    assert ours.metrics["accuracy"].sd == pytest.approx(stdev(wanted))
    recall = [
        [(a == c)[y == c].mean() for c in range(3)] for y, a in (guesses(2 * s, 60, 1.2) for s in SEEDS)
    ]
    assert [one.mean for one in ours.classes] == pytest.approx(np.mean(recall, axis=0).tolist())
    assert (ours.kind, ours.n, ours.run_ids) == ("setting", 3, tuple(runs.ids))
    assert ours.setting_hash != row(seen, "CE").setting_hash
    assert ours.metrics["tail"].mean == pytest.approx(np.mean(recall, axis=0)[2])
    plain = row(runs.view(), "CE").metrics
    assert {name: one.mean for name, one in row(seen, "CE").metrics.items()} == {
        name: one.mean for name, one in plain.items()
    }


def test_each_seed_chooses_its_tau_on_its_own_validation_images(runs: Board) -> None:
    taus, label = chosen_by_hand(), "CE + tau by validation"
    seen = view(runs, f"{runs.ids[0]}:tau=validation")
    ours = row(seen, label)
    assert ours.adjusted is not None
    assert [one.tau for one in ours.adjusted.runs] == taus
    assert ours.adjusted.chosen_on == "validation"
    assert ours.metrics["accuracy"].mean == pytest.approx(fmean(accuracies(taus)))
    assert seen.chosen_by == "validation"
    assert seen.best == label


def test_a_run_without_logits_counts_in_its_setting_and_not_in_the_row(
    runs: Board, settings: Settings
) -> None:
    lost = runs.ids[1]
    for file in (settings.runs_dir / str(lost) / "predictions").iterdir():
        file.unlink()
    seen = view(runs, f"{runs.ids[0]}:tau=1.2")
    ours = row(seen, "CE + tau 1.2")
    assert (row(seen, "CE").n, ours.n) == (3, 2)
    assert ours.run_ids == (runs.ids[0], runs.ids[2])
    first, _, third = accuracies([1.2] * 3)
    assert ours.metrics["accuracy"].mean == pytest.approx(fmean([first, third]))
    gaps = np.subtract(accuracies([1.2] * 3), accuracies([0] * 3))[[0, 2]]
    assert gain(seen, "CE + tau 1.2").mean == pytest.approx(gaps.mean()), "by the runs that both have"
    assert ours.adjusted is not None
    assert f"Not counted here: Run {lost} keeps no predictions on test." in " ".join(ours.adjusted.notes)
    for run_id in (runs.ids[0], runs.ids[2]):
        for file in (settings.runs_dir / str(run_id) / "predictions").iterdir():
            file.unlink()
    with pytest.raises(InvalidError):
        view(runs, f"{runs.ids[0]}:tau=1.2")


def test_a_repeat_of_a_run_without_logits_does_not_stand_in_for_it(
    runs: Board, seed_run: SeedRun, db: Database, settings: Settings
) -> None:
    """The row is of the runs that its setting reports, and a repeat of one is none of them."""
    runs.ids.append(keep_run(seed_run, db, settings, SEEDS[1]))
    for file in (settings.runs_dir / str(runs.ids[1]) / "predictions").iterdir():
        file.unlink()
    ours = row(view(runs, f"{runs.ids[0]}:tau=1.2"), "CE + tau 1.2")
    assert (ours.n, ours.run_ids) == (2, (runs.ids[0], runs.ids[2]))


def test_two_readings_of_the_same_networks_are_paired(runs: Board) -> None:
    seen = view(runs, f"{runs.ids[0]}:tau=1.2")
    gaps = np.subtract(accuracies([1.2] * 3), accuracies([0] * 3))
    delta = gain(seen, "CE + tau 1.2")
    assert (seen.pairing, delta.method, delta.n) == ("welch", "paired", 3)
    assert delta.mean == pytest.approx(gaps.mean())
    assert delta.sd == pytest.approx(gaps.std(ddof=1))


def test_independent_rows_stay_independent(
    runs: Board, seed_run: SeedRun, db: Database, settings: Settings
) -> None:
    runs.ids += [
        keep_run(seed_run, db, settings, seed + 5, config={"loss": {"name": "balanced_softmax"}})
        for seed in SEEDS
    ]
    seen = view(runs, f"{runs.ids[0]}:tau=1.2", baseline="BalSoftmax")
    assert gain(seen, "CE + tau 1.2").method == "welch"
    plain = runs.view(baseline="BalSoftmax")
    assert gain(seen, "CE").low == gain(plain, "CE").low


def test_what_was_chosen_on_test_is_shown_and_bears_nothing(runs: Board) -> None:
    seen = view(runs, f"{runs.ids[0]}:tau=test")
    ours = row(seen, "CE + tau by test")
    assert ours.metrics["accuracy"].mean is not None
    assert (ours.deltas, ours.tied_with_best) == ({}, {})
    assert ours.why == "adjusted by a number that was chosen on the test set"
    assert "CE + tau by test: adjusted by a number that was chosen on the test set" in said(seen)
    assert claims(seen) == []
    assert seen.verdicts == ()
    with pytest.raises(InvalidError):
        view(runs, f"{runs.ids[0]}:tau=test", baseline="CE + tau by test")


def test_a_typed_number_is_said_to_be_one(runs: Board) -> None:
    text = said(view(runs, f"{runs.ids[0]}:tau=1.2"))
    assert "The numbers of CE + tau 1.2 were typed: picked by their test figures" in text
    for usual in ("tau=1", "norm=1", "tau=validation", "temperature=2"):
        assert "typed" not in said(view(runs, f"{runs.ids[0]}:{usual}"))


def test_what_it_does_not_fit_is_said_once(
    board: Board, seed_run: SeedRun, db: Database, settings: Settings
) -> None:
    board.ids += [
        keep_run(seed_run, db, settings, seed, config={"loss": {"name": "balanced_softmax"}})
        for seed in SEEDS
    ]
    text = said(view(board, f"{board.ids[0]}:tau=1"))
    assert text.count("The prior counts twice: balanced_softmax") == 1


@pytest.mark.parametrize(
    ("word", "what"),
    [
        ("99:tau=1", "run 99 is not among the runs that are compared"),
        ("tau=1", "must begin with the number of a run"),
        ("1:", "asks for nothing"),
        ("1:beta=2", "must be one of tau, norm, temperature, prior"),
        ("1:tau=1:tau=2", "each once"),
        ("1:tau=9", "must be 0 to 4"),
        ("1:prior=1/2", "this run has 3 classes"),
    ],
)
def test_what_cannot_be_a_row_is_refused(runs: Board, word: str, what: str) -> None:
    with pytest.raises(InvalidError) as refused:
        view(runs, word.replace("1:", f"{runs.ids[0]}:", 1) if word.startswith("1:") else word)
    assert what in " ".join(one.message for one in refused.value.fields)


def test_a_run_that_kept_no_logits_says_so(runs: Board) -> None:
    bare = runs.add(seed=9)
    with pytest.raises(InvalidError) as refused:
        view(runs, f"{bare}:tau=1")
    assert f"Run {bare} keeps no predictions on test" in refused.value.fields[0].message


def sources(board: Board, session: Any, word: str, **asked: Any) -> Source:
    options = CompareOptions(adjusted=(adjusted_word(word),), **asked)
    request = FigureRequest(tuple(board.ids), LIGHT, options=options)
    return Source(session, request, board.settings)


def test_the_difference_of_confusion_is_of_the_answers_now(runs: Board) -> None:
    with runs.db.read() as session:
        found = sources(runs, session, f"{runs.ids[0]}:tau=1.2").confusion
    assert (found.a, found.b) == ("CE + tau 1.2", "CE")

    def share(tau: float, true: int, predicted: int) -> float:
        pairs = (guesses(2 * seed, 60, tau) for seed in SEEDS)
        return fmean(float((answers[labels == true] == predicted).mean()) for labels, answers in pairs)

    for true, predicted in ((2, 0), (2, 2), (0, 0)):
        gap = share(1.2, true, predicted) - share(0, true, predicted)
        assert found.matrix[true][predicted] == pytest.approx(gap, abs=1e-9)


def test_it_has_no_curve_and_may_still_be_the_baseline(runs: Board) -> None:
    with runs.db.read() as session:
        source = sources(runs, session, f"{runs.ids[0]}:tau=1", baseline="CE + tau 1")
        assert source.comparison.baseline == "CE + tau 1"
        assert [curve.label for curve in source.curves.curves] == ["CE"]


@pytest.mark.slow
def test_colours_of_settings_stay_and_a_reading_has_its_own(runs: Board) -> None:
    words = [f"{runs.ids[0]}:tau={tau}" for tau in (1, 1.2, 2)]
    plain, styles = styles_of(runs.view().rows), styles_of(view(runs, *words).rows)
    assert styles["CE"] == plain["CE"]
    looks = {(one.light, one.dash, one.symbol) for one in styles.values()}
    assert len(looks) == 4
    assert len({one.light for one in styles.values()}) == 4


@pytest.mark.slow
def test_it_is_exported_and_can_be_taken_away(runs: Board, client: TestClient) -> None:
    ids = ",".join(map(str, runs.ids))
    word = f"{runs.ids[0]}:tau=validation"
    for form in ("csv", "markdown", "latex"):
        text = client.get(f"/api/v1/compare?runs={ids}&adjusted={word}&format={form}").text
        assert "CE + tau by validation" in text
    page = client.get(f"/compare?runs={ids}&adjusted={word}").text
    assert "tau " + " · ".join(f"{tau:.3g}" for tau in chosen_by_hand()) in page
    assert f'href="/compare?runs={ids}#table"' in page
    assert f'href="/runs/{runs.ids[0]}/adjust?tau=validation"' in page
    report = client.get(f"/compare/report.html?runs={ids}&adjusted={word}").text
    assert "CE + tau by validation" in report
    answer = client.get(f"/api/v1/figures/compare-recall?runs={ids}&adjusted={word}")
    assert "CE + tau by validation" in answer.text


@pytest.mark.slow
@pytest.mark.parametrize("word", ["baseline", "a", "b"])
def test_a_row_that_others_are_held_against_can_be_taken_away(
    runs: Board, client: TestClient, word: str
) -> None:
    ids, label = ",".join(map(str, runs.ids)), "CE + tau 1.2"
    asked = {"runs": ids, "adjusted": f"{runs.ids[0]}:tau=1.2", word: label}
    page = client.get("/compare", params=asked).text
    (link,) = re.findall(rf'href="([^"]*)#table" aria-label="remove {re.escape(label)}"', page)
    assert unescape(link) == f"/compare?runs={ids}"


@pytest.mark.slow
def test_a_caption_says_of_a_row_that_the_test_set_chose_it(runs: Board, client: TestClient) -> None:
    ids = ",".join(map(str, runs.ids))
    table = client.get(f"/api/v1/compare?runs={ids}&adjusted={runs.ids[0]}:tau=test&format=latex").text
    assert (
        "Adjusted by what these test images chose, so flattered and not compared: CE + tau by test." in table
    )
