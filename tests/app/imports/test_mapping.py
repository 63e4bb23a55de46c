"""Which metric is taken for which figure, in which unit; and what is never taken for a figure."""

import pytest

from app.errors import InvalidError
from app.imports.mapping import MetricMap, Understood, understand, usual_figure
from app.imports.records import SourceRun


def run(**metrics: dict[int, float | None]) -> SourceRun:
    named = {name.replace("__", "/"): series for name, series in metrics.items()}
    return SourceRun(tool="csv", key="k", name="n", metrics=named)


def one(source: SourceRun, *words: str, unit: str = "auto") -> Understood:
    [found] = understand([source], MetricMap.parse(words), unit)  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(
    ("name", "figure"),
    [("test_acc", "test_accuracy"), ("test/accuracy", "test_accuracy"), ("Acc/Test", "test_accuracy"),
     ("val_acc", "validation_accuracy"), ("eval.accuracy", "validation_accuracy"),
     ("Loss/train", "train_loss"),
     ("val_balanced_accuracy", "validation_balanced_accuracy"), ("test_top1", "test_accuracy"),
     ("acc", None), ("accuracy", None), ("loss", None), ("test_acc_top5", None), ("test_acc5", None),
     ("contest_acc", None), ("test", None), ("val_accident", None)],
)  # fmt: skip
def test_names_say_what_a_metric_is_or_say_nothing(name: str, figure: str | None) -> None:
    assert usual_figure(name) == figure


def test_validation_is_never_taken_for_test_unless_somebody_says_so() -> None:
    source = run(val_acc={1: 0.5, 2: 0.6})
    assert one(source).final("test_accuracy") is None
    assert one(source).final("validation_accuracy") == 0.6
    said = one(source, "test_accuracy=val_acc")
    assert said.figures == {"test_accuracy": "val_acc"}, "and not for both"
    assert said.final("test_accuracy") == 0.6


def test_percents_become_fractions_whatever_run_shows_that_they_are_percents() -> None:
    low, high = run(test_acc={1: 0.9}, test_loss={1: 9.0}), run(test_acc={1: 55.0})
    first, second = understand([low, high], MetricMap())
    assert first.final("test_accuracy") == pytest.approx(0.009)
    assert second.final("test_accuracy") == 0.55
    assert first.final("test_loss") == 9.0, "a loss has no unit"
    assert one(low).final("test_accuracy") == 0.9
    assert one(low, unit="percent").final("test_accuracy") == pytest.approx(0.009)


def test_recalls_by_class_share_their_unit() -> None:
    """A rare class, of whose 100 images one is found, has a recall of 1 %."""
    found = one(run(recall__car={1: 93.0}, recall__rare={1: 1.0}, recall__none={1: 0.0}, val_acc={1: 0.9}))
    assert found.recall() == pytest.approx({"car": 0.93, "rare": 0.01, "none": 0.0})
    assert found.final("validation_accuracy") == 0.9, "which may be logged by another hand"
    shares = one(run(recall__car={1: 0.93}, recall__rare={1: 1.0}))
    assert shares.recall() == {"car": 0.93, "rare": 1.0}


@pytest.mark.parametrize(
    ("value", "unit"), [(101.0, "auto"), (-0.1, "auto"), (1.5, "fraction"), (200.0, "percent")]
)
def test_what_is_no_accuracy_is_refused(value: float, unit: str) -> None:
    with pytest.raises(InvalidError, match="is no accuracy"):
        one(run(test_acc={1: value}), unit=unit)


def test_the_value_at_the_last_step_counts_even_where_it_is_none() -> None:
    assert one(run(test_acc={10: 0.5, 2: 0.9})).final("test_accuracy") == 0.5
    assert one(run(test_acc={1: 0.5, 2: None})).final("test_accuracy") is None
    assert one(run(test_acc={})).final("test_accuracy") is None


def test_classes_by_their_usual_names_and_by_a_pattern() -> None:
    usual = run(test__class_recall__cat={1: 90.0}, per_class_accuracy__dog={1: 50.0}, recall__fox={1: 1.0},
                test__accuracy={1: 60.0}, acc__cat={1: 3.0})  # fmt: skip
    assert one(usual).recall() == {"cat": 0.9, "dog": 0.5, "fox": 1.0}
    mapped = one(run(r_cat_end={1: 0.5}, r_dog_end={1: 0.25}, r_end={1: 7.0}), "class=r_*_end")
    assert mapped.recall() == {"cat": 0.5, "dog": 0.25}


@pytest.mark.parametrize(
    "word", ["accuracy=x", "test_accuracy", "test_accuracy=", "class=recall", "class=*/*"]
)
def test_a_word_that_says_nothing_is_named(word: str) -> None:
    with pytest.raises(InvalidError) as refused:
        MetricMap.parse([word])
    assert refused.value.fields[0].path == f"--map {word}"


def test_a_metric_that_no_run_has_is_named_with_those_that_there_are() -> None:
    with pytest.raises(InvalidError) as refused:
        one(run(val_acc={1: 0.5}), "test_accuracy=tst_acc")
    assert "there are val_acc" in refused.value.fields[0].message
