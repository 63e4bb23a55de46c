"""Fills the views of imports from their folders."""

from app.errands.errand import Errand, Told
from app.errands.place import ErrandPlace, errand_of, errands
from app.settings import Settings
from app.urls import import_api
from app.views.base import same_named
from app.views.datasets.view import ImportList, ImportState, ImportView


def import_view(settings: Settings, errand_id: str) -> ImportView:
    """One import. Raises NotFoundError."""
    return _view(*errand_of(settings, errand_id, "import"))


def import_list(settings: Settings) -> ImportList:
    """All that have not ended."""
    found = [(place, place.errand()) for place in errands(settings)]
    views = [_view(place, errand) for place, errand in found if errand and errand.kind == "import"]
    views.sort(key=lambda view: view.created_at, reverse=True)
    return ImportList(items=tuple(view for view in views if view.state != "done"))


def _view(place: ErrandPlace, errand: Errand) -> ImportView:
    told, preview = place.told(errand.step), place.preview()
    has_choice = preview is not None and bool(preview.choices)
    return ImportView(
        **same_named(ImportView, errand),
        state=_state(errand, told, has_choice),
        received=place.received if errand.step == "receive" else errand.bytes,
        said=told.said,
        done=told.done,
        total=told.total,
        preview=preview,
        samples=import_api(errand.id, "samples.png") if place.samples.exists() and not has_choice else None,
        failure=told.failure,
    )


def _state(errand: Errand, told: Told, has_choice: bool) -> ImportState:
    if errand.step == "receive":
        return "receiving"
    if told.failure is not None:
        return "failed"
    if errand.step == "take":
        return "done" if told.is_over else "taking"
    if not told.is_over:
        return "looking"
    return "choosing" if has_choice else "ready"
