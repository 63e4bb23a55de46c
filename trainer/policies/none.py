"""Images as they are, but for crop and mirror."""

from trainer.config_section import Section
from trainer.policies.entry import Policy, PolicyContext


def _build(context: PolicyContext[Section]) -> None:  # noqa: ARG001
    return None


POLICY = Policy(name="none", title="none", short="none", fields=Section, build=_build)
