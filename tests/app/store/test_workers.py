"""Workers as rows: alive while their heartbeat is young; and the speed that runs were measured at."""

from typing import Any

import pytest

from app.runs.ingest import ingest
from app.settings import Settings
from app.store import workers
from app.store.clock import ahead
from app.store.engine import Database
from app.store.tables import Transfer, Worker
from app.store.workers import WorkerInfo
from tests.app.journals import change_configs, claimed, epoch, started, write_journal
from trainer.config import ModelConfig, parse_config

W1 = WorkerInfo("w1", 42, "host", 2, 3, ("cpu", "cuda:0"))


@pytest.fixture
def registered(db: Database) -> str:
    with db.write() as s:
        workers.register(s, W1)
    return W1.id


def test_a_new_worker_is_alive_and_unmeasured(db: Database, registered: str) -> None:
    with db.read() as s:
        (worker,) = workers.list_workers(s)
        assert (worker.pid, worker.slots, worker.threads, worker.devices) == (42, 2, 3, ["cpu", "cuda:0"])
        assert worker.images_per_second is None
        assert workers.living(s, 10) == [worker]


def test_silence_and_retirement_end_a_worker(db: Database, registered: str) -> None:
    with db.write() as s:
        s.get_one(Worker, registered).heartbeat_at = ahead(-11)
    with db.read() as s:
        assert workers.living(s, 10) == []
        assert workers.count_alive(s, 10) == 0
    with db.write() as s:
        workers.beat(s, W1, "No memory.")
    with db.read() as s:
        assert workers.count_alive(s, 10) == 1
        assert s.get_one(Worker, registered).trouble == "No memory."
    with db.write() as s:
        workers.beat(s, W1)
    with db.read() as s:
        assert s.get_one(Worker, registered).trouble is None
    with db.write() as s:
        workers.retire(s, registered)
    with db.read() as s:
        assert workers.living(s, 10) == []
        assert workers.count_alive(s, 10) == 0


def test_the_first_heartbeat_announces_a_worker(db: Database) -> None:
    with db.write() as s:
        workers.beat(s, W1)
    with db.read() as s:
        assert [worker.pid for worker in workers.list_workers(s)] == [42]


def test_old_workers_are_forgotten_by_the_list(db: Database, registered: str) -> None:
    with db.write() as s:
        workers.register(s, WorkerInfo("w2", 1, "host", 1, 1, ("cpu",)))
        s.get_one(Worker, registered).heartbeat_at = ahead(-3600)
    with db.read() as s:
        assert [worker.id for worker in workers.list_workers(s)] == ["w2", "w1"]
        assert [worker.id for worker in workers.list_workers(s, seen_within_seconds=60)] == ["w2"]


def test_who_trains_what(db: Database, settings: Settings) -> None:
    first, _ = claimed(db, settings, worker="a")
    second, _ = claimed(db, settings, worker="b")
    third, _ = claimed(db, settings, worker="a")
    with db.read() as s:
        assert workers.running_by_worker(s) == {"a": (first, third), "b": (second,)}
    with db.write() as s:
        job = Transfer(name="t", state="running", worker_id="b", config={"kind": "transfer"}, config_hash="",
                       setting_hash="", dataset="", epochs=1, created_at="", queued_at="")  # fmt: skip
        s.add(job)
        s.flush()
        assert workers.running_by_worker(s, Transfer) == {"b": (job.id,)}
        assert workers.running_by_worker(s)["b"] == (second,)


def measured(db: Database, settings: Settings, seconds: list[float], **config: Any) -> None:
    """A run whose epochs of 100 images took so long."""
    run_id, folder = claimed(db, settings, parse_config(config))
    write_journal(folder, [started()])
    write_journal(folder, [epoch(n, seconds=it, images=100) for n, it in enumerate(seconds, start=1)])
    ingest(db, run_id, 1, folder)


def pace(db: Database, dataset: str, **model: Any) -> float | None:
    with db.read() as s:
        return workers.seconds_per_image(s, dataset, ModelConfig.model_validate(model), 10, 32)


def test_speed_is_the_median_of_like_runs_or_of_any_data_set(db: Database, settings: Settings) -> None:
    assert pace(db, "shapes10") is None
    measured(db, settings, [1.0, 2.0, 9.0], data={"dataset": "folder:a"})
    measured(db, settings, [50.0], data={"dataset": "folder:b"})
    assert pace(db, "folder:a") == pytest.approx(0.02)
    assert pace(db, "folder:b") == pytest.approx(0.5)
    assert pace(db, "cifar10") == pytest.approx((0.02 + 0.09) / 2)


def test_speed_of_another_network_is_in_proportion_to_its_multiply_adds(
    db: Database, settings: Settings
) -> None:
    """15,305,216 of convnet4, 68,862,592 of ResNet-32, 40,551,040 of ResNet-20."""
    measured(db, settings, [2.0], data={"dataset": "folder:a"})
    assert pace(db, "folder:a", name="resnet_cifar") == pytest.approx(0.02 * 68_862_592 / 15_305_216)
    measured(db, settings, [1000.0], data={"dataset": "folder:a"}, model={"name": "mlp"})
    measured(db, settings, [9.0], data={"dataset": "folder:a"}, model={"name": "resnet_cifar", "depth": 20})
    expected = 0.09 * 68_862_592 / 40_551_040
    assert pace(db, "folder:a", name="resnet_cifar") == pytest.approx(expected), "of the same model first"
    assert pace(db, "folder:a") == pytest.approx(0.02), "unscaled where the same network was measured"


def test_speed_of_a_network_far_from_all_that_were_measured_is_not_told(
    db: Database, settings: Settings
) -> None:
    """convnet4 of width 1 has 366 times fewer multiply-adds than of 32; of 16 it has 3.7 times fewer."""
    measured(db, settings, [2.0], model={"width": 1})
    assert pace(db, "shapes10") is None
    measured(db, settings, [2.0], model={"width": 16})
    assert pace(db, "shapes10") == pytest.approx(0.02 * 15_305_216 / 4_048_128)


def test_a_second_stage_tells_nothing_of_the_speed_of_whole_networks(
    db: Database, settings: Settings
) -> None:
    measured(db, settings, [1.0], second_stage={"name": "ncm"})
    assert pace(db, "shapes10") is None
    measured(db, settings, [5.0])
    with db.write() as s:
        change_configs(s, lambda config: config.pop("second_stage"), of=2)
    assert pace(db, "shapes10") == pytest.approx(0.05), "of before there was one"


def test_speed_of_a_network_that_is_not_known_here_is_left_out(db: Database, settings: Settings) -> None:
    measured(db, settings, [2.0])
    with db.write() as s:
        change_configs(s, lambda config: config["model"].update(name="gone"))
    assert pace(db, "shapes10") is None


def test_runs_from_before_there_was_a_width_had_the_usual_one(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(folder, [started(), epoch(1, seconds=3.0, images=100)])
    ingest(db, run_id, 1, folder)
    with db.write() as s:
        change_configs(s, lambda config: config["model"].pop("width"))
    with db.read() as s:
        assert workers.seconds_per_image(s, "shapes10", ModelConfig(), 10, 32) == 0.03


def test_an_epoch_without_images_measures_nothing(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(folder, [started(), epoch(1, images=0)])
    ingest(db, run_id, 1, folder)
    with db.read() as s:
        assert workers.seconds_per_image(s, "shapes10", ModelConfig(), 10, 32) is None
