"""What a model is: an entry that specifies a network and builds it, and from what. Imports no torch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic

from trainer.models.specs import ModelSpec
from trainer.registry import Entry, F

if TYPE_CHECKING:
    from trainer.models.network import Network


@dataclass(frozen=True, kw_only=True)
class ModelContext(Generic[F]):
    """What a network may depend on. Random numbers are torch's own, seeded before it is built."""

    fields: F
    classes: int
    image_size: int


@dataclass(frozen=True, kw_only=True)
class Model(Entry[F]):
    """A network that a run may name.

    specify: its layers and what they cost, without torch; it raises ValueError for images that the network
    cannot take. places: of a configuration's section `model`, as stored, where the network's activations are,
    in words, by name; those without stand by their name.
    """

    specify: Callable[[ModelContext[F]], ModelSpec]
    build: Callable[[ModelContext[F]], "Network"]
    places: Callable[[Mapping[str, Any]], Mapping[str, str]] = lambda _model: {}
