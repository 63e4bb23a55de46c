"""An operation fails at each place in our code: worker, child, judge and web process go on, all stays true.

Once for each distinct place here, of a training child in its own scene only; `tests.benchmarks.faults` lets
every single operation fail.
"""

from collections.abc import Iterator

import pytest
import torch

from tests.app.web_scene import Requests
from tests.app.worker.fault_scenes import Installations, Judgement, Kind, Work
from tests.faults import (
    Error,
    Faults,
    Scene,
    broken,
    distinct,
    full_disk,
    locked,
    no_permission,
    odd,
    recorded,
    sweep,
)
from tests.trainer.executors.child_scene import Training

pytestmark = pytest.mark.slow

TEXT = "one run failed with its text"
CASES: list[tuple[Kind, Error]] = [("files", full_disk), ("commits", locked), ("commits", odd)]


@pytest.fixture(scope="module")
def made() -> Iterator[Installations]:
    with Installations() as installations:
        yield installations


@pytest.fixture(autouse=True)
def _torch_as_before() -> Iterator[None]:
    yield
    torch.use_deterministic_algorithms(False)


def each_place(scene: Scene, error: Error, outermost: str = "") -> set[str]:
    """What came of a failure at each place (below a module of ours); every one of them is reached."""
    passed = recorded(scene)
    numbers = [number for number in distinct(passed) if passed[number - 1][0].startswith(outermost)]
    found = set(sweep(scene, error, numbers))
    assert numbers
    assert "not reached" not in found
    return found


@pytest.mark.parametrize(("kind", "error"), CASES)
def test_worker(made: Installations, kind: Kind, error: Error) -> None:
    found = each_place(Work(made, kind), error, "app/worker/supervisor.py")
    assert found <= {TEXT, "went on", "went on in a second attempt"}
    assert "went on" in found


@pytest.mark.parametrize(
    ("kind", "error"), [*CASES, ("files", no_permission), ("files", odd), ("commits", broken)]
)
def test_judge(made: Installations, kind: Kind, error: Error) -> None:
    assert each_place(Judgement(made, kind), error) <= {TEXT, "went on"}


@pytest.mark.parametrize(
    ("kind", "error", "said"),
    [
        ("files", no_permission, "answered 503"),
        ("commits", locked, "answered 503"),
        ("commits", odd, "answered 500"),
    ],
)
def test_web_process(made: Installations, kind: Kind, error: Error, said: str) -> None:
    assert each_place(Requests(made, kind), error) <= {said, "went on"}


def test_training_child() -> None:
    with Training() as training:
        found = each_place(training, full_disk)
    assert found == {"went on", "failed, as its journal says", "failed, as it told its worker"}


def test_an_operation_that_is_not_reached_is_no_success(made: Installations) -> None:
    assert set(sweep(Judgement(made, "commits"), odd, [10_000])) == {"not reached"}


def test_the_order_of_operations_is_always_the_same(made: Installations) -> None:
    """Or the k-th of them would be another one each time."""
    assert recorded(Work(made, "files")) == recorded(Work(made, "files"))


def test_what_a_scene_does_not_survive_is_told_with_its_place() -> None:
    class Dies:
        def play(self, faults: Faults) -> str:
            faults.pass_by("open")
            return "went on"

    with pytest.raises(AssertionError, match=r"nobody foresaw this.*operation 1, open"):
        sweep(Dies(), odd, [1])
