"""Queries of what is beside an open image, and of the pages beside the one that is shown."""

from collections.abc import Callable

from app.comparing.images.view import OpenCompared
from app.views.gallery.query import SIZE
from app.views.gallery.view import OpenImage


def ways(
    but: Callable[..., str], start: int, opened: OpenImage | OpenCompared | None, next_from: int | None
) -> dict[str, str]:
    """but: the query of the page with words changed. start, next_from: where this page and the next begin."""

    def beside(index: int | None, step: int) -> str:
        place = (opened.place or 0) + step if opened else 0
        return but(image=index, start=SIZE * (place // SIZE))

    return {
        "before": beside(opened.before if opened else None, -1),
        "after": beside(opened.after if opened else None, 1),
        "closed": but(image=None, start=start),
        "earlier": but(start=max(0, start - SIZE), image=None),
        "later": but(start=next_from or 0, image=None),
    }
