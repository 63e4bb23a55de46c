"""How runs are compared: what an address or a sweep says of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.comparing.adjusted.words import AdjustedWord
from app.comparing.baselines import PlannedLooks
from app.comparing.parts import How
from app.comparing.samples import At
from app.published.result import PublishedRow


@dataclass(frozen=True)
class CompareOptions:
    """How runs are compared.

    baseline: a setting's label; None takes the usual one (`baselines`), "" none.
    tuned: a rate's path that each setting is given at its best. looks: when to look, planned beforehand.
    published: results shown below the settings. adjusted: rows of adjusted logits, each below its setting.
    """

    baseline: str | None = None
    at: At = "last"
    published: Sequence[PublishedRow] = ()
    adjusted: Sequence[AdjustedWord] = ()
    how: How = field(default_factory=How)
    tuned: str = ""
    looks: PlannedLooks | None = None
