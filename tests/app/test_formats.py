"""How numbers, times and sizes read."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import formats

NOW = datetime(2025, 11, 25, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.4364, "43.6"), (1.0, "100.0"), (0.0, "0.0"), (-0.031, "−3.1"), (-0.00001, "0.0"), (None, "–"),
     (float("nan"), "–"), (float("inf"), "–")],
)  # fmt: skip
def test_percent(value: float | None, text: str) -> None:
    assert formats.percent(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(2.3, "2.30"), (0.0123, "0.0123"), (123.4, "123"), (1.2e7, "1.20e7"), (999.4, "999"), (1000.0, "1,000"),
     (-12345.6, "−12,346"), (999_999.0, "999,999"), (1e6, "1.00e6"), (1e-9, "1.00e-9"), (-2.0, "−2.00"),
     (0.0, "0.00"), (None, "–"), (float("nan"), "–")],
)  # fmt: skip
def test_three_significant_figures(value: float | None, text: str) -> None:
    assert formats.significant(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1000.0, "1,000"), (999.7, "1,000"), (1234.5, "1,234"), (99_999.0, "99,999"), (-12_345.6, "−12,346"),
     (0.1, "0.1"), (0.016234, "0.0162"), (0.0001, "0.0001"), (3e-5, "3e-5"), (100_000.0, "100,000"),
     (999.0, "999"), (2.5e7, "2.5e7"), (0.0, "0"), (-2.5, "−2.5"), (None, "–"), (float("inf"), "–")],
)  # fmt: skip
def test_a_number_in_a_sentence(value: float | None, text: str) -> None:
    assert formats.brief(value) == text


def test_digits_that_are_asked_for_are_kept() -> None:
    assert formats.brief(1234.5, 6) == "1,234.5"


@given(value=st.floats(0.0001, 999_999))
def test_from_a_ten_thousandth_to_a_million_no_number_is_a_power_of_ten(value: float) -> None:
    for text in (formats.brief(value), formats.significant(value), formats.significant(-value).lstrip("−")):
        assert set(text) <= set("0123456789.,")
        assert float(text.replace(",", "")) == pytest.approx(value, rel=0.0051)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (0.004, "under 0.1 s"), (0.2, "0.2 s"), (0.94, "0.9 s"), (0.95, "1 s"), (42, "42 s"),
     (60, "1 min"), (200, "3 min 20 s"), (3900, "1 h 5 min"), (90000, "1 d 1 h"),
     (None, "–"), (float("inf"), "–")],
)  # fmt: skip
def test_duration(seconds: float | None, text: str) -> None:
    assert formats.duration(seconds) == text


@pytest.mark.parametrize(
    ("time", "text"),
    [("2025-11-25T11:59:50.000Z", "just now"), ("2025-11-25T11:57:00.000Z", "3 min ago"),
     ("2025-11-25T09:00:00.000Z", "3 h ago"), ("2025-11-24T11:00:00.000Z", "1 day ago"),
     ("2024-03-01T00:00:00.000Z", "2024-03-01"), (None, "–")],
)  # fmt: skip
def test_ago(time: str | None, text: str) -> None:
    assert formats.ago(time, NOW) == text


def test_utc() -> None:
    assert formats.utc("2025-11-25T03:02:11.500Z") == "2025-11-25 03:02:11 UTC"


def test_counts_and_sizes() -> None:
    assert [formats.count(n) for n in (0, 2481, None)] == ["0", "2,481", "–"]
    assert [formats.short_count(n) for n in (12, 653_866, 12_345_678)] == ["12", "654 k", "12.3 M"]
    assert [formats.size(n) for n in (12, 2_634_000)] == ["12 B", "2.6 MB"]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("x = -1: [1, -1] and (-2)", "x = −1: [1, −1] and (−2)"), ("p - 1 = -0.1", "p − 1 = −0.1"),
     ("A is 2 x 2", "A is 2 × 2"), ("-2 <= x <= 0", "−2 ≤ x ≤ 0"), ("1/(1 - beta)", "1/(1 − beta)"),
     ("saw-tooth, 0-1, class-balanced, beta-1", "saw-tooth, 0-1, class-balanced, beta-1"),
     ("W x + b", "W x + b")],
)  # fmt: skip
def test_sentences_with_mathematics_are_typeset(typed: str, shown: str) -> None:
    assert formats.typeset(typed) == shown


def test_values_of_a_configuration() -> None:
    values: tuple[object, ...] = (0.0005, True, False, None, (6, 8), [], "exp", 3)
    shown = [formats.setting(value) for value in values]
    assert shown == ["0.0005", "on", "off", "–", "6, 8", "none", "exp", "3"]


def test_a_long_name_is_cut_in_the_middle() -> None:
    assert formats.cut("short", 10) == "short"
    assert formats.cut("a" * 20 + "_seed_012", 14) == "aaaaaa…eed_012"


@given(st.lists(st.text(st.characters(exclude_characters=";()"), min_size=1), min_size=1, max_size=6))
def test_a_list_can_be_taken_apart_again(names: list[str]) -> None:
    """Whatever commas the names hold."""
    between = "; " if any("," in name for name in names) else ", "
    assert formats.listed(names, 6) == between.join(names)
    assert formats.listed([*names, "x"], len(names)).startswith(between.join(names))


def test_what_a_list_leaves_out_is_counted() -> None:
    assert formats.listed(["CE", "Focal", "x"], 2) == "CE, Focal and 1 more"
    assert formats.listed(["CE, rate 0.1", "Focal", "x"], 2) == "CE, rate 0.1; Focal; and 1 more"
    groups = {"0.1": ["CE, rate 0.1", "Focal, rate 0.1"], "0.02": ["CE, rate 0.02"]}
    assert formats.grouped(groups.items(), 4) == "0.1 (CE, rate 0.1; Focal, rate 0.1); 0.02 (CE, rate 0.02)"
