"""What a row says of itself whose runs' logits were adjusted."""

from typing import Literal

from app.views.base import View
from trainer.metrics.fields import Figure


class AdjustedRun(View):
    """What the numbers came to for one run; norm null: none."""

    run_id: int
    tau: Figure
    norm: Figure
    temperature: Figure


class AdjustedRow(View):
    """Of which row it is, as a word of the address ("12:tau=validation"), and what it came to run by run.

    chosen_on: "test" where a number was chosen on the images that are measured: such a row bears no claim.
    notes: what is to be said of it beside its figures.
    """

    of: str
    word: str
    chosen_on: Literal["validation", "test", "given"]
    runs: tuple[AdjustedRun, ...]
    notes: tuple[str, ...] = ()
