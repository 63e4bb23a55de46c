"""A command with others below it, whose names come in place of its arguments: `betaboard sweep extend`."""

from collections.abc import Mapping
from typing import Any

import click


class WithVerbs(click.Command):
    """Hands over to a verb where the first word is one; each has options of its own."""

    def __init__(self, *args: Any, verbs: Mapping[str, click.Command], **options: Any) -> None:
        super().__init__(*args, **options)
        self.verbs = verbs

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """That of the verb, if the first word is one."""
        if args and args[0] in self.verbs:
            verb, *rest = args
            return self.verbs[verb].make_context(f"{info_name} {verb}", rest, parent, **extra)
        return super().make_context(info_name, args, parent, **extra)
