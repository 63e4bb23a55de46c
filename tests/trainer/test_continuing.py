"""A run that goes on from another: what it takes over, when it equals a run in one go, and when not."""

from pathlib import Path
from typing import Any

import pytest

from tests.trainer.equal_runs import assert_equal_folders, figures
from tests.trainer.tiny import tiny_arrays, tiny_config
from trainer.checkpoint import load_checkpoint
from trainer.config import RunConfig, as_json, config_hash, merge, parse_config, setting_hash
from trainer.continuing import first_leg_of, longer, obstacle
from trainer.data.cache import DatasetArrays
from trainer.errors import CheckpointError, ConfigError
from trainer.events import Epoch, Event, Finished, Started
from trainer.journal import Journal
from trainer.loop import train
from trainer.losses import LOSSES
from trainer.run_dir import RunDir
from trainer.sampling import SAMPLERS
from trainer.schedules import learning_rates
from trainer.stages import trained_upon

COSINE = {"optim": {"schedule": "cosine", "epochs": 2}}
STEP = {"optim": {"epochs": 2, "milestones": [1, 3]}}


def continued(config: RunConfig, epochs: int) -> RunConfig:
    return parse_config(merge(as_json(config), longer(config, epochs)))


def one_go(config: RunConfig, epochs: int) -> RunConfig:
    return parse_config(merge(as_json(config), {"optim": {"epochs": epochs, "continued_after": []}}))


def run(config: RunConfig, arrays: DatasetArrays, run_dir: RunDir, upon: RunDir | None = None) -> list[Event]:
    """Also its journal, which whoever goes on from it reads."""
    run_dir.create(config)
    if upon:
        run_dir.write_first_stage(upon.path)
    with Journal(run_dir.events) as journal:
        events = []
        for event in train(config, arrays, run_dir, lambda: False):
            journal.append(event)
            events.append(event)
    return events


def folders(tmp_path: Path) -> tuple[RunDir, RunDir, RunDir]:
    short, longer_one, whole = (RunDir(tmp_path / name) for name in ("12", "13", "whole"))
    return short, longer_one, whole


def test_a_step_schedule_stays_the_setting_that_it_is_and_a_cosine_does_not() -> None:
    step, cosine = tiny_config(**STEP), tiny_config(**COSINE)
    assert continued(step, 5) == one_go(step, 5)
    assert continued(cosine, 5) != one_go(cosine, 5)
    both = continued(cosine, 5), one_go(cosine, 5)
    hashes = [digest(it) for digest in (config_hash, setting_hash) for it in both]
    assert len(set(hashes)) == 4
    assert continued(cosine, 5).optim.continued_after == (2,)
    assert continued(continued(cosine, 5), 9).optim.continued_after == (2, 5)


def test_rates_are_those_of_each_part() -> None:
    """By hand: half a cosine over 2 epochs, then the third to fifth of one over 5, as numbers of its own."""
    rates = learning_rates(continued(tiny_config(**COSINE), 5).optim)
    assert rates == pytest.approx([0.02, 0.01, 0.02 * 0.6545085, 0.02 * 0.3454915, 0.02 * 0.0954915])
    plain = tiny_config(**STEP)
    assert learning_rates(continued(plain, 5).optim)[:2] == learning_rates(plain.optim)


def test_what_it_goes_on_from_is_known_by_its_configuration() -> None:
    cosine = tiny_config(**COSINE)
    twice = continued(continued(cosine, 5), 9)
    assert first_leg_of(twice) == continued(cosine, 5)
    assert trained_upon(continued(cosine, 5)) == cosine
    assert trained_upon(cosine) is None
    assert config_hash(trained_upon(continued(cosine, 5)) or twice) == config_hash(cosine)
    second = parse_config(merge(as_json(continued(cosine, 5)), {"second_stage": {"name": "crt"}}))
    assert trained_upon(second) == continued(cosine, 5)


@pytest.mark.parametrize("ends", [[5], [6], [3, 2], [2, 2]])
def test_parts_that_do_not_rise_are_refused(ends: list[int]) -> None:
    with pytest.raises(ConfigError) as caught:
        tiny_config(optim={"schedule": "cosine", "epochs": 5, "continued_after": ends})
    assert [problem.path for problem in caught.value.fields] == ["optim.continued_after"]


def test_a_first_part_that_could_not_be_a_run_is_refused() -> None:
    with pytest.raises(ConfigError, match="refused") as caught:
        tiny_config(optim={"schedule": "cosine", "epochs": 9, "continued_after": [2], "warmup_epochs": 3})
    assert "begin at 3" in caught.value.fields[0].message


@pytest.mark.parametrize(
    "changes",
    [
        {"second_stage": {"name": "crt"}},
        {"sampling": {"name": "progressive"}},
        {"sampling": {"name": "class_balanced", "from_epoch": 2},
         "loss": {"weighting": "inverse_frequency", "reduction": "mean_one"}},
    ],
)  # fmt: skip
def test_what_is_laid_out_over_all_epochs_is_not_continued(changes: dict[str, Any]) -> None:
    assert obstacle(tiny_config(**changes))
    assert not obstacle(tiny_config())
    if "second_stage" not in changes:
        with pytest.raises(ConfigError, match="refused"):
            continued(tiny_config(**merge(COSINE, changes)), 5)


CONTINUED: list[dict[str, Any]] = [
    {},
    *({"loss": {"name": entry.name}} for entry in LOSSES if not entry.knows_epochs),
    *({"sampling": {"name": entry.name}} for entry in SAMPLERS if not entry.knows_epochs),
    {"loss": {"weighting": "inverse_frequency", "reduction": "mean_one", "weights_from": 2},
     "sampling": {"name": "square_root", "from_epoch": 2}, "mixing": {"name": "mixup"}},
    {"precision": "bf16", "data": {"validation_fraction": 0.25}, "optim": {"warmup_epochs": 2}},
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("changes", CONTINUED, ids=str)
def test_continued_at_steps_it_is_the_run_in_one_go_to_the_last_bit(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    """Whoever says that it knows nothing of how many epochs there are has to pass here."""
    arrays, short = tiny_arrays((24, 12, 6)), tiny_config(**merge(STEP, changes))
    here, there, whole = folders(tmp_path)
    run(short, arrays, here)
    events = run(continued(short, 4), arrays, there, upon=here)
    calm = run(one_go(short, 4), arrays, whole)
    assert figures(events) == figures(calm)
    assert list(figures(events)) == [1, 2, 3, 4]
    assert_equal_folders(there, whole)
    assert isinstance(events[-1], Finished)
    assert isinstance(calm[-1], Finished)
    assert events[-1].best == calm[-1].best


@pytest.mark.slow
def test_a_continued_cosine_has_the_other_runs_epochs_and_its_own(tmp_path: Path) -> None:
    arrays, short = tiny_arrays(), tiny_config(**COSINE)
    here, there, whole = folders(tmp_path)
    before = run(short, arrays, here)
    events = run(continued(short, 5), arrays, there, upon=here)
    calm = figures(run(one_go(short, 5), arrays, whole))
    found = figures(events)
    assert {epoch: found[epoch] for epoch in (1, 2)} == figures(before)
    assert list(found) == [1, 2, 3, 4, 5]
    rates = [event.learning_rate for event in events if isinstance(event, Epoch)]
    assert tuple(rates) == learning_rates(continued(short, 5).optim)
    assert found[2] != calm[2]
    assert found[5] != calm[5]


@pytest.mark.slow
def test_killed_while_it_takes_over_or_later_it_ends_the_same(tmp_path: Path) -> None:
    arrays, short = tiny_arrays(), tiny_config(**COSINE)
    here, _, whole = folders(tmp_path)
    run(short, arrays, here)
    calm = run(continued(short, 4), arrays, whole, upon=here)
    for place in range(1, len(calm)):
        cut = RunDir(tmp_path / f"cut-{place}")
        cut.create(continued(short, 4))
        cut.write_first_stage(here.path)
        events = train(continued(short, 4), arrays, cut, lambda: False)
        told = [next(events) for _ in range(place)]
        events.close()  # type: ignore[attr-defined]
        rest = list(train(continued(short, 4), arrays, cut, lambda: False))
        assert figures([*told, *rest]) == figures(calm)
        assert_equal_folders(cut, whole)


@pytest.mark.slow
def test_once_it_has_begun_it_needs_the_other_run_no_more(tmp_path: Path) -> None:
    arrays, short = tiny_arrays(), tiny_config(**STEP)
    here, there, _ = folders(tmp_path)
    run(short, arrays, here)
    there.create(continued(short, 4))
    there.write_first_stage(here.path)
    left = iter(range(3))
    first = list(train(continued(short, 4), arrays, there, lambda: next(left, None) is None))
    here.path.rename(tmp_path / "gone")
    second = list(train(continued(short, 4), arrays, there, lambda: False))
    assert isinstance(second[0], Started)
    assert (second[0].resumed_after_epoch, second[0].resumed_after_steps) == (2, 4)
    assert list(figures([*first, *second])) == [1, 2, 3, 4]
    assert load_checkpoint(there.checkpoints / "last.pt")["epoch"] == 4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("config", "said"),
    [
        (tiny_config(optim={"epochs": 4, "milestones": [2]}), "is not what this run goes on from"),
        (tiny_config(optim={"epochs": 4, "milestones": [1, 3]}, seed=1), "is not what this run goes on from"),
        (tiny_config(**STEP), "is not what this run goes on from"),
    ],
)
def test_another_run_is_refused(config: RunConfig, said: str, tmp_path: Path) -> None:
    here, there, _ = folders(tmp_path)
    run(tiny_config(**STEP), tiny_arrays(), here)
    with pytest.raises(CheckpointError, match=said):
        run(config, tiny_arrays(), there, upon=here)


@pytest.mark.slow
def test_other_images_and_a_missing_run_are_refused(tmp_path: Path) -> None:
    short = tiny_config(**COSINE)
    here, there, _ = folders(tmp_path)
    run(short, tiny_arrays(), here)
    with pytest.raises(CheckpointError, match="trained on other images"):
        run(continued(short, 4), tiny_arrays((24, 24, 23)), there, upon=here)
    with pytest.raises(CheckpointError, match="names no run to go on from"):
        run(continued(short, 4), tiny_arrays(), RunDir(tmp_path / "alone"))
    with pytest.raises(CheckpointError, match="has no checkpoint"):
        run(continued(short, 4), tiny_arrays(), RunDir(tmp_path / "void"), upon=RunDir(tmp_path / "nowhere"))
