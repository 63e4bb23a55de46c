"""Dead units of networks that diverged: nothing is measured there, and sentences and figures say so."""

from app.comparing.dead_relu.figure import dead_relu_rate
from app.figures.theme import LIGHT
from app.store.engine import Database
from tests.app.comparing.dead_relu.test_fill import Trained, rate, seen
from tests.conftest import SeedRun


def test_a_rate_at_which_the_network_diverged_counts_for_nothing(db: Database, seed_run: SeedRun) -> None:
    trained = Trained(seed_run)
    runs = [
        trained({"relu1": [0.0], "relu2": [0.5]}, **rate(0.01)),
        trained({"relu1": [0.0], "relu2": [0.5]}, **rate(0.1)),
        trained({"relu1": [None], "relu2": [None]}, **rate(30.0)),
    ]
    [said] = [one for one in seen(db, *runs).observations if one.startswith("Learning rates")]
    assert said == (
        "Learning rates 0.01, 0.1: dead units at no rate in relu1; at every rate in relu2; at 30 the "
        "network diverged, so nothing was measured."
    )
    figure = dead_relu_rate(seen(db, *runs), LIGHT)
    assert figure.note.endswith("; at 30 the network diverged: not measured")
    [said] = [one for one in seen(db, *runs[1:]).observations if one.startswith("Learning rates")]
    assert said == "Learning rates 0.1, 30: at 30 the network diverged, so nothing was measured."


def test_where_all_diverged_the_figure_says_so(db: Database, seed_run: SeedRun) -> None:
    runs = [Trained(seed_run)({"relu1": [None]}, **rate(value)) for value in (30.0, 100.0)]
    figure = dead_relu_rate(seen(db, *runs), LIGHT).figure
    assert figure["data"] == []
    assert figure["layout"]["annotations"][0]["text"].startswith("Nothing was measured: the network diverged")
