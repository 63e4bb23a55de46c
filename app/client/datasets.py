"""The client's calls about data sets: show, rename, delete, fetch, and import through the server."""

import hashlib
import tarfile
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from app.client.calls import Calls, given, patiently
from app.client.errors import ConflictedError, RefusedError, ServerFailedError, UnreachableError
from app.dataset_schemas import RunsToo
from app.urls import API, dataset_api, import_api
from app.views.datasets.view import DatasetDetail, ImportView
from app.views.system.view import DatasetList, DatasetView

CHUNK_BYTES = 8_000_000
Watch = Callable[[ImportView], None]


class DatasetCalls(Calls):
    """Data sets; `Client` has these beside its calls about runs."""

    def datasets(self) -> tuple[DatasetView, ...]:
        """Data sets that a run may name."""
        return self._get(DatasetList, f"{API}/datasets").items

    def dataset(self, name: str) -> DatasetDetail:
        """One data set: its import's report, its duplicates, the runs that used it. Raises MissingError."""
        return self._get(DatasetDetail, dataset_api(name))

    def rename_dataset(self, name: str, new: str) -> DatasetDetail:
        """Give an imported data set another name; runs find it by the former, too. Raises ConflictedError."""
        sent = self._send("PATCH", dataset_api(name), json={"name": new})
        return DatasetDetail.model_validate_json(sent.content)

    def delete_dataset(self, name: str, runs: RunsToo = "refuse") -> None:
        """Delete an imported data set. runs: what becomes of those that used it. Raises ConflictedError."""
        self._send("DELETE", dataset_api(name), params={"runs": runs})

    def fetch_dataset(self, name: str) -> DatasetDetail:
        """Have it downloaded or drawn; `work` of `dataset` says how far that is."""
        return self._post(DatasetDetail, dataset_api(name, "fetch"))

    def look_for_duplicates(self, name: str) -> DatasetDetail:
        """Have its images compared with one another; `duplicates` of `dataset` holds what is found."""
        return self._post(DatasetDetail, dataset_api(name, "duplicates"))

    def import_dataset(
        self,
        name: str,
        path: str | Path,
        size: int | None = None,
        depth: int | None = None,
        replace: bool = False,
        on_look: Watch | None = None,
    ) -> DatasetDetail:
        """Send a folder or an archive to the server and have it imported as folder:NAME.

        size: in pixels. depth: which level of folders are the classes; 0 for those that hold images. Goes on
        where it stopped when the server was away. `on_look` sees how far it is. Raises RefusedError where it
        cannot be understood or taken, and where class folders can be read in several ways.
        """
        source = Path(path)
        with _archive(source) as content:
            body = {"name": name, "file_name": source.name, "replace": replace, **_measured(content)}
            item = self._post(ImportView, f"{API}/datasets", body | given(size=size, depth=depth))
            self._send_all(item, content, on_look)
        understood = self._followed(item.id, on_look)
        if understood.state == "choosing" and understood.preview:
            ways = "; ".join(f"depth={choice.depth}: {choice.told}" for choice in understood.preview.choices)
            self._send("DELETE", import_api(item.id))
            raise RefusedError(f"Its class folders can be read in several ways: {ways}.", "Say a depth.")
        self._post(ImportView, import_api(item.id, "take"), {"replace": replace})
        return self.dataset(self._followed(item.id, on_look).dataset)

    def _send_all(self, item: ImportView, content: IO[bytes], on_look: Watch | None) -> None:
        at, size = item.received, item.bytes
        while at < size:
            content.seek(at)
            with suppress(UnreachableError, ServerFailedError, ConflictedError):
                options = {"params": {"offset": at}, "content": content.read(CHUNK_BYTES)}
                self._send("PUT", import_api(item.id, "content"), **options)
            seen = patiently(lambda: self._get(ImportView, import_api(item.id)))
            at = seen.received
            if on_look is not None:
                on_look(seen)

    def _followed(self, import_id: str, on_look: Watch | None) -> ImportView:
        """The import once nothing works on it. Raises RefusedError where that failed."""
        found = self._wait(
            lambda: self._get(ImportView, import_api(import_id)),
            lambda view: "It is at work" if view.state in ("receiving", "looking", "taking") else "",
            None,
            on_look,
        )
        if found.failure is not None:
            self._send("DELETE", import_api(import_id))
            raise RefusedError(found.failure.message, found.failure.hint)
        return found


def _archive(source: Path) -> IO[bytes]:
    """The file, or a tar of the folder, in a file that goes when it is closed. Raises OSError."""
    if not source.is_dir():
        return source.open("rb")
    packed = tempfile.TemporaryFile()  # noqa: SIM115 (closed by who sends it)
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path in sorted(source.rglob("*")):
            tar.add(path, path.relative_to(source).as_posix(), recursive=False)
    return packed


def _measured(content: IO[bytes]) -> dict[str, int | str]:
    """How many bytes there are, and a key that only the same bytes have."""
    content.seek(0)
    digest = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]
    return {"bytes": content.tell(), "key": digest}
