"""The client's calls about images: those behind a run's figures, and behind two settings."""

from collections.abc import Iterable
from typing import Any

from app.client.calls import Calls
from app.comparing.images.view import ComparedImages
from app.urls import API, run_api
from app.views.gallery.view import Gallery


class ImageCalls(Calls):
    """Images; `Client` has these beside its calls about runs. `asked` are the words of the page's address."""

    def images(self, run_id: int, **asked: Any) -> Gallery:
        """A page of the images asked for (true="truck", answer="wrong", sort="-confidence", ...), with what
        the network said to each.

        Raises MissingError, which says why that was not kept, and RefusedError.
        """
        return self._get(Gallery, run_api(run_id, "images"), **asked)

    def compared_images(
        self, run_ids: Iterable[int] = (), sweep: int | None = None, **asked: Any
    ) -> ComparedImages:
        """Test images with the answers of settings a and b (right="b", true="truck", ...).

        Raises MissingError where predictions lack or images differ, and RefusedError.
        """
        runs: dict[str, Any] = {"runs": ",".join(map(str, run_ids))} if sweep is None else {"sweep": sweep}
        return self._get(ComparedImages, f"{API}/compare/images", **runs, **asked)
