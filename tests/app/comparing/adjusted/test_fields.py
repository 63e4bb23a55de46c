"""What fields do is told of trained settings alone: adjusted logits have the fields of their setting."""

from typing import Any

from starlette.testclient import TestClient

from app.settings import Settings
from app.store.engine import Database
from tests.app.logits import keep_run
from tests.conftest import SeedRun


def test_adjusted_rows_are_in_no_effect(
    client: TestClient, seed_run: SeedRun, db: Database, settings: Settings
) -> None:
    ids = [
        keep_run(seed_run, db, settings, seed, {"loss": loss})
        for loss in ({}, {"name": "focal", "gamma": 2.0})
        for seed in (0, 1, 2)
    ]

    def effects(**words: str) -> Any:
        asked = {"runs": ",".join(map(str, ids)), **words}
        return client.get("/api/v1/compare/effects", params=asked).json()

    plain, beside = effects(), effects(adjusted=f"{ids[0]}:tau=2")
    assert len(plain["cells"]) == 2
    assert (beside["cells"], beside["fields"]) == (plain["cells"], plain["fields"])
    assert any("adjusted after training: 1 setting (CE + tau 2)" in one for one in beside["warnings"])
