"""Every figure: its traces, axes and words."""

import pytest
from fastapi.testclient import TestClient

from tests.contract.addresses import FIGURES
from tests.contract.asked import figure
from tests.contract.recorded import Recorded


@pytest.mark.parametrize("address", FIGURES)
def test_answers_as_recorded(board: TestClient, recorded: Recorded, address: str) -> None:
    answer = board.get(address)
    assert answer.status_code == 200
    recorded.check(address, figure(answer))


def test_nothing_else_is_recorded(recorded: Recorded) -> None:
    recorded.only(FIGURES)
