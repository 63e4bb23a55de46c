"""The kinds of class weights, and what they are called. Imports no numpy; the formulas are in weighting."""

from dataclasses import dataclass
from typing import Literal

Weighting = Literal["none", "class_balanced", "inverse_frequency", "inverse_sqrt", "power", "by_hand"]


@dataclass(frozen=True)
class WeightingWords:
    """Its word beside others, what stands before the loss in the label of a setting, and in a sentence."""

    word: str
    short: str
    adjective: str


WEIGHTINGS: dict[Weighting, WeightingWords] = {
    "none": WeightingWords("none", "", ""),
    "class_balanced": WeightingWords("cb", "CB-", "class-balanced"),
    "inverse_frequency": WeightingWords("inverse frequency", "InvFreq-", "inverse-frequency"),
    "inverse_sqrt": WeightingWords("inverse square root", "InvSqrt-", "inverse-square-root"),
    "power": WeightingWords("power", "Power-", "power-weighted"),
    "by_hand": WeightingWords("by hand", "Hand-", "hand-weighted"),
}
