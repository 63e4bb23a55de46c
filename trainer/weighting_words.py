"""The kinds of class weights, and what they are called. Imports no numpy; the formulas are in weighting."""

from dataclasses import dataclass
from typing import Literal

Weighting = Literal["none", "class_balanced", "inverse_frequency", "inverse_sqrt", "power", "by_hand"]


@dataclass(frozen=True)
class WeightingWords:
    """Its word beside others, what stands before the loss in the label of a setting, and in a sentence.

    source: the publication of its formula.
    """

    word: str
    short: str
    adjective: str
    source: str = ""


WEIGHTINGS: dict[Weighting, WeightingWords] = {
    "none": WeightingWords("none", "", ""),
    "class_balanced": WeightingWords("cb", "CB-", "class-balanced", "Cui et al. 2019"),
    "inverse_frequency": WeightingWords("inverse frequency", "InvFreq-", "inverse-frequency"),
    "inverse_sqrt": WeightingWords("inverse square root", "InvSqrt-", "inverse-square-root"),
    "power": WeightingWords("power", "Power-", "power-weighted", "Zhang et al. 2021"),
    "by_hand": WeightingWords("by hand", "Hand-", "hand-weighted"),
}
