"""Going on with a run from its page, and what pages and comparisons say of a run that goes on."""

import re

import pytest
from starlette.testclient import TestClient

from app.settings import Settings
from tests.app.pages.seen import HTML
from tests.conftest import SeedRun

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("schedule", "said"),
    [("step", "a run of 5 epochs in one go"), ("cosine", "this is not the setting of a run of 5 in one go")],
)
def test_the_page_goes_on_and_says_whose_epochs_are_first(
    client: TestClient, seed_run: SeedRun, settings: Settings, schedule: str, said: str
) -> None:
    old = seed_run("completed", name="mine", config={"optim": {"epochs": 3, "schedule": schedule}})
    (settings.run_dir(old) / "checkpoints" / "last.pt").write_bytes(b"here")
    assert f'action="/runs/{old}/continue"' in client.get(f"/runs/{old}", headers=HTML).text
    sent = client.post(f"/runs/{old}/continue", data={"epochs": "2"}, headers=HTML, follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (303, "/runs/2")
    page = " ".join(re.sub(r"<[^>]+>", "", client.get("/runs/2", headers=HTML).text).split())
    assert f"Goes on from run {old} mine after its epoch 3: the figures up to there are that run's." in page
    assert said in page
    assert 'id="continued-by"' in client.get(f"/runs/{old}", headers=HTML).text


@pytest.mark.parametrize("state", ["queued", "running", "failed"])
def test_a_run_that_is_not_completed_offers_nothing(
    client: TestClient, seed_run: SeedRun, state: str
) -> None:
    run_id = seed_run(state)
    assert "/continue" not in client.get(f"/runs/{run_id}", headers=HTML).text
    refused = client.post(f"/runs/{run_id}/continue", data={"epochs": "2"}, headers=HTML)
    assert (refused.status_code, "cannot be continued" in refused.text) == (409, True)


@pytest.mark.parametrize("epochs", ["", "0", "many", "99999"])
def test_a_number_that_is_none_is_refused(client: TestClient, seed_run: SeedRun, epochs: str) -> None:
    refused = client.post(f"/runs/{seed_run()}/continue", data={"epochs": epochs}, headers=HTML)
    assert refused.status_code == 422
