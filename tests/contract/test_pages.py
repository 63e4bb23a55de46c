"""Every page as its reader sees it: words, tables, forms and links."""

import pytest
from fastapi.testclient import TestClient

from app.settings import Settings
from tests.contract.addresses import PAGES
from tests.contract.asked import HTML, told
from tests.contract.recorded import Recorded


@pytest.mark.parametrize("address", PAGES)
def test_answers_as_recorded(board: TestClient, stored: Settings, recorded: Recorded, address: str) -> None:
    answer = board.get(address, headers=HTML)
    assert answer.status_code < 400
    recorded.check(address, told(answer, str(stored.data_dir), frame=address == "/"))


def test_nothing_else_is_recorded(recorded: Recorded) -> None:
    recorded.only(PAGES)
