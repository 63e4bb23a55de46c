"""How a search is read: what it means, and at which place it is refused, with what could have been meant."""

from collections.abc import Collection
from datetime import UTC, datetime

import pytest

from app.errors import SearchError
from app.search.parser import parse
from app.search.tree import (
    AnyOf,
    Between,
    Comparison,
    Either,
    Equal,
    Every,
    Holds,
    Mention,
    Missing,
    Node,
    Not,
)

NOW = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)


class Words:
    """A board with one field of a plugin."""

    def paths(self) -> Collection[str]:
        return ["loss.zeta"]

    def values(self, path: str) -> Collection[str]:
        return ["from_a_plugin"] if path == "loss.name" else []


def read(q: str) -> Node | None:
    return parse(q, Words(), NOW)


def plain(node: Node | None) -> object:
    """A tree in short: (field, test) for a comparison."""
    match node:
        case Comparison(field, test, negated):
            return ("not", field.name, test) if negated else (field.name, test)
        case Every(nodes):
            return ["and", *map(plain, nodes)]
        case Either(nodes):
            return ["or", *map(plain, nodes)]
        case Not(inner):
            return ["not", plain(inner)]
        case Mention(text):
            return text
    return node


def above(value: float) -> Between:
    return Between(low=value, low_open=True)


@pytest.mark.parametrize(
    ("q", "means"),
    [
        ("", None),
        (" , ", None),
        ("a b", ["and", "a", "b"]),
        ("a or b c", ["or", "a", ["and", "b", "c"]]),
        ("(a or b) AND c", ["and", ["or", "a", "b"], "c"]),
        ("not not not a", ["not", "a"]),
        ('"a and b"', "a and b"),
        ("'it\\'s'", "it's"),
        ("5'x", "5'x"),
        ("#7", ("id", Equal(7))),
        ("best in class", ["and", "best", "in", "class"]),
        ("seed=1", ("seed", Equal(1))),
        ("beta >= 0.99", ("loss.beta", Between(low=0.99))),
        ("loss.beta == 5e-1", ("loss.beta", Equal(0.5))),
        ("BETA < 1", ("loss.beta", Between(high=1, high_open=True))),
        ("beta <> 0.9", ("not", "loss.beta", Equal(0.9))),
        ("seed in (1, 2)", ("seed", AnyOf((Equal(1), Equal(2))))),
        ("seed not in(1)", ("not", "seed", AnyOf((Equal(1),)))),
        ("rate > 0.01", ("optim.learning_rate", above(0.01))),
        # 0.0043526517989 is shown as 0.004352651799: ten digits, as "%.10g" has them.
        ("rate = 0.004352651799",
         ("optim.learning_rate", Between(0.0043526517985, 0.0043526517995, high_open=True))),
        ("rate = 0.00435265179", ("optim.learning_rate", Equal(0.00435265179))),
        ("seed = 1234567890", ("seed", Equal(1234567890))),
        ("epochs = 10", ("optim.epochs", Equal(10))),
        ("beta = none", ("loss.beta", Missing())),
        ("weighting = none", ("loss.weighting", Equal("none"))),
        ("tag:paper", ("tag", Equal("paper"))),
        ("tag = paper", ("tag", Equal("paper"))),
        ("name:fig", ("name", Holds("fig"))),
        ('notes = "a b"', ("note", Equal("a b"))),
        ("state = FAILED", ("state", Equal("failed"))),
        ("accuracy > 60", ("test_accuracy", above(0.6))),
        ("accuracy > 0.6%", ("test_accuracy", above(0.006))),
        ("accuracy > 60 %", ("test_accuracy", above(0.6))),
        ("accuracy > 60 Percent", ("test_accuracy", above(0.6))),
        ("accuracy > 0.6 % x", ["and", ("test_accuracy", above(0.006)), "x"]),
        ("accuracy > 60 percentile", ["and", ("test_accuracy", above(0.6)), "percentile"]),
        ("tail in (42.5 %, 1%)", ("test_tail", AnyOf((Between(0.4245, 0.4255, high_open=True),
                                                     Between(0.005, 0.015, high_open=True))))),
        ("accuracy > 0", ("test_accuracy", above(0.0))),
        ("tail = 42.5", ("test_tail", Between(0.4245, 0.4255, high_open=True))),
        ("best.accuracy > 50", ("best.test_accuracy", above(0.5))),
        ("kappa > 0.5", ("test_kappa", above(0.5))),
        ("test_loss = 1.2", ("test_loss", Between(1.15, 1.25, high_open=True))),
        ("loss = focal", ("loss.name", Equal("focal"))),
        ("loss = CE", ("loss.name", Equal("cross_entropy"))),
        ('weighting = "class balanced"', ("loss.weighting", Equal("class_balanced"))),
        ("loss = CB-Focal",
         ["and", ("loss.name", Equal("focal")), ("loss.weighting", Equal("class_balanced"))]),
        ("loss = from_a_plugin", ("loss.name", Equal("from_a_plugin"))),
        ("loss.zeta > 2", ("loss.zeta", above(2))),
        ("CB", ["or", "CB", ("loss.weighting", Equal("class_balanced"))]),
        ("step", "step"),
        ("beta 0.99", ["or", ["and", "beta", "0.99"], ("loss.beta", Equal(0.99))]),
        ("alpha beta", ["and", "alpha", "beta"]),
        ("augment = off", ("data.augment", Equal("false"))),
        ("milestones = [6,8]", ("optim.milestones", Equal("6, 8"))),
        ("sweep = 3", ("sweep", Equal(3))),
        ("sweep = grid", ("sweep", Equal("grid"))),
        ("duration > 1h 30min", ("duration", above(5400.0))),
        ("duration < 90", ("duration", Between(high=90.0, high_open=True))),
        ("duration < 10 min x", ["and", ("duration", Between(high=600.0, high_open=True)), "x"]),
        ("created > 2 days ago", ("created", Between(low="2026-03-08T12:30:00.000Z", low_open=True))),
        ("created >= today", ("created", Between(low="2026-03-10T00:00:00.000Z"))),
        ("created = yesterday",
         ("created", Between("2026-03-09T00:00:00.000Z", "2026-03-10T00:00:00.000Z", high_open=True))),
        ("created > 2024-02", ("created", Between(low="2024-03-01T00:00:00.000Z"))),
        ("created <= 2024", ("created", Between(high="2025-01-01T00:00:00.000Z", high_open=True))),
        ("finished < 2026-01-31T14:30",
         ("finished", Between(high="2026-01-31T14:30:00.000Z", high_open=True))),
        ("archived = yes", ("archived", Equal("true"))),
    ],
)  # fmt: skip
def test_a_search_means(q: str, means: object) -> None:
    assert plain(read(q)) == means


@pytest.mark.parametrize(
    ("q", "wrong", "said", "readings"),
    [
        ("a and bta = 1", "bta", "No run has a field bta", ["a and beta = 1"]),
        ("wholly unheard of = 1", "of", "No run has a field of", None),
        (
            "tau = 1",
            "tau",
            "mixing.tau or loss.tau",
            ["mixing.tau = 1", "loss.tau = 1", "second_stage.tau = 1"],
        ),
        ("x accuracy > 0.6 y", "0.6", "60 % or 0.6 %", ["x accuracy > 60 y", "x accuracy > 0.6% y"]),
        ("accuracy in (0.425)", "0.425", "42.5 % or", ["accuracy in (42.5)", "accuracy in (0.425%)"]),
        ("tail > 1", "1", "100 % or 1 %", ["tail > 100", "tail > 1%"]),
        ("accuracy > 101", "101", "between 0 and 100", []),
        ("state = faild", "faild", "never faild", ["state = failed"]),
        ("loss = focl", "focl", "never focl", ["loss = focal"]),
        ("state > failed", "failed", "no order", []),
        ("beta = many", "many", "is a number", []),
        ("beta > none", "none", "above or below", []),
        ("seed = 1e999", "1e999", "is a number", []),
        ("created > soon", "soon", "is a time", []),
        ("created > 99999999 years ago", "99999999 years ago", "is a time", []),
        ("created > 2026-02-30", "2026-02-30", "is a time", []),
        ("created = 2 days ago", "2 days ago", "single moment", []),
        ("duration > long", "long", "is a duration", []),
        ("augment = perhaps", "perhaps", "true or false", ["augment = true", "augment = false"]),
        ("state = failed, canceled", ",", "values of a list", []),
        ("seed in (1 2)", "2", "comma is missing", []),
        ("seed in (1, 2", "(", "not closed", []),
        ("seed in (1,)", ")", "value is missing", []),
        ("seed =", "", "value is missing", []),
        ("(a", "(", "not closed", []),
        ("a)", ")", "closes nothing", []),
        ("a ()", ")", "missing before )", []),
        ('name = "a', '"', "not closed", []),
        ("and a", "and", "missing before and", []),
        ("a or", "", "missing at the end", []),
        ("a and or b", "or", "missing before or", []),
        ("not", "", "missing at the end", []),
        ("= 3", "=", "field is missing", []),
        ("a\0b", "\0", "holds this character", []),
    ],
)
def test_a_search_is_refused_at_its_place(q: str, wrong: str, said: str, readings: list[str] | None) -> None:
    with pytest.raises(SearchError) as refused:
        read(q)
    error = refused.value
    assert q[error.position : error.position + error.length] == wrong
    assert said in error.message
    assert readings is None or list(error.readings) == readings
    for reading in error.readings:
        read(reading)
