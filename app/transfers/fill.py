"""Comparisons of transfers from the database and the folders of their answers, as views."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.comparing.parts import Spread
from app.errors import NotFoundError
from app.formats import listed
from app.lifecycle import ENDED, State
from app.settings import Settings
from app.store.tables import Piece, Transfer
from app.transfers.judge import Lead, columns_of, lead, scores_of
from app.transfers.view import Guess, SourceRow, TransferList, TransferSummary, TransferView
from app.transfers.words import recommendation
from app.views.base import same_named
from app.views.runs.waits import waits
from trainer.run_dir import RunDir
from trainer.transfer.agreement import rank_agreement
from trainer.transfer.answers import piece_name, read_answers
from trainer.transfer.config import Source, TransferConfig

GUESSES = {
    "log_me": ("LogME", "You et al. 2021"),
    "leep": ("LEEP", "Nguyen et al. 2020"),
    "h_score": ("H-score, shrunk covariance", "Bao et al. 2019; Ibrahim et al. 2021"),
}
"""Estimate -> its title and source."""
_Figures = Mapping[str, Mapping[str, float | None]]


def transfer_list(session: Session) -> TransferList:
    """All that are not archived."""
    query = select(Transfer).where(Transfer.archived_at.is_(None)).order_by(Transfer.id.desc())
    return TransferList(items=tuple(TransferSummary(**_summary(job)) for job in session.scalars(query)))


def get_transfer(session: Session, job_id: int) -> Transfer:
    """Raises NotFoundError."""
    job = session.get(Transfer, job_id)
    if job is None:
        raise NotFoundError(
            f"There is no comparison of transfers {job_id}.",
            "GET /api/v1/transfers lists those that there are.",
        )
    return job


def transfer_view(session: Session, settings: Settings, job_id: int) -> TransferView:
    """One. Raises NotFoundError."""
    job = get_transfer(session, job_id)
    config = TransferConfig.model_validate(job.config)
    pieces = session.scalars(select(Piece).where(Piece.run_id == job_id).order_by(Piece.number)).all()
    figures = {piece.name: piece.figures for piece in pieces}
    found = _lead(config, RunDir(settings.run_dir(job_id)), figures) if len(pieces) == config.pieces else None
    rows = [_row(config, place, figures, found) for place in range(len(config.sources))]
    order = sorted(range(len(rows)), key=lambda at: -(rows[at].balanced_accuracy.mean or 0.0))
    best = rows[found.best].balanced_accuracy.mean if found else None
    return TransferView(
        **_summary(job),
        notes=job.notes,
        seeds=config.seeds,
        rows=tuple(rows[at] for at in order),
        guesses=_guesses(rows) if found else (),
        recommendation=recommendation(config, found, best) if found and best is not None else None,
        eta_seconds=_eta(job, config.pieces, pieces),
        waits_for=waits(session, [job]).get(job_id, ""),
        error=job.error,
        warnings=(*_at_home(config), *(job.started or {}).get("warnings", ())),
    )


def _at_home(config: TransferConfig) -> Iterator[str]:
    """Sources that have learned from these very images."""
    runs = [
        source.run
        for source in config.sources
        if source.run is not None and _dataset(source) == config.dataset
    ]
    if runs:
        named = listed([f"run {run}" for run in runs], 4)
        yield f"Trained on {config.dataset} itself: {named}. What is read out there is no transfer."


def _dataset(source: Source) -> str:
    return str(source.config["data"]["dataset"])


def _summary(job: Transfer) -> dict[str, Any]:
    told = same_named(TransferSummary, job)
    config = job.config
    return told | {
        "images": config["images"],
        "mode": config["mode"],
        "pieces": job.epochs,
        "done": job.epoch,
    }


def _eta(job: Transfer, pieces: int, done: Sequence[Piece]) -> float | None:
    if job.state in ENDED or job.state == State.PAUSED or not done:
        return None
    return median(piece.seconds for piece in done) * (pieces - len(done))


def _lead(config: TransferConfig, folder: RunDir, figures: _Figures) -> Lead | None:
    """Who leads; None where a figure is not finite."""
    rows, labels = [], None
    for place in range(len(config.sources)):
        values = [figures[piece_name(place, seed)]["balanced_accuracy"] for seed in config.seeds]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            return None
        answers = [read_answers(folder, place, seed) for seed in config.seeds]
        kept = [one for one in answers if one is not None]
        hits = (
            np.stack([predicted == truth for predicted, truth in kept]) if len(kept) == len(answers) else None
        )
        labels = kept[0][1].astype(np.int64) if hits is not None else labels
        rows.append(scores_of(config.seeds, known, hits))
    classes = 0 if labels is None else int(labels.max()) + 1
    support = np.bincount(labels, minlength=classes).tolist() if labels is not None else []
    return lead(rows, columns_of(labels, classes, support))


def _row(config: TransferConfig, place: int, figures: _Figures, found: Lead | None) -> SourceRow:
    source = config.sources[place]
    own = {seed: figures.get(piece_name(place, seed), {}) for seed in config.seeds}
    spreads = {
        name: Spread.of(one.get(name) for one in own.values())
        for name in ("balanced_accuracy", "accuracy", *GUESSES)
    }
    gap = found.gaps[place] if found and place != found.best else None
    return SourceRow(
        run=source.run,
        label=source.label,
        done=sum(bool(one) for one in own.values()),
        by_seed={seed: one.get("balanced_accuracy") for seed, one in own.items()},
        behind=gap.mean if gap else None,
        behind_low=gap.low if gap else None,
        behind_high=gap.high if gap else None,
        is_rival=bool(found and place in found.rivals),
        **spreads,
    )


def _guesses(rows: Sequence[SourceRow]) -> tuple[Guess, ...]:
    """Of each estimate, over the sources that it is defined of."""
    found = []
    for name, (title, source) in GUESSES.items():
        both = [
            (guess, row.balanced_accuracy.mean)
            for row in rows
            if (guess := getattr(row, name).mean) is not None and row.balanced_accuracy.mean is not None
        ]
        told = rank_agreement(*zip(*both, strict=True)) if len(both) > 1 else None
        agreed = vars(told) if told else dict.fromkeys(("tau", "low", "high")) | {
            "sources": len(both), "reason": "It is defined of fewer than two sources."
        }  # fmt: skip
        found.append(Guess(name=name, title=title, source=source, **agreed))
    return tuple(found)
