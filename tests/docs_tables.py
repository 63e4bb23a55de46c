"""What the parts of the documentation that are made from the code share: tables, and fields in a cell."""

from collections.abc import Mapping, Sequence

from pydantic.fields import FieldInfo

from trainer.config_fields import as_text


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; bars and line ends in cells are escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def defaults(fields: Mapping[str, FieldInfo]) -> str:
    """Each field with its default: "`gamma` 1.5"."""
    told = (f"`{name}` {as_text(field.default)}".strip() for name, field in fields.items())
    return ", ".join(told) or "–"
