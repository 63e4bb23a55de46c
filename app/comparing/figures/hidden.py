"""Lines of a figure that lie under others, and so cannot be seen: they are told in its note."""

from collections.abc import Sequence

from app.figures.lines import Line
from app.formats import cut

_NAME, _MOST = 24, 3


def hidden_lines(lines: Sequence[Line], width: float) -> list[tuple[str, str]]:
    """(name, name of what covers it) of each line that has no point further than `width` from a later one.

    Later ones are drawn over earlier ones. Both are compared where both have points, and the one that is
    covered has none elsewhere.
    """
    found = []
    for at, line in enumerate(lines):
        cover = next((other for other in lines[at + 1 :] if _is_under(line, other, width)), None)
        if cover:
            found.append((line.name, cover.name))
    return found


def hidden_note(lines: Sequence[Line], width: float) -> str:
    """ "CE lies under Focal" for the note of a figure; "" where every line can be seen."""
    found = hidden_lines(lines, width)
    told = [f"{cut(name, _NAME)} lies under {cut(cover, _NAME)}" for name, cover in found[:_MOST]]
    return ", ".join(told) + (f" and {len(found) - _MOST} more under others" if len(found) > _MOST else "")


def _is_under(line: Line, other: Line, width: float) -> bool:
    if line.axis != other.axis:
        return False
    heights = dict(zip(other.x, other.y, strict=True))
    known = [(y, heights.get(x)) for x, y in zip(line.x, line.y, strict=True) if y is not None]
    return bool(known) and all(there is not None and abs(y - there) <= width for y, there in known)
