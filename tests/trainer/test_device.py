"""Choosing a device and setting up a process for training."""

from collections.abc import Iterator

import pytest
import torch

from tests.trainer.tiny import tiny_config
from trainer.device import prepare_process, resolve_device
from trainer.errors import ConfigError


@pytest.fixture(autouse=True)
def _torch_as_before() -> Iterator[None]:
    yield
    torch.use_deterministic_algorithms(False)


def test_auto_takes_the_best_that_is_there() -> None:
    expected = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    assert resolve_device("auto").type == expected
    assert resolve_device("cpu").type == "cpu"


def test_a_missing_device_is_refused_by_name() -> None:
    missing = next(kind for kind in ("mps", "cuda") if kind != resolve_device("auto").type)
    with pytest.raises(ConfigError) as caught:
        resolve_device(missing)
    [problem] = caught.value.fields
    assert problem.path == "device"
    assert "cpu" in problem.message


@pytest.mark.parametrize(("own", "share", "expected"), [(None, 2, 2), (1, 2, 1), (None, None, 1)])
def test_own_threads_win_over_the_workers_share(own: int | None, share: int | None, expected: int) -> None:
    prepare_process(tiny_config(threads=own), share)
    assert torch.get_num_threads() == expected
    assert torch.are_deterministic_algorithms_enabled()
