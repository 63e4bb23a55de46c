"""Every file to take away: tables, reports, checkpoints, predictions, event streams."""

import pytest
from fastapi.testclient import TestClient

from app.settings import Settings
from tests.contract.addresses import FILES
from tests.contract.asked import told
from tests.contract.recorded import Recorded


@pytest.mark.parametrize("address", FILES)
def test_answers_as_recorded(board: TestClient, stored: Settings, recorded: Recorded, address: str) -> None:
    answer = board.get(address)
    assert answer.status_code == 200
    recorded.check(address, told(answer, str(stored.data_dir)))


def test_nothing_else_is_recorded(recorded: Recorded) -> None:
    recorded.only(FILES)
