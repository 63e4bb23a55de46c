"""What a page was drawn from: the test client keeps the template and its context beside the answer."""

from typing import Any

HTML = {"Accept": "text/html"}


def context(page: Any) -> dict[str, Any]:
    """The context of the page's template."""
    shown: dict[str, Any] = page.context
    return shown


def template(page: Any) -> str:
    """Name of the page's template."""
    return str(page.template.name)


def typed_in(page: Any) -> dict[str, str]:
    """What stands in each field of the form of a new run."""
    groups = context(page)["form"].groups
    return {field.view.path: field.value for group in groups for field in group.fields}
