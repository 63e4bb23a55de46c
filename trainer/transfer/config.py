"""What a comparison of transfers is asked: which networks, which images, read out how. Imports no torch."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from trainer.config_readers import list_to_tuple
from trainer.config_section import Section
from trainer.config_sections import Device

MOST_SOURCES = 50
FEWEST_IMAGES, MOST_IMAGES = 10, 10_000
MOST_SEEDS = 20
RANDOM = "random"
"""What stands for a network that nothing has trained, among the sources that are asked for."""
Mode = Literal["linear", "finetune"]


class Source(Section):
    """A network to go on from: of a completed run, or of nobody's training where `run` is null."""

    run: int | None
    label: str
    config: dict[str, Any]
    """The run's configuration, as stored; of the random one, that of the network which it is like."""


class TransferConfig(Section):
    """Each source with each seed: `images` labelled images of the data set are drawn, and read out.

    linear: a linear layer on the frozen features that reach the network's own last layer. finetune: a new
    last layer, and the whole network trained on.
    """

    kind: Literal["transfer"] = "transfer"
    sources: Annotated[
        tuple[Source, ...], BeforeValidator(list_to_tuple), Field(min_length=1, max_length=MOST_SOURCES)
    ]
    dataset: str
    images: Annotated[int, Field(ge=FEWEST_IMAGES, le=MOST_IMAGES)] = 300
    mode: Mode = "linear"
    seeds: Annotated[
        tuple[Annotated[int, Field(ge=0, le=2**32 - 1)], ...],
        BeforeValidator(list_to_tuple),
        Field(min_length=1, max_length=MOST_SEEDS),
    ] = (0, 1, 2, 3, 4)
    device: Device = "auto"
    threads: int | None = None

    @property
    def pieces(self) -> int:
        """How many figures are measured, each of a source and a seed."""
        return len(self.sources) * len(self.seeds)
