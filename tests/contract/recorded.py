"""Recorded answers: one text file an area, one section an address, compared by a short unified diff.

    BETABOARD_RECORD=1 python -m pytest -p no:xdist tests/contract

records them anew, to be looked through with `git diff`. Numbers may differ in what processors leave open: the
last digits of a logarithm are not the same on all of them.
"""

import difflib
import math
import os
import re
from collections.abc import Collection
from pathlib import Path

FOLDER = Path(__file__).with_name("recorded")
RECORDING = bool(os.environ.get("BETABOARD_RECORD"))
_HEAD = "=== "
_MOST_LINES = 40
_NUMBER = re.compile(r"(-?\d+\.\d+(?:e[+-]?\d+)?)")
_NEAR = 1e-9


class Recorded:
    """The answers of one area. What is asked for is kept, to be written when recording."""

    def __init__(self, area: str) -> None:
        self._path = FOLDER / f"{area}.txt"
        self._known = _read(self._path)
        self._seen: dict[str, str] = {}

    def only(self, addresses: Collection[str]) -> None:
        """Fails where others than these are recorded; when recording, those are dropped."""
        if RECORDING:
            self._known = {address: self._known[address] for address in addresses if address in self._known}
        left = [address for address in self._known if address not in addresses]
        assert left == [], f"nobody asks for these any more: {left} ({self._path.name})"

    def check(self, address: str, answer: str) -> None:
        """Fails with what differs from the recorded answer."""
        answer = "\n".join(line.rstrip() for line in answer.strip("\n").split("\n"))
        assert f"\n{_HEAD}" not in f"\n{answer}", "an answer must not look like the head of a section"
        is_same = address in self._known and _is_near(self._known[address], answer)
        self._seen[address] = self._known[address] if is_same else answer
        if RECORDING or is_same:
            return
        assert address in self._known, f"{address} has no recorded answer in {self._path.name}"
        difference = _difference(self._known[address], answer)
        assert not difference, f"{address} has changed ({self._path.name}):\n{difference}"

    def close(self) -> None:
        """Write what was seen, in place of the file, when recording."""
        if RECORDING and self._seen:
            answers = self._known | self._seen
            sections = (f"{_HEAD}{address}\n{answer}\n" for address, answer in answers.items())
            self._path.write_text("\n".join(sections), encoding="utf-8")


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    sections = f"\n{path.read_text(encoding='utf-8')}".split(f"\n{_HEAD}")[1:]
    pairs = (section.partition("\n") for section in sections)
    return {address: answer.strip("\n") for address, _, answer in pairs}


def _is_near(before: str, after: str) -> bool:
    """Whether the texts are equal but for numbers with a point, and these nearly so."""
    old, new = _NUMBER.split(before), _NUMBER.split(after)
    return old[::2] == new[::2] and all(
        math.isclose(float(one), float(other), rel_tol=_NEAR, abs_tol=_NEAR * _NEAR)
        for one, other in zip(old[1::2], new[1::2], strict=True)
    )


def _difference(before: str, after: str) -> str:
    lines = list(
        difflib.unified_diff(before.split("\n"), after.split("\n"), "recorded", "now", lineterm="", n=2)
    )
    more = [f"... and {len(lines) - _MOST_LINES} lines more"] if len(lines) > _MOST_LINES else []
    return "\n".join([*lines[:_MOST_LINES], *more])
