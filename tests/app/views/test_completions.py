"""What could be typed next: fields, signs and values that the board has, in place of what is typed there."""

from collections.abc import Callable, Sequence

import pytest

from app.store.engine import Database
from app.views.completions import Completions, completions

pytestmark = pytest.mark.slow

SeedRun = Callable[..., int]
BALANCED = {"weighting": "class_balanced", "beta": 0.99}


@pytest.fixture
def offered(db: Database, seed_run: SeedRun) -> Callable[[str], Completions]:
    """What is offered at the | of a search, on a board of three runs."""
    seed_run(config={"seed": 12, "loss": {"name": "focal"}}, tags=["paper", "to do"], name="first")
    seed_run(config={"loss": BALANCED}, tags=["paper"])
    seed_run("failed", config={"loss": BALANCED | {"beta": 0.9}})

    def at(text: str) -> Completions:
        before, _, after = text.partition("|")
        with db.read() as s:
            return completions(s, before + after, len(before))

    return at


def texts(found: Completions) -> list[str]:
    return [item.text for item in found.items]


@pytest.mark.parametrize(
    ("typed", "first", "place"),
    [
        ("|", ["state ", "loss.name ", "loss.beta "], (0, 0)),
        ("be|", ["beta ", "best.test_accuracy "], (0, 2)),
        ("loss.be|ta > 1", ["loss.beta "], (0, 9)),
        ("state = failed and acc|", ["accuracy "], (19, 22)),
        ("state = failed |", ["and ", "or ", "state "], (15, 15)),
        ("(|", ["state "], (1, 1)),
        ("not |", ["state "], (4, 4)),
        ("beta |", ["> ", ">= ", "< ", "<= ", "= ", "!= ", "in ("], (5, 5)),
        ("state |", ["= ", "!= ", "in ("], (6, 6)),
        ("name |", [": ", "= ", "!= "], (5, 5)),
        ("beta = |", ["0.9 ", "0.99 "], (7, 7)),
        ("beta = 0.99|", ["0.99 "], (7, 11)),
        ("beta in (0.9, |", ["0.9 ", "0.99 "], (14, 14)),
        ("loss = fo|o", ["focal "], (7, 10)),
        ("seed = 1|", ["12 "], (7, 8)),
        ("tag:|", ["paper ", '"to do" '], (4, 4)),
        ('tag = "to|', ['"to do" '], (6, 9)),
        ("state = fai|", ["failed "], (8, 11)),
        ("created > 2 d|", ["2 days ago "], (10, 13)),
        ("augment = |", ["true ", "false "], (10, 10)),
        ("dataset:|", ["shapes10 "], (8, 8)),
    ],
)
def test_offers(
    offered: Callable[[str], Completions], typed: str, first: Sequence[str], place: tuple[int, int]
) -> None:
    found = offered(typed)
    assert texts(found)[: len(first)] == list(first)
    assert (found.start, found.end) == place


@pytest.mark.parametrize(
    "typed", ['"be|', "nothing.like = 1 and be|", "accuracy > 0.6 and be|", "zzzz|", "a) be|"]
)
def test_offers_nothing_in_text_and_behind_a_mistake(
    offered: Callable[[str], Completions], typed: str
) -> None:
    assert texts(offered(typed)) == []


def test_offers_only_what_runs_have(offered: Callable[[str], Completions]) -> None:
    assert texts(offered("weights_from|")) == ["weights_from "]
    assert texts(offered("mixed_batches|")) == []
    assert texts(offered("validation_accuracy|")) == []
    assert "cross_entropy " in texts(offered("loss = |"))
    assert "ldam " not in texts(offered("loss = |"))
