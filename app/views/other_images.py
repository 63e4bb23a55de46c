"""Equal settings on other images under one name: which runs are set apart for that, and why, in words."""

import re
from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from app.formats import listed
from app.store.sweeps import runs_elsewhere

_MOST_NAMED = 5
_DIGEST = re.compile(r"(?<=/)([0-9a-f]{8})[0-9a-f]{56}(?![0-9a-f])")


def short_source(text: str) -> str:
    """A text with sources in it as people read it: of their digests the first digits."""
    return _DIGEST.sub(r"\1", text)


def set_apart(session: Session, sources: Mapping[str, str], before: str | None = None) -> tuple[str, ...]:
    """Earlier runs of these configurations that are not used again, as they saw other images.

    sources: config_hash -> the source of the images that are meant. before: as `runs_elsewhere` takes it.
    """
    groups: dict[tuple[str | None, str], list[int]] = {}
    for run in runs_elsewhere(session, sources, before):
        groups.setdefault((run.source, sources[run.config_hash]), []).append(run.id)
    return tuple(_sentence(ids, saw, meant) for (saw, meant), ids in groups.items())


def mixed_sentence(label: str, runs: Iterable[tuple[int, str | None]]) -> str:
    """What is said of a setting whose runs, (id, source) each, saw different images."""
    saw: dict[str, list[int]] = {}
    for run_id, source in runs:
        saw.setdefault(short_source(source) if source else "unknown images", []).append(run_id)
    groups = "; ".join(
        f"{listed([f'#{one}' for one in ids], _MOST_NAMED)} on {word}" for word, ids in saw.items()
    )
    return f"{label} has runs on different images under the same name, so no mean: {groups}."


def _sentence(ids: list[int], saw: str | None, meant: str) -> str:
    runs = listed([f"#{run_id}" for run_id in sorted(ids)], _MOST_NAMED)
    if saw is None:
        return f"Not used again: {runs}, as it is not known which images they saw."
    return (
        f"Not used again and not compared: {runs}, on other images under the same name "
        f"({short_source(saw)}, here {short_source(meant)})."
    )
