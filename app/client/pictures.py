"""The client's call that shows pictures to a run's network."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from app.client.calls import Calls
from app.urls import run_api
from app.views.pictures import PicturesView
from trainer.run_dir import EpochName

MOST_AT_ONCE = 100
MOST_BYTES = 16_000_000
"""Of a request, but for a single picture of more: the server says what it takes."""


class PictureCalls(Calls):
    """Pictures of one's own; `Client` has this beside its calls about runs."""

    def predict(self, run_id: int, pictures: Sequence[Path | str], epoch: EpochName = "last") -> PicturesView:
        """What the run's network says to these image files, in this order, after the last or best epoch.

        One that cannot be read as an image has an `error` in place of probabilities. Raises OSError for a
        file that cannot be opened, ValueError where there is none, and MissingError, which says why the run
        cannot be asked.
        """
        found = [self._predicted(run_id, part, epoch) for part in _parts(map(Path, pictures))]
        if not found:
            raise ValueError("pictures: name at least one file")
        return found[-1].model_copy(update={"items": tuple(item for view in found for item in view.items)})

    def _predicted(self, run_id: int, part: Sequence[tuple[str, bytes]], epoch: EpochName) -> PicturesView:
        files = [("picture", picture) for picture in part]
        answer = self._send("POST", run_api(run_id, "predict"), params={"epoch": epoch}, files=files)
        view = PicturesView.model_validate_json(answer.content)
        pairs = zip(part, view.items, strict=True)
        items = tuple(item.model_copy(update={"name": name}) for (name, _), item in pairs)
        return view.model_copy(update={"items": items})  # a form's file has no quotation mark in its name


def _parts(paths: Iterable[Path]) -> Iterator[list[tuple[str, bytes]]]:
    """Names and contents, as many as one request takes."""
    part: list[tuple[str, bytes]] = []
    room = MOST_BYTES
    for path in paths:
        content = path.read_bytes()
        if part and (len(part) == MOST_AT_ONCE or len(content) > room):
            yield part
            part, room = [], MOST_BYTES
        part.append((str(path), content))
        room -= len(content)
    if part:
        yield part
