"""Images as they are."""

from trainer.config_section import Section
from trainer.mixing.entry import Mixing, MixingContext


def _build(context: MixingContext[Section]) -> None:  # noqa: ARG001
    return None


MIXING = Mixing(name="none", title="none", short="none", fields=Section, build=_build)
