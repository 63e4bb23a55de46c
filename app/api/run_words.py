"""The words of an address that say which runs are meant."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Query

from app.lifecycle import State
from app.schema_types import LARGEST_ID
from app.search.parser import LONGEST
from app.store.runs import RunFilter


def run_words(
    state: Annotated[Sequence[State], Query(max_length=50, description="Any of these states.")] = (),
    tag: Annotated[Sequence[str], Query(max_length=20, description="All of these tags.")] = (),
    dataset: str | None = None,
    setting: Annotated[str, Query(max_length=64, description="Hash of a setting.")] = "",
    sweep: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    archived: bool = False,
) -> RunFilter:
    """The runs that they let through."""
    return RunFilter(
        states=tuple(state), tags=tuple(tag), dataset=dataset, setting=setting, sweep=sweep, archived=archived
    )


SearchWord = Annotated[
    str,
    Query(
        max_length=LONGEST,
        description="A search, such as: loss = focal and accuracy > 60. "
        "Words alone: in name, notes and tags.",
    ),
]
RunWords = Annotated[RunFilter, Depends(run_words)]
