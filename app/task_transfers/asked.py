"""What of a matrix is shown, as its page's address says it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query

from app.errors import InvalidError
from app.task_transfers.readings import Show, Way
from app.task_transfers.view import TaskTransferView
from trainer.errors import FieldProblem

BUDGET = 4
MOST_BUDGET = 15.0
MOST_IMPORTANCE = 5.0


@dataclass(frozen=True)
class Asked:
    """As it was written; empty words stand for the usual."""

    show: Show = "affinity"
    images: int | None = None
    target: str = ""
    budget: float | None = None
    importance: Sequence[str] = ()
    way: Way = "frozen"


def asked(
    show: Annotated[Show, Query()] = "affinity",
    images: Annotated[int | None, Query()] = None,
    target: Annotated[str, Query(max_length=60)] = "",
    budget: Annotated[float | None, Query(ge=0, le=MOST_BUDGET, allow_inf_nan=False)] = None,
    importance: Annotated[Sequence[str], Query(max_length=60)] = (),
    way: Annotated[Way, Query()] = "frozen",
) -> Asked:
    """The dependency of the page and its figures."""
    return Asked(show, images, target, budget, importance, way)


@dataclass(frozen=True)
class Shown:
    """The same of a job: with what it has.

    images: of readouts. matrix_images: of what the matrix shows; fine-tuned there are the most only. budget
    is whole: each source costs 1, a fraction buys nothing.
    """

    show: Show
    images: int
    target: str
    budget: int
    importance: Mapping[str, float]
    way: Way
    matrix_images: int

    @property
    def weighs(self) -> bool:
        """Whether any target counts for more or less than the others."""
        return any(value != 1 for value in self.importance.values())

    @property
    def matrix_query(self) -> str:
        """Under which the matrix is drawn the same."""
        way = {} if self.way == "frozen" else {"way": self.way}
        return urlencode({"show": self.show, "images": self.matrix_images} | way)

    @property
    def importance_text(self) -> str:
        """As the API takes it: "edges:0,shape:2"; what is 1 is left out."""
        return ",".join(f"{name}:{value:g}" for name, value in self.importance.items() if value != 1)

    @property
    def policy_query(self) -> str:
        """Under which the API chooses the same policy."""
        told = self.importance_text
        return urlencode({"budget": self.budget} | ({"importance": told} if told else {}), safe=":,")


def shown(view: TaskTransferView, asked: Asked) -> Shown:
    """Raises InvalidError naming what the job has not."""
    targets = [task.name for task in view.tasks if task.is_target]
    images = max(view.sizes) if asked.images is None else asked.images
    if images not in view.sizes:
        raise _refused("images", f"must be one of {', '.join(map(str, view.sizes))}")
    if asked.target and asked.target not in targets:
        raise _refused("target", f"must be one of {', '.join(targets)}")
    if asked.way == "finetune" and not view.finetune:
        raise _refused("way", "must be frozen: this job fine-tunes nothing")
    return Shown(
        asked.show,
        images,
        asked.target or _usual_target(view),
        usual_budget(view) if asked.budget is None else math.floor(asked.budget),
        read_importance(asked.importance, targets),
        asked.way,
        max(view.sizes) if asked.way == "finetune" else images,
    )


def to_label(view: TaskTransferView) -> int:
    """How many sources people must label: more than so much no budget buys."""
    return sum(task.is_source and task.needs_labels for task in view.tasks)


def usual_budget(view: TaskTransferView) -> int:
    """Under which a policy is chosen where none is asked for."""
    return min(BUDGET, to_label(view))


def _usual_target(view: TaskTransferView) -> str:
    """A new one, else the first of the matrix: of them all the one that has no network to start from."""
    new = [task.name for task in view.tasks if task.is_target and not task.is_source]
    return (new or view.order_of_targets or [""])[0]


def read_importance(given: Sequence[str], targets: Sequence[str]) -> dict[str, float]:
    """Of every target, 1 where nothing is said.

    given: "shape:2,edges:0", or, as a form without JavaScript sends its fields, a number for each target.
    Raises InvalidError.
    """
    if len(given) == len(targets) and not any(":" in text for text in given):
        return {name: _number(text) for name, text in zip(targets, given, strict=True)}
    importance = dict.fromkeys(targets, 1.0)
    for part in (part.strip() for text in given for part in text.split(",") if part.strip()):
        name, _, text = part.partition(":")
        if name not in importance:
            raise _refused("importance", f"names {name[:40]!r}, which is no target of this job")
        importance[name] = _number(text)
    return importance


def _number(text: str) -> float:
    try:
        value = float(text or 1)
    except ValueError:
        value = -1.0
    if not 0 <= value <= MOST_IMPORTANCE:
        raise _refused("importance", f"must be from 0 to {MOST_IMPORTANCE:g}, got {text[:20]!r}")
    return value


def _refused(path: str, message: str) -> InvalidError:
    return InvalidError(f"The address was refused: {path} {message}.", fields=[FieldProblem(path, message)])
