"""The address of a run's adjusted logits: page, JSON twin, figures and their tables read the same words."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from app.views.adjusted.point import BOUNDS, MOST_PRIOR, Name, Point, point
from trainer.run_dir import EpochName

_CHOSEN = '; "validation" or "test" has it chosen there'


def _about(name: Name, text: str) -> str:
    low, high = BOUNDS[name]
    return f"{text}, {low:g} to {high:g}{_CHOSEN}."


_TAU = _about("tau", "Of logit adjustment, z - tau log pi")
_NORM = _about("norm", "Tau of tau-normalisation, (z - b) / |w|^norm; empty: none, and the bias stays")
_TEMPERATURE = _about("temperature", "What logits are divided by in the end")
_PRIOR = "Shares of the classes where the network is used: uniform, train, test, forward_50 ..., or 3,1,1."


@dataclass(frozen=True)
class AdjustedQuery:
    """What is asked, and after which epoch."""

    point: Point
    epoch: EpochName

    @property
    def words(self) -> dict[str, str]:
        """As the address has them."""
        return self.point.words | ({} if self.epoch == "last" else {"epoch": self.epoch})


def adjusted_query(
    tau: Annotated[str, Query(max_length=40, description=_TAU)] = "",
    norm: Annotated[str, Query(max_length=40, description=_NORM)] = "",
    temperature: Annotated[str, Query(max_length=40, description=_TEMPERATURE)] = "",
    prior: Annotated[str, Query(max_length=MOST_PRIOR, description=_PRIOR)] = "",
    epoch: Annotated[EpochName, Query(description="The last finished epoch, or the best one.")] = "last",
) -> AdjustedQuery:
    """As a form writes it. Raises InvalidError naming each word that is refused."""
    words = {"tau": tau, "norm": norm, "temperature": temperature, "prior": prior}
    return AdjustedQuery(point(words), epoch)


Asked = Annotated[AdjustedQuery, Depends(adjusted_query)]
