"""What runs took of their machines: bounded rows whose sums and peaks are those of what was told."""

import itertools
from math import fsum

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.store import usage
from app.store.engine import Database
from app.store.usage import MOST_ROWS, joined
from tests.app.store.test_runs import add, undone
from tests.examples import at_most
from trainer.events import Entry, Usage

ENTRIES = [
    Entry(
        seq=2 * at + 1,
        time=f"2026-01-01T{at // 360:02}:{at // 6 % 60:02}:{at % 6}0.000Z",
        event=Usage(
            seconds=10.0 + at % 3,
            cpu_seconds=float(at % 20),
            memory_bytes=2**33 + (at * 7919) % 1000,
            gpu_memory_bytes=at % 50 or None,
            images_per_second=100.0 + at if at % 4 else None,
        ),
    )
    for at in range(3 * MOST_ROWS)
]


def stored(s: Session, portions: list[int], number: int = len(ENTRIES)) -> list[usage.Row]:
    run_id = add(s)
    for start, end in itertools.pairwise([0, *sorted(portions), number]):
        usage.store(s, run_id, ENTRIES[start:end])
    return [{**row, "run_id": 0} for row in usage.of_run(s, run_id)]


def test_few_looks_stay_as_they_were_told(db: Database) -> None:
    with undone(db) as s:
        rows = stored(s, [3], 7)
    assert [row["seq"] for row in rows] == [1, 3, 5, 7, 9, 11, 13]
    assert [Usage.model_validate(row) for row in rows] == [entry.event for entry in ENTRIES[:7]]


def test_a_long_run_has_bounded_rows_with_the_same_sums_and_peaks(db: Database) -> None:
    with undone(db) as s:
        rows = stored(s, [])
    told = [entry.event for entry in ENTRIES if isinstance(entry.event, Usage)]
    assert MOST_ROWS // 3 <= len(rows) <= MOST_ROWS
    for name in ("seconds", "cpu_seconds"):
        assert fsum(row[name] for row in rows) == pytest.approx(fsum(getattr(it, name) for it in told))
    assert max(row["memory_bytes"] for row in rows) == max(it.memory_bytes for it in told)
    assert max(row["gpu_memory_bytes"] or 0 for row in rows) == 49
    assert [row["seq"] for row in rows] == sorted(row["seq"] for row in rows)
    assert rows[-1]["seq"] == ENTRIES[-1].seq


@pytest.mark.slow
@examples(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=at_most(8))
@given(portions=st.lists(st.integers(0, len(ENTRIES)), max_size=6))
def test_any_portions_give_the_same_rows(db: Database, portions: list[int]) -> None:
    with undone(db) as s:
        assert stored(s, portions) == stored(s, [])


def test_joined_rows_are_of_about_equal_length_and_weigh_by_time() -> None:
    rows = [
        {"seq": at, "seconds": seconds, "cpu_seconds": 1.0, "memory_bytes": at, "gpu_memory_bytes": None,
         "images_per_second": speed}
        for at, (seconds, speed) in enumerate([(30.0, 10.0), (10.0, 40.0), (10.0, None), (10.0, 20.0)])
    ]  # fmt: skip
    first, second = joined(rows, 2)
    assert (first["seconds"], second["seconds"]) == (30.0, 30.0)
    assert second["images_per_second"] == (10 * 40 + 10 * 20) / 20
    assert (second["memory_bytes"], second["gpu_memory_bytes"], second["seq"]) == (3, None, 3)
