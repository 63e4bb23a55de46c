"""Text of people and folders as text in a terminal: nothing to act upon, nothing that fails to encode."""

import io
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.failures import failure
from trainer.visible import ascii_json, never_fail, visible, visible_lines

ANY = st.text(st.characters(codec=None) | st.sampled_from("\x1b\n\r\t\x7f\x9b\u202e\u2066\u2028\udce9\ud83d"))
BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def acts(character: str) -> bool:
    """By Unicode's own tables: a control, a separator of lines, half a pair, an order about direction."""
    return (
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(character) in BIDI
    )


@given(ANY)
def test_nothing_is_left_that_a_terminal_acts_upon(text: str) -> None:
    shown = visible(text)
    assert not any(map(acts, shown))
    assert shown.encode().decode() == shown
    assert visible(shown) == shown


@given(ANY)
def test_lines_keep_their_ends_and_tabs_alone(text: str) -> None:
    shown = visible_lines(text)
    assert {character for character in shown if acts(character)} <= {"\n", "\r", "\t"}
    assert shown.count("\r") == shown.count("\r\n")
    assert shown.count("\n") == text.count("\n")


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_what_people_read_stays(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [("\x1b[31mred", r"\x1b[31mred"), ("a\nb", r"a\x0ab"), ("caf\udce9", r"caf\xe9"), ("\ud83d", r"\ud83d"),
     ("a\u202eb", r"a\u202eb"), ("\x9b1m", r"\x9b1m"), ("grün – 猫 👩‍🔬", "grün – 猫 👩‍🔬")],
)  # fmt: skip
def test_examples(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.recursive(ANY | st.integers(), st.lists))
def test_json_in_ascii_is_the_same_document(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False)
    assert json.loads(ascii_json(text)) == value
    assert ascii_json(text).isascii()


@given(ANY, st.sampled_from(["ascii", "latin-1", "utf-8", "cp1252"]))
def test_no_encoding_fails(text: str, encoding: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding, errors="strict")
    never_fail(stream, io.StringIO(), None)
    stream.write(visible_lines(text))
    stream.flush()


def test_an_error_about_a_file_of_any_name_is_told() -> None:
    told = failure(OSError(13, "denied", "/data/caf\udce9\x1b[31m"))
    assert r"/data/caf\xe9\x1b[31m" in told.message
    assert "\x1b" not in told.model_dump_json()
    assert "\x1b" not in told.traceback
