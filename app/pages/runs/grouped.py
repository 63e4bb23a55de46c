"""The list of runs in groups, as a page: a line each, with the colour of a setting and a link to its runs."""

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy.orm import Session

from app.comparing.group_views import RunGroup
from app.comparing.groups import MOST_GROUPS, Asked, run_groups
from app.comparing.samples import kept_predictions
from app.figures.colours_apart import settings_styles
from app.schema_types import By
from app.settings import Settings
from app.urls import compare_page

if TYPE_CHECKING:
    from app.pages.runs.query import RunQuery

WORD = {"setting": "Setting", "sweep": "Sweep", "dataset": "Data set", "tag": "Tag"}


def groups_context(session: Session, settings: Settings, query: "RunQuery") -> dict[str, Any]:
    """What the template of groups needs beside what it shares with the list."""
    by = cast(By, query.group)
    asked = Asked(query.wanted, by, query.baseline or None, MOST_GROUPS, query.cursor)
    page = run_groups(session, asked, kept_predictions(settings))
    standings = [group.standing for group in page.items if group.standing]
    return {
        "groups": page,
        "word": WORD[by],
        "styles": settings_styles({at.setting_hash: at.config for at in standings}),
        "links": [_link(query, group) for group in page.items],
        "compare": compare_page(page.compared) if len(page.compared) > 1 else "",
    }


def _link(query: "RunQuery", group: RunGroup) -> str:
    """The list of the group's runs; "" for those without what is grouped by."""
    if group.key is None:
        return ""
    words: dict[str, Any] = {"group": "none", "baseline": "", "sort": "-id"}
    if query.group == "tag":
        return query.but(**words, tag=tuple(dict.fromkeys((*query.tag, str(group.key)))))
    return query.but(**words, **{query.group: group.key})
