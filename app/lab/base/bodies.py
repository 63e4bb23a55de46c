"""Numbers in a calculator's request, as JSON may hold them; the pure functions read them, or refuse."""

from typing import Annotated, Any

from pydantic import WithJsonSchema

NUMERAL = {"anyOf": [{"type": "number"}, {"type": "string"}]}

Numeral = Annotated[Any, WithJsonSchema(NUMERAL)]
"""A number, or text such as "3/2"."""

Numerals = Annotated[Any, WithJsonSchema({"type": "array", "items": NUMERAL})]
"""A list of them."""

Answer = Annotated[
    Any,
    WithJsonSchema(
        {"type": "array", "items": {"anyOf": [*NUMERAL["anyOf"], {"type": "array", "items": NUMERAL}]}}
    ),
]
"""An answer to be marked: a list of numbers, or one list for each row."""

Listed = Annotated[Any, WithJsonSchema({"type": "array", "items": {}})]
"""Lists of numerals, nested as their field says."""
