"""A search as conditions on runs: expressions with bound parameters, never text.

What stands in narrow tables is asked for by the numbers of the runs that have it, so that a search over many
runs reads each table once, and of the runs themselves the index that holds what is searched. Which values of
a field are meant is asked beforehand: only of values that it is told does a database know how many runs
have them.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, literal, not_, or_, select, true
from sqlalchemy.orm import Session

from app.search.tree import (
    AnyOf,
    Between,
    Comparison,
    Either,
    Equal,
    Every,
    Field,
    Holds,
    Mention,
    Missing,
    Node,
    Not,
    Test,
)
from app.store.dialects import small
from app.store.search_index import value_text
from app.store.tables import Attempt, FieldValue, Run, RunField, RunFigures, Sweep, SweepCell, Tag

Condition = ColumnElement[bool]
Asked = Callable[[Any], Condition]
"""Makes a condition on a value."""

MOST_KNOWN = 200
"""Values of a field that are named one by one."""
_ERROR = Run.error["type"].as_string()
_WHOLE_ERROR = _ERROR + ": " + Run.error["message"].as_string()


def condition(s: Session, node: Node) -> Condition:
    """Whether a run is what the search finds; true or false, never NULL."""
    match node:
        case Mention(text):
            return _mentions(text)
        case Not(inner):
            return not_(condition(s, inner))
        case Every(nodes):
            return and_(true(), *(condition(s, one) for one in nodes))
        case Either(nodes):
            return or_(false(), *(condition(s, one) for one in nodes))
        case Comparison():
            return _compared(s, node)


def _compared(s: Session, one: Comparison) -> Condition:
    """What has no value passes `Missing` alone, also among others; and negated, that alone is refused."""
    tests = one.test.tests if isinstance(one.test, AnyOf) else (one.test,)
    tried = tuple(test for test in tests if not isinstance(test, Missing))
    asks_nothing = len(tried) < len(tests)
    has_value = _found(s, one.field, None)
    if one.negated:
        return _without(s, one.field, tried) if tried else has_value
    found = or_(false(), *(_found(s, one.field, group) for group in _of_one_type(one.field, tried)))
    return or_(not_(has_value), found) if asks_nothing else found


def _without(s: Session, field: Field, tests: Sequence[Test]) -> Condition:
    """Whether the run has a value, and none that passes; of a field with many, whether none passes."""
    groups = _of_one_type(field, tests)
    if field.many:
        return and_(true(), *(not_(_found(s, field, group)) for group in groups))
    if len(groups) > 1 or field.kind == "any":
        return and_(_found(s, field, None), *(not_(_found(s, field, group)) for group in groups))
    return _found(s, field, groups[0], negated=True)


def _of_one_type(field: Field, tests: Sequence[Test]) -> list[Test]:
    """Together what one statement can ask for; numbers and texts are in different columns."""
    if field.kind == "any":
        return list(tests)
    return [AnyOf(tuple(tests))] if tests else []


def _found(s: Session, field: Field, test: Test | None, negated: bool = False) -> Condition:
    """Whether the run has a value that passes the test, negated: that does not; without a test, has one."""

    if field.source == "config" and test is not None:
        test = _as_stored(test)

    def asked(value: Any) -> Condition:
        if test is None:
            return true()
        return not_(_passes(test, value)) if negated else _passes(test, value)

    match field.source:
        case "column" if field.name == "archived":
            return asked(case((Run.archived_at.is_(None), "false"), else_="true"))
        case "column" if field.name == "note":
            return Run.id.in_(select(Run.id).where(Run.notes != "", asked(Run.notes)).correlate(None))
        case "column":
            column = getattr(Run, field.key)
            return and_(column.is_not(None), asked(column))
        case "figure":
            return _figure(field.key, asked)
        case "config":
            return Run.id.in_(_with_value(s, field, test, asked))
        case "error":
            told = _WHOLE_ERROR if test is not None and not _is_exact(test) else _ERROR
            return Run.id.in_(select(Run.id).where(Run.error.is_not(None), asked(told)).correlate(None))
        case "tag":
            return Run.id.in_(select(Tag.run_id).where(asked(Tag.tag)))
        case "sweep":
            return Run.id.in_(_in_sweeps(test, asked))
        case "worker":
            host = and_(Attempt.host.is_not(None), asked(Attempt.host))
            return Run.id.in_(select(Attempt.run_id).where(or_(asked(Attempt.worker_id), host)))


def _figure(name: str, asked: Asked) -> Condition:
    column = getattr(RunFigures, name, None)
    if column is not None:
        return Run.id.in_(select(RunFigures.run_id).where(column.is_not(None), asked(column)))
    value = Run.last[name].as_float()  # a metric that came later than the table
    return Run.id.in_(select(Run.id).where(value.is_not(None), asked(value)).correlate(None))


def _with_value(s: Session, field: Field, test: Test | None, asked: Asked) -> Select[Any]:
    column: Any = FieldValue.number if test is not None and _is_of_numbers(test) else FieldValue.text
    values = select(FieldValue.id).where(FieldValue.path == field.key, column.is_not(None), asked(column))
    known = s.scalars(values.limit(MOST_KNOWN + 1)).all()
    named = known if len(known) <= MOST_KNOWN else values
    return select(RunField.run_id).where(RunField.value_id.in_(named))


def _in_sweeps(test: Test | None, asked: Asked) -> Select[Any]:
    """Runs that a sweep of this number or name shows, be they launched by it or earlier ones."""
    shown = select(SweepCell.run_id).where(SweepCell.run_id.is_not(None))
    if test is None:
        return shown
    if _is_of_numbers(test):
        return shown.where(asked(SweepCell.sweep_id))
    return shown.where(SweepCell.sweep_id.in_(select(Sweep.id).where(asked(Sweep.name))))


def _as_stored(test: Test) -> Test:
    """With texts as configurations are noted: of a long one a part."""
    match test:
        case AnyOf(tests):
            return AnyOf(tuple(map(_as_stored, tests)))
        case Equal(value) if isinstance(value, str):
            return Equal(value_text(value))
    return test


def _is_exact(test: Test) -> bool:
    return all(map(_is_exact, test.tests)) if isinstance(test, AnyOf) else isinstance(test, Equal)


def _is_of_numbers(test: Test) -> bool:
    match test:
        case Equal(value):
            return not isinstance(value, str)
        case Between(low, high):
            return not isinstance(high if low is None else low, str)
        case AnyOf(tests):
            return all(map(_is_of_numbers, tests))
    return False


def _passes(test: Test, value: Any) -> Condition:
    match test:
        case Equal(wanted):
            return _is(value == wanted)
        case Between(low, high, low_open, high_open):
            above = true() if low is None else value > low if low_open else value >= low
            below = true() if high is None else value < high if high_open else value <= high
            return and_(above, below)
        case Holds(text):
            return _holds(value, text)
        case AnyOf(tests):
            return or_(false(), *(_passes(one, value) for one in tests))
        case Missing():
            return false()


def _holds(value: Any, text: str) -> Condition:
    """Whether the text stands in it, in small letters or large; only ASCII can be left to `lower`."""
    if text.isascii():
        return _is(value.icontains(text, autoescape=True))
    plain = text.replace("/", "//").replace("%", "/%").replace("_", "/_")
    return _is(small(value).like(small(literal(f"%{plain}%")), escape="/"))


def _is(found: Any) -> Condition:
    made: Condition = found
    return made


def _mentions(text: str) -> Condition:
    def has(value: Any) -> Condition:
        return _holds(value, text)

    noted = select(Run.id).where(Run.notes != "", has(Run.notes)).correlate(None)
    tagged = select(Tag.run_id).where(has(Tag.tag))
    return or_(has(Run.name), Run.id.in_(noted), Run.id.in_(tagged))
