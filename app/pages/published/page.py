"""/published: results of others, the form that adds one's own, and the way from there to Compare."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile
from starlette.responses import Response

from app.errors import ConflictError, InvalidError
from app.known import check_names
from app.published import fill
from app.published.fill import published
from app.published.result import PublishedRow
from app.published.upload import EXAMPLE, Problem, decode, read_upload
from app.reproduction.compose import summary
from app.reproduction.worked import worked, worked_names
from app.urls import API
from app.web.deps import ReadSession, WriteSession
from app.web.templating import render, see_other


@dataclass(frozen=True)
class ClassTable:
    """A row a result; `classes` are all classes that some row names, () where no row has any.

    source, recipe, note: what most rows share, said once for all of them; "" where they share none.
    """

    group: str
    own: bool
    classes: tuple[str, ...]
    rows: tuple[PublishedRow, ...]
    cells: dict[str, tuple[float | None, ...]]
    source: str
    recipe: str
    note: str


@dataclass(frozen=True)
class RatioLine:
    """A method as one source reports it: a result for each ratio of the table, None where it has none.

    recipe: "" where it is the source's usual one.
    """

    label: str
    source: str
    recipe: str
    note: str
    cells: tuple[PublishedRow | None, ...]

    @property
    def best_test_epoch(self) -> bool:
        """Whether any of its figures is of the best test epoch."""
        return any(row.best_test_epoch for row in self.cells if row)


@dataclass(frozen=True)
class RatioTable:
    """Overall accuracies by method and imbalance ratio, largest ratio first.

    recipes: the usual recipe of each source.
    """

    group: str
    ratios: tuple[float, ...]
    lines: tuple[RatioLine, ...]
    recipes: dict[str, str]


def published_tables(rows: Iterable[PublishedRow]) -> tuple[ClassTable | RatioTable, ...]:
    """A table a group, in the order of their first rows."""
    groups: dict[str, list[PublishedRow]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    return tuple(_table(group, members) for group, members in groups.items())


def _table(group: str, rows: Sequence[PublishedRow]) -> ClassTable | RatioTable:
    if rows[0].own or rows[0].imported or any(row.classes for row in rows):
        return _class_table(group, rows)
    return _ratio_table(group, rows)


def _ratio_table(group: str, rows: Sequence[PublishedRow]) -> RatioTable:
    sources = dict.fromkeys(row.source for row in rows)
    recipes = {source: _usual([row.recipe for row in rows if row.source == source]) for source in sources}
    ratios = sorted({row.imbalance_ratio or 1.0 for row in rows}, reverse=True)
    lines: dict[tuple[str, str, str, str], dict[float, PublishedRow]] = {}
    for row in rows:
        recipe = "" if row.recipe == recipes[row.source] else row.recipe
        key = (row.label, row.source, recipe, row.note)
        lines.setdefault(key, {})[row.imbalance_ratio or 1.0] = row
    methods = tuple(RatioLine(*key, tuple(map(cells.get, ratios))) for key, cells in lines.items())
    return RatioTable(group, tuple(ratios), methods, recipes)


def _class_table(group: str, rows: Sequence[PublishedRow]) -> ClassTable:
    classes = tuple(dict.fromkeys(name for row in rows for name in row.class_names))
    recalls = {row.id: dict(zip(row.class_names, row.classes, strict=True)) for row in rows}
    cells = {row_id: tuple(map(recall.get, classes)) for row_id, recall in recalls.items()}
    shared = {name: _shared([getattr(row, name) for row in rows]) for name in ("source", "recipe", "note")}
    return ClassTable(group, rows[0].own, classes, tuple(rows), cells, **shared)


def _usual(texts: Sequence[str]) -> str:
    [(text, _)] = Counter(texts).most_common(1)
    return text


def _shared(texts: Sequence[str]) -> str:
    """What more than half of several rows say."""
    text = _usual(texts)
    return text if len(texts) > 1 and 2 * texts.count(text) > len(texts) else ""


router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class RefusedUpload:
    """What was sent, the problem with it as a whole, and each wrong line: number, text, problems."""

    text: str = ""
    message: str = ""
    lines: tuple[tuple[int, str, tuple[Problem, ...]], ...] = ()


async def _form(request: Request) -> tuple[bytes, str]:
    """A CSV file or, without one, the pasted text; and the compare page that somebody came from."""
    async with request.form() as form:
        check_names("form", form.keys(), ("file", "text", "compare"))
        file, text, compare = form.get("file"), form.get("text"), form.get("compare")
        chosen = await file.read() if isinstance(file, UploadFile) else b""
        pasted = text.encode("utf-8", "replace") if isinstance(text, str) else b""
        return chosen or pasted, compare if isinstance(compare, str) else ""


@router.get("/published")
def show(
    request: Request,
    session: ReadSession,
    compare: Annotated[str, Query(max_length=4000)] = "",
    added: Annotated[int | None, Query(ge=0)] = None,
) -> Response:
    """All tables. `compare` is the query of the compare page from which somebody came to choose rows."""
    return _page(request, session, None, compare, added)


@router.post("/published")
def add(
    request: Request, session: WriteSession, form: Annotated[tuple[bytes, str], Depends(_form)]
) -> Response:
    """Add the rows of the form; the page again, with every problem beside its line, where one is wrong."""
    (csv, compare), text = form, ""
    try:
        text = decode(csv)
        upload = read_upload(text)
        if upload.problems:
            return _page(request, session, RefusedUpload(text, lines=_beside(text, upload.problems)), compare)
        rows = fill.add(session, upload.rows).items
    except InvalidError as error:
        return _page(request, session, RefusedUpload(text, f"The file {error.fields[0].message}."), compare)
    except ConflictError as error:
        return _page(request, session, RefusedUpload(text, f"{error.message} {error.hint}"), compare)
    words = {"added": len(rows)} | ({"compare": compare} if compare else {})
    return see_other(request, f"/published?{urlencode(words)}#{rows[0].id}")


@router.post("/published/{row_id}/delete")
def delete(request: Request, row_id: str, session: WriteSession) -> Response:
    """Forget an added row."""
    fill.delete(session, row_id)
    return see_other(request, "/published")


@router.get("/published/use")
def use(
    request: Request,
    published: Annotated[Sequence[str], Query(max_length=50)] = (),
    compare: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """To the compare page with the ticked rows as references, its view otherwise as it was."""
    kept = [(name, value) for name, value in parse_qsl(compare) if name != "published"]
    chosen = [("published", ",".join(published))] if published else []
    return see_other(request, f"/compare?{urlencode(kept + chosen)}")


def _page(
    request: Request, session: Session, refused: RefusedUpload | None, compare: str, added: int | None = None
) -> Response:
    view = published(session)
    context = {
        "published": view,
        "reproductions": [
            (one.name, one.title, summary(one)) for one in map(worked, worked_names()) if one.is_whole
        ],
        "tables": published_tables(view.items),
        "refused": refused,
        "example": EXAMPLE,
        "compare": compare,
        "ticked": dict(parse_qsl(compare)).get("published", "").split(","),
        "added": added,
        "twin": f"{API}/published",
        "here": "/published",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK
    return render(request, "published.html", context, status)


def _beside(text: str, problems: Sequence[Problem]) -> tuple[tuple[int, str, tuple[Problem, ...]], ...]:
    """The problems of each line beside its text."""
    lines = dict(enumerate(text.splitlines(), start=1))
    by_line: dict[int, list[Problem]] = {}
    for problem in problems:
        by_line.setdefault(problem.line, []).append(problem)
    return tuple((line, lines.get(line, ""), tuple(found)) for line, found in by_line.items())
