"""The README's table of methods: what a run may choose by name, who published it, and which test holds it."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from tests.docs_tables import defaults, table
from tests.documents import ROOT
from trainer.config_fields import as_text
from trainer.config_section import meaning_of
from trainer.config_sections import PLUGGED, LossConfig
from trainer.methods import Method
from trainer.methods import methods as of_the_form
from trainer.registry import Entry
from trainer.weighting_words import WEIGHTINGS, Weighting

NOTHING = "none"
"""The choice of no method, in whatever register."""
_TESTS = ROOT / "tests" / "trainer"


def methods() -> str:
    """Every choice of every register and every kind of class weights, field by field."""
    rows = [*_registered(), *_weightings()]
    return table(("field", "method", "fields of its own", "source", "test"), rows)


def _registered() -> Iterator[list[str]]:
    for path, registry in PLUGGED.items():
        for entry in registry:
            if entry.name != NOTHING:
                test = holder(entry.name, [*_tests_in(_room(entry)), *_tests_in(_TESTS)])
                yield _row(path, entry.name, entry.fields.model_fields, entry.source, test)


def _weightings() -> Iterator[list[str]]:
    for name, words in WEIGHTINGS.items():
        if name != NOTHING:
            test = holder(name, [_TESTS / "test_weighting.py"])
            yield _row("loss.weighting", name, _fields_of(name), words.source, test)


def _row(path: str, name: str, fields: dict[str, FieldInfo], source: str, test: Path) -> list[str]:
    link = f"[{test.stem}]({test.relative_to(ROOT)})"
    return [f"`{path}`", f"`{name}`", defaults(fields), source or "–", link]


def _tests_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("test_*.py"))


def _room(entry: Entry[Any]) -> Path:
    """Tests lie as the code lies: those of an entry of trainer/losses in tests/trainer/losses."""
    return _TESTS / type(entry).__module__.split(".")[1]


def holder(name: str, tests: Sequence[Path]) -> Path:
    """Of these the one of the method's name, else of the first room that has any, the one that names it most.

    Raises LookupError where none names it.
    """
    mentions = {test: len(re.findall(rf'"{name}"', test.read_text("utf-8"))) for test in tests}
    naming = [test for test in tests if mentions[test]]
    near = [test for test in naming if test.parent == naming[0].parent]
    found = max(near, key=lambda test: (test.stem == f"test_{name}", mentions[test]), default=None)
    if found is None:
        raise LookupError(f"no test names {name!r} in {', '.join(map(str, tests)) or 'its room'}: write one")
    return found


def _fields_of(weighting: Weighting) -> dict[str, FieldInfo]:
    """The fields that only these weights have."""
    tests = {
        name: use.tests.get("weighting")
        for name, field in LossConfig.model_fields.items()
        if (use := meaning_of(field).used_when)
    }
    return {
        name: LossConfig.model_fields[name]
        for name, test in tests.items()
        if test and [other for other in WEIGHTINGS if test(other)] == [weighting]
    }


def named_methods() -> str:
    """Every method of the form with what it sets and its publication."""
    rows = [
        [f"`{method.name}`", method.about, _overrides(method), method.source or "–"]
        for method in of_the_form().values()
    ]
    return table(("method", "what it does", "sets", "source"), rows)


def _overrides(method: Method) -> str:
    told = [f"`{path}` {as_text(value)}" for path, value in method.overrides.items()]
    return ", ".join([*told, *(f"`{path}` after the first drop of the rate" for path in method.deferred)])
