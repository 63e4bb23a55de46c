"""Words of an adjustment: read, written again, refused by name."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidError
from app.views.adjusted.point import Point, point, shares_of

NAMES = ("cat", "dog", "fox")
numbers = st.floats(0.05, 4).map(lambda value: round(value, 3))
asked = st.one_of(st.none(), numbers, st.sampled_from(["validation", "test"]))
typed = st.lists(numbers, min_size=1, max_size=5).map(lambda row: ", ".join(map(str, row)))
priors = st.one_of(st.sampled_from(["", "uniform", "train", "test", "forward_50", "backward_2"]), typed)


@given(asked, asked, asked, priors)
def test_what_is_written_is_read_again(tau: object, norm: object, heat: object, prior: str) -> None:
    words = {"tau": tau, "norm": norm, "temperature": heat, "prior": prior}
    found = point({name: "" if value is None else str(value) for name, value in words.items()})
    assert point(found.words) == found
    assert (found.tau, found.norm, found.temperature) == (tau, norm, heat)


def test_every_refused_word_is_named_at_once() -> None:
    with pytest.raises(InvalidError) as refused:
        point({"tau": "5", "norm": "-1", "temperature": "0", "prior": "3,0"}, "adjusted.")
    found = {one.path: one.message for one in refused.value.fields}
    assert set(found) == {"adjusted.tau", "adjusted.norm", "adjusted.temperature", "adjusted.prior"}
    assert found["adjusted.tau"].startswith("must be 0 to 4, or validation or test")
    for text in ("nan", "inf", "1,2"):
        with pytest.raises(InvalidError):
            point({"tau": text})


@given(st.lists(st.floats(1e-150, 1e308, allow_subnormal=False), min_size=3, max_size=3))
def test_typed_shares_are_those_of_exact_arithmetic(row: list[float]) -> None:
    typed = [float(f"{one:.10g}") for one in row]
    exact = [Fraction(one) / sum(map(Fraction, typed)) for one in typed]
    asked = point({"prior": ",".join(map(repr, row))})
    if min(exact) < 1e-300:
        return
    assert shares_of(asked.prior, (1, 1, 1), (1, 1, 1), NAMES) == pytest.approx([*map(float, exact)])


def test_shares_that_are_none_beside_the_others_are_refused() -> None:
    with pytest.raises(InvalidError) as refused:
        shares_of("1e+308/1e-300/1", (1, 1, 1), (1, 1, 1), NAMES)
    assert refused.value.fields[0].message.startswith("leaves class dog without a share")
    huge = shares_of("1e+308/1e+308/1e+308", (1, 1, 1), (1, 1, 1), NAMES)
    assert huge == pytest.approx((1 / 3, 1 / 3, 1 / 3))


def test_labels_say_what_was_asked_not_what_came_out() -> None:
    assert Point(tau=1.2).label == "tau 1.2"
    assert Point(tau="validation", temperature=2.0).label == "tau by validation, temperature 2"
    assert Point(norm=1.0, prior="forward_50").label == "tau-norm 1, prior forward 50"
    assert Point(prior="3/1/1").label == "prior typed"
    assert (Point(tau=1.0).chosen_on, Point(tau="test", norm="validation").chosen_on) == ("given", "test")


@pytest.mark.parametrize(
    ("prior", "shares"),
    [
        ("uniform", [1 / 3] * 3),
        ("train", [100 / 140, 30 / 140, 10 / 140]),
        ("test", [0.5, 0.25, 0.25]),
        ("3/1/1", [0.6, 0.2, 0.2]),
        ("forward_50", [50 / (51 + 50**0.5), 50**0.5 / (51 + 50**0.5), 1 / (51 + 50**0.5)]),
        ("backward_50", [1 / (51 + 50**0.5), 50**0.5 / (51 + 50**0.5), 50 / (51 + 50**0.5)]),
    ],
)
def test_shares_of_a_prior(prior: str, shares: list[float]) -> None:
    found = shares_of(prior, (100, 30, 10), (20, 10, 10), NAMES)
    assert found == pytest.approx(tuple(shares), rel=1e-12)


@pytest.mark.parametrize(
    ("prior", "said"),
    [("1/2", "has 2 numbers; this run has 3 classes"), ("test", "leaves class dog without a share")],
)
def test_a_prior_that_does_not_fit_says_why(prior: str, said: str) -> None:
    with pytest.raises(InvalidError) as refused:
        shares_of(prior, (100, 30, 10), (20, 0, 10), NAMES)
    assert said in refused.value.fields[0].message
