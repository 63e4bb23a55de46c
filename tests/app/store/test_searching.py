"""A search finds what a plain filter in Python finds, on every database, and none of it is ever SQL."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from app.errors import SearchError
from app.store import searching
from app.store.engine import Database
from app.store.runs import RunFilter, find_runs
from app.store.tables import RUN_SORT_KEYS, FieldValue, Run
from tests.app.store.searches import Asked, Plain, boards, searches, stored, stored_sweeps
from tests.app.store.test_runs import undone
from tests.conftest import Seed, SeedRun
from tests.examples import at_most


def found(s: Session, q: str, sort: str = "-id", limit: int = 500) -> list[int]:
    """All pages of it, each as long as its total says."""
    seen: list[int] = []
    cursor = None
    while True:
        page = find_runs(s, RunFilter(q=q), sort, limit, cursor)
        seen += page.ids
        cursor = page.next_cursor
        if cursor is None:
            assert page.total == len(seen)
            return seen


@pytest.mark.slow
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=at_most(60),
)
@given(
    board=boards,
    asked=st.lists(searches, min_size=1, max_size=8),
    key=st.sampled_from(RUN_SORT_KEYS),
    down=st.booleans(),
    limit=st.integers(1, 4),
    known=st.sampled_from([0, 1, searching.MOST_KNOWN]),
)
def test_a_search_finds_what_a_filter_in_python_finds(
    db: Database, board: list[Plain], asked: list[Asked], key: str, down: bool, limit: int, known: int
) -> None:
    """known: values of a field that are named one by one."""
    with undone(db) as s, pytest.MonkeyPatch.context() as patch:
        patch.setattr(searching, "MOST_KNOWN", known)
        sweeps = stored_sweeps(s)
        runs = [stored(s, plain, sweeps) for plain in board]
        for one in asked:
            text = re.sub(r"@(\d)", lambda at: str(sweeps[int(at[1])]), one.text)
            wanted = [
                run["id"]
                for run in runs
                if one.holds(run) and (one.about_archive or run["archived_at"] is None)
            ]
            assert sorted(found(s, text)) == wanted, text
            pages = found(s, text, f"-{key}" if down else key, limit)
            assert pages == in_order(s, key, down, wanted), text


def in_order(s: Session, key: str, down: bool, run_ids: list[int]) -> list[int]:
    """By their value and number, those without one at the end."""
    value: dict[int, Any] = dict(
        s.execute(select(Run.id, getattr(Run, key)).where(Run.id.in_(run_ids))).all()
    )
    having = [run_id for run_id in run_ids if value[run_id] is not None]
    lacking = [run_id for run_id in run_ids if value[run_id] is None]
    sort = sorted(having, key=lambda run_id: (value[run_id], run_id), reverse=down)
    return [*sort, *sorted(lacking, reverse=down)]


@pytest.mark.parametrize("typed", ["änderung", "ÄNDERUNG", "Änderung", "name:änder", "note:ÉTÉ"])
def test_letters_with_accents_are_found_small_and_large(db: Database, seed_run: Seed, typed: str) -> None:
    """Among them signs that a pattern of SQL knows."""
    run_id = seed_run("queued", name="Große Änderung", notes="un été / 5%", tags=["É_t"])
    seed_run("queued", name="Anderung", notes="un ete", tags=["Éat"])
    with db.read() as s:
        assert found(s, typed) == [run_id]
        assert found(s, '"été / 5%" and große') == [run_id]


@contextmanager
def statements(db: Database) -> Iterator[list[tuple[str, Any]]]:
    """What reaches the database meanwhile: each statement with its parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_c: object, _k: object, statement: str, parameters: Any, *_: object) -> None:
        seen.append((statement, parameters))

    with db.read() as s:
        engine = s.get_bind()
    assert isinstance(engine, Engine)
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


ODD = "q1z9'--;%"
EVERYWHERE = [
    f'"{ODD}"',
    f'name = "{ODD}" or note:"{ODD}" or error:"{ODD}" or error = "{ODD}"',
    f'tag = "{ODD}" and not worker = "{ODD}" or sweep:"{ODD}"',
    f'dataset in ("{ODD}", "{ODD}2")',
    f'milestones = "{ODD}"',
    f'loss.foreign = "{ODD}" or loss.foreign:"{ODD}"',
    "seed = 918273645 or priority > 918273645 or duration < 918273645 s",
    "sweep = 918273645 or id = 918273645",
    "test_loss > 918273645 or test_kappa = 918273645",
    "accuracy > 91.8273645 or forward_10 < 91.8273645",
    "created > 1918-12-31T23:59:58",
]


@pytest.mark.parametrize("q", EVERYWHERE)
def test_no_word_of_a_search_is_sql(db: Database, q: str) -> None:
    with db.write() as s:
        s.add(FieldValue(path="loss.foreign", text="x"))
    with statements(db) as seen, db.read() as s:
        find_runs(s, RunFilter(q=q), "name", 5)
    told = " ".join(statement for statement, _ in seen)
    assert not re.search(r"q1z9|9182736|91\.8|0\.918|1918", told)
    assert re.search(r"q1z9|9182736|0\.918|1918", repr([parameters for _, parameters in seen]))


def test_few_values_are_named_and_many_asked_for(
    db: Database, seed_run: SeedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database knows how many runs have a value only where it is told which value that is."""
    monkeypatch.setattr(searching, "MOST_KNOWN", 2)
    runs = [seed_run(config={"loss": {"name": "focal", "gamma": gamma}}) for gamma in (1, 2, 3)]
    for q, wanted, is_named in (("gamma > 1", runs[1:], True), ("gamma > 0", runs, False)):
        with statements(db) as seen, db.read() as s:
            assert sorted(find_runs(s, RunFilter(q=q)).ids) == wanted
        (search,) = (statement for statement, _ in seen if "found" in statement)
        assert ("field_values" not in search) is is_named


TYPED = """( ) and or not in = != < >= : , " ' \\ [ ] #7 beta accuracy created duration state loss sweep
0.6 60 1e999 -1 none failed 2026-02-30 0001-01-01 9999-12-31 10000-01-01 é % archived true seed tag x
milestones forward_10 note error worker id"""
words = st.sampled_from([*TYPED.split(), "\0", "\ud800", "9" * 30, "2 days ago", "99999999999 years ago"])


@pytest.mark.slow
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=at_most(200)
)
@given(
    tries=st.lists(
        st.lists(words, max_size=12).map(" ".join) | st.lists(words, max_size=8).map("".join) | st.text(),
        min_size=10,
        max_size=30,
    )
)
def test_whatever_is_typed_is_found_or_refused_at_its_place(db: Database, tries: list[str]) -> None:
    with db.read() as s:
        for error, q in ((refusal(s, q), q) for q in tries):
            if error:
                assert 0 <= error.position < error.position + error.length <= len(q) + 1
                assert (error.query, error.fields[0].path, error.message[-1]) == (q, "q", ".")


def refusal(s: Session, q: str) -> SearchError | None:
    """Why it is refused; None where it finds what it finds."""
    try:
        find_runs(s, RunFilter(q=q), "name", 5)
    except SearchError as error:
        return error
    return None


DEEP = ["(" * 900, "a or " * 190 + "a", "seed in (" + "1," * 480 + "1)", "x" * 1001]
ALLOWED = [
    "not " * 240 + "a",
    "(" * 12 + "a" + ")" * 12,
    " and ".join(["beta != 9"] * 40),
    "not (" * 12 + "beta = 9" + ")" * 12,
]


@pytest.mark.parametrize(("q", "is_refused"), [*((q, True) for q in DEEP), *((q, False) for q in ALLOWED)])
def test_depth_and_length_are_bounded(db: Database, q: str, is_refused: bool) -> None:
    with db.read() as s:
        error = refusal(s, q)
    assert ("at most" in error.message if error else False) is is_refused
