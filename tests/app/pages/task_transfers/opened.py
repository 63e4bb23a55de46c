"""The page of a matrix as a reader has it."""

import re
from html import unescape

from starlette.testclient import TestClient

from tests.app.pages.seen import HTML

PAGE = "/transfer/tasks/1"


def seen(client: TestClient, path: str) -> str:
    page = client.get(path, headers=HTML)
    assert page.status_code == 200, page.text
    assert "NaN" not in page.text
    assert "None" not in re.sub(r"<script.*?</script>", "", page.text, flags=re.S)
    return unescape(page.text)
