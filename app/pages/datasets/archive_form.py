"""The plain form of an import, read as it comes: fields, then the archive, which goes straight to the disk.

What is wrong with it is said once all of it has come: a browser shows no answer before that.
"""

import re
from collections.abc import Callable
from contextlib import ExitStack
from typing import IO, Any

from python_multipart.multipart import MultipartParser, parse_options_header

from app.dataset_schemas import TakeBody
from app.errands.importing import begin_unsized, finish
from app.errands.place import ErrandPlace
from app.errors import AppError, BadRequestError, InvalidError
from app.known import check_names
from app.schemas import read
from app.settings import Settings
from trainer.errors import FieldProblem

_FIELDS = ("name", "size", "replace", "file")
_LONGEST_FIELD = 1000
_ENDINGS = re.compile(r"\.(zip|tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz))$", re.IGNORECASE)


class ArchiveForm:
    """Reads a multipart body piece by piece."""

    def __init__(self, settings: Settings, content_type: str) -> None:
        """Raises BadRequestError where the body is no such form."""
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise BadRequestError("The body is no form with a file.", "Send it as multipart/form-data.")
        self._settings = settings
        self._fields: dict[str, bytes] = {}
        self._header, self._value = b"", b""
        self._headers: dict[bytes, bytes] = {}
        self._name = ""
        self._place: ErrandPlace | None = None
        self._file: IO[bytes] | None = None
        self._stack = ExitStack()
        self._refusal: AppError | None = None
        callbacks: dict[str, Callable[..., Any]] = {
            "on_part_begin": self._begin,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers,
            "on_part_data": self._on_data,
        }
        self._parser = MultipartParser(options[b"boundary"], callbacks)  # type: ignore[arg-type]

    def feed(self, data: bytes) -> None:
        """The next piece; after a refusal it is thrown away."""
        if self._refusal is None:
            try:
                self._parser.write(data)
            except AppError as error:
                self._refusal = error

    def finished(self) -> ErrandPlace:
        """The import, all of which is here. Raises what was wrong with it."""
        self._stack.close()
        errand = self._place.errand() if self._place else None
        if self._refusal is not None:
            raise self._refusal
        if self._place is None or errand is None or not self._place.received:
            raise _refused("file", "is missing: choose a .zip, .tar or .tar.gz")
        finish(self._place, errand)
        return self._place

    def abandon(self) -> None:
        """Leave nothing of it."""
        self._stack.close()
        if self._place is not None:
            self._place.remove()

    def _begin(self) -> None:
        self._headers, self._header, self._value = {}, b"", b""

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header = self._value = b""

    def _on_headers(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        check_names("form", [self._name], _FIELDS)
        if self._name == "file":
            file_name = options.get(b"filename", b"").decode("utf-8", "replace")
            if file_name:
                self._open(file_name)

    def _open(self, file_name: str) -> None:
        """Begin the import once its file begins; the fields came before it."""
        typed = {name: value.decode("utf-8", "replace").strip() for name, value in self._fields.items()}
        size = typed.get("size", "")
        body = read(
            TakeBody,
            {
                "name": typed.get("name") or name_of(file_name),
                "size": int(size) if size.isascii() and size.isdigit() else size or None,
                "replace": bool(typed.get("replace")),
            },
        )
        assert body.name is not None, "a name was given"
        self._place = begin_unsized(self._settings, body.name, file_name[-255:], body.size, body.replace)
        self._file = self._stack.enter_context(self._place.content.open("wb"))

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._name == "file":
            self._write(data[start:end])
            return
        value = self._fields[self._name] = self._fields.get(self._name, b"") + data[start:end]
        if len(value) > _LONGEST_FIELD:
            raise _refused(self._name, f"must be at most {_LONGEST_FIELD} characters")

    def _write(self, data: bytes) -> None:
        if self._file is not None:
            self._file.write(data)


def name_of(file_name: str) -> str:
    """A name for what comes of this file: "My Pets.zip" gives "my-pets"."""
    stem = _ENDINGS.sub("", re.split(r"[/\\]", file_name)[-1])
    return re.sub("[^a-z0-9_-]+", "-", stem.lower()).strip("-_")[:64] or "images"


def _refused(field: str, message: str) -> InvalidError:
    return InvalidError(f"The form was refused: {field}.", fields=[FieldProblem(field, message)])
