"""Pictures as a request brings them: its body itself, or the files of a form under the name `picture`."""

from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from app.errors import InvalidError
from app.known import check_names
from trainer.errors import FieldProblem
from trainer.visible import visible

FIELD = "picture"
MOST_PICTURES = 100
_LONGEST_NAME = 200

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FIELD],
                    "properties": {
                        FIELD: {"type": "array", "items": {"type": "string", "format": "binary"}},
                    },
                }
            },
        },
    }
}
"""The same for the OpenAPI document."""


class SentPictures(NamedTuple):
    """Name and content of each picture; the other fields of a form that brought them."""

    items: list[tuple[str, bytes]]
    fields: dict[str, str]


async def _read(request: Request) -> SentPictures:
    """At most MOST_PICTURES. Raises InvalidError where there is none."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        content = await request.body()
        if not content:
            raise _missing()
        return SentPictures([(FIELD, content)], {})
    async with request.form(max_files=MOST_PICTURES, max_fields=8) as form:
        check_names("form", form.keys(), (FIELD, "epoch"))
        files = [file for file in form.getlist(FIELD) if isinstance(file, UploadFile) and file.filename]
        if not files:
            raise _missing()
        items = [(visible(file.filename or "")[:_LONGEST_NAME], await file.read()) for file in files]
        return SentPictures(items, {name: value for name, value in form.items() if isinstance(value, str)})


def _missing() -> InvalidError:
    problem = FieldProblem(FIELD, "is missing: send a file of JPEG, PNG, WebP, BMP, GIF or TIFF")
    return InvalidError(
        "No picture was sent.", "Send one as the body, or several as a form's files.", [problem]
    )


PicturesDep = Annotated[SentPictures, Depends(_read)]
