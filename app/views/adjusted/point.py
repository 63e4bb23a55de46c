"""What is asked of kept logits, as words: numbers, or the split on which each is to be chosen.

The words are those of an address, of `betaboard adjust` and, with colons between, of a row of Compare.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from app.errors import InvalidError
from app.formats import brief
from trainer.errors import FieldProblem
from trainer.metrics.table import METRICS, PRIORS

if TYPE_CHECKING:
    from trainer.metrics.outcome import Counts, Floats

Chooser = Literal["validation", "test"]
Asked = float | Chooser | None
Name = Literal["tau", "norm", "temperature"]
NAMES: tuple[Name, ...] = get_args(Name)
CHOOSERS: tuple[Chooser, ...] = get_args(Chooser)
BOUNDS: Mapping[Name, tuple[float, float]] = {"tau": (0, 4), "norm": (0, 4), "temperature": (0.05, 20)}
"""Of tau and norm those of the second stages that do the same."""
SHIFTS = tuple(f"{way}_{ratio}" for way in ("forward", "backward") for ratio in PRIORS)
PRIOR_WORDS = ("uniform", "train", "test", *SHIFTS)
MOST_PRIOR = 20_000
"""Characters of a prior that is typed class by class."""
_BETWEEN = "/"


@dataclass(frozen=True)
class Point:
    """tau, norm and temperature, None where nothing is asked, and the test prior in words ("" for none).

    tau None is 0, and 1 where a prior is given: what the network learnt is then re-weighted by q / pi.
    """

    tau: Asked = None
    norm: Asked = None
    temperature: Asked = None
    prior: str = ""

    @property
    def words(self) -> dict[str, str]:
        """Name and value of each word that is given."""
        known = {name: _text(getattr(self, name)) for name in NAMES}
        return {name: text for name, text in (known | {"prior": self.prior}).items() if text}

    @property
    def spec(self) -> str:
        """In one word, as a row of Compare has it: "tau=1.2:temperature=validation"."""
        return ":".join(f"{name}={text}" for name, text in self.words.items())

    @property
    def label(self) -> str:
        """What stands after a setting's label: "tau 1.2, temperature by validation"."""
        parts = [_part(name, value) for name in NAMES if (value := getattr(self, name)) is not None]
        prior = self.prior if self.prior in PRIOR_WORDS else "typed"
        return ", ".join([*parts, *([f"prior {prior.replace('_', ' ')}"] if self.prior else [])])

    @property
    def chosen_on(self) -> Literal["validation", "test", "given"]:
        """The least honest way in which a number of it comes about."""
        asked = {getattr(self, name) for name in NAMES}
        return "test" if "test" in asked else "validation" if "validation" in asked else "given"


def point(words: Mapping[str, str], path: str = "") -> Point:
    """The point of these words; empty ones ask nothing. Raises InvalidError naming each refused one.

    path: before the names in the refusal, where the words are a part of another.
    """
    problems: list[FieldProblem] = []
    found: dict[str, Asked] = {}
    for name in NAMES:
        try:
            found[name] = _asked(name, words.get(name, "").strip())
        except ValueError as error:
            problems.append(FieldProblem(f"{path}{name}", str(error)))
    prior = words.get("prior", "").strip()
    try:
        prior = _prior(prior)
    except ValueError as error:
        problems.append(FieldProblem(f"{path}prior", str(error)))
    if problems:
        raise InvalidError("The adjustment was refused.", fields=problems)
    return Point(found["tau"], found["norm"], found["temperature"], prior)


def shares_of(
    prior: str, counts: Sequence[int], support: Sequence[int], names: Sequence[str]
) -> tuple[float, ...]:
    """The share of each class where the network is to be used, 1 in all; () for no prior.

    Raises InvalidError where the classes are others, or one is left without any share.
    """
    if not prior:
        return ()
    import numpy as np

    found = _unscaled(prior, np.asarray(counts, dtype=np.int64), np.asarray(support, dtype=np.int64))
    if len(found) != len(names):
        raise _refused(f"has {len(found)} numbers; this run has {len(names)} classes")
    found = found / found.max()  # The sum of what was typed may be beyond any number.
    found /= found.sum()
    if not (found > 0).all():
        raise _refused(f"leaves class {names[int(np.argmin(found))]} without a share; each needs one above 0")
    return tuple(found.tolist())


def _unscaled(prior: str, images: "Counts", support: "Counts") -> "Floats":
    """Of each class, up to one factor; as many as there are, or as were typed."""
    import numpy as np

    if prior in SHIFTS:
        shares = METRICS[prior].shares
        assert shares is not None, "a metric of a shifted test set is a mean of recalls"
        return shares(images, support)
    if prior not in PRIOR_WORDS:
        return np.array([float(one) for one in prior.split(_BETWEEN)])
    known = {"uniform": np.ones_like(images), "train": images, "test": support}
    return known[prior].astype(np.float64)


def _asked(name: Name, text: str) -> Asked:
    if not text:
        return None
    for word in CHOOSERS:
        if text == word:
            return word
    low, high = BOUNDS[name]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise ValueError(f"must be {low:g} to {high:g}, or validation or test to have it chosen there")
    return value


def _prior(text: str) -> str:
    """A word as it is; numbers, parted by commas, spaces or slashes, in one form."""
    if not text or text in PRIOR_WORDS:
        return text
    try:
        numbers = list(_numbers(text))
    except ValueError as error:
        words = ", ".join((*PRIOR_WORDS[:4], "..."))
        raise ValueError(
            f"must be one of {words}, or a positive number for each class, such as 3,1,1"
        ) from error
    return _BETWEEN.join(f"{one:.10g}" for one in numbers)


def _numbers(text: str) -> Iterator[float]:
    if len(text) > MOST_PRIOR:
        raise ValueError(text[:40])
    for word in text.replace(",", " ").replace(_BETWEEN, " ").split():
        value = float(word)
        if not 0 < value < math.inf:
            raise ValueError(word)
        yield value


def _text(value: Asked) -> str:
    return "" if value is None else value if isinstance(value, str) else f"{value:.10g}"


def _part(name: str, value: Asked) -> str:
    word = "tau-norm" if name == "norm" else name
    return f"{word} by {value}" if isinstance(value, str) else f"{word} {brief(value, 4)}"


def _refused(message: str) -> InvalidError:
    return InvalidError("The adjustment was refused.", fields=[FieldProblem("prior", message)])
