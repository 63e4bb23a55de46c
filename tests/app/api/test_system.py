"""/health, /meta, /workers, /datasets."""

from starlette.testclient import TestClient

from app.settings import Settings
from app.store import workers
from app.store.engine import Database
from trainer.config import PRESETS, parse_config
from trainer.config_fields import leaf_fields


def test_health(client: TestClient) -> None:
    answer = client.get("/api/v1/health").json()
    assert (answer["status"], answer["database"]) == ("ok", "ok")


LATER_LOSSES = ("balanced_softmax", "label_aware_smoothing", "ldam", "logit_adjusted", "vs")


def test_meta_names_what_can_be_launched(client: TestClient) -> None:
    meta = client.get("/api/v1/meta").json()
    published = ["cifar10", "cifar100", "svhn", "fashion_mnist"]
    assert [data["name"] for data in meta["datasets"]] == ["shapes10", *published, "shapes10-v1"]
    assert meta["models"] == ["convnet4", "convnet5", "mlp", "resnet18", "resnet_cifar"]
    assert meta["losses"] == ["cross_entropy", "focal", *LATER_LOSSES]
    assert meta["devices"] == ["auto", "cpu"]
    assert meta["presets"].keys() == PRESETS.keys()
    by_name = {method["name"]: method for method in meta["methods"]}
    assert by_name["ldam_drw"]["overrides"]["loss.beta"] == 0.9999
    assert by_name["ldam_drw"]["deferred"] == ["loss.weights_from"]
    assert all(parse_config(preset) for preset in meta["presets"].values())


def test_meta_describes_every_field_with_its_bounds(client: TestClient) -> None:
    fields = {field["path"]: field for field in client.get("/api/v1/meta").json()["fields"]}
    assert list(fields) == list(leaf_fields())
    beta, momentum, name = fields["loss.beta"], fields["optim.momentum"], fields["loss.name"]
    assert (beta["kind"], beta["minimum"], beta["maximum"], beta["open_maximum"]) == ("number", 0, 1, True)
    assert (momentum["nullable"], momentum["default"]) == (False, 0.9)
    assert (name["kind"], name["choices"]) == ("choice", ["cross_entropy", "focal", *LATER_LOSSES])
    assert fields["optim.milestones"]["kind"] == "list"
    assert fields["data.augment"]["kind"] == "switch"
    assert fields["optim.learning_rate"]["open_minimum"] is True
    assert all(field["label"] and field["about"] for field in fields.values())


def test_living_worker_and_its_devices(client: TestClient, live_worker: str, db: Database) -> None:
    with db.write() as session:
        info = workers.WorkerInfo("gpu", 2, "there", slots=2, threads=4, devices=("cpu", "cuda:0"))
        workers.register(session, info)
    found = client.get("/api/v1/workers").json()["items"]
    assert {(worker["id"], worker["alive"]) for worker in found} == {(live_worker, True), ("gpu", True)}
    assert client.get("/api/v1/meta").json()["devices"] == ["auto", "cpu", "cuda"]
    with db.write() as session:
        workers.retire(session, "gpu")
    found = client.get("/api/v1/workers").json()["items"]
    assert [(worker["id"], worker["alive"]) for worker in found] == [(live_worker, True), ("gpu", False)]


def test_datasets_tell_their_counts_before_they_exist(client: TestClient) -> None:
    shapes, cifar, hundred, *_ = client.get("/api/v1/datasets").json()["items"]
    assert (sum(shapes["test_counts"]), shapes["ready"]) == (2000, False)
    assert (cifar["train_counts"], cifar["image_size"]) == ([5000] * 10, 32)
    assert (len(hundred["class_names"]), set(hundred["train_counts"])) == (100, {500})


def test_a_published_data_set_says_whether_its_files_are_there(
    client: TestClient, settings: Settings
) -> None:
    def told() -> tuple[bool, bool, str]:
        item = next(one for one in client.get("/api/v1/datasets").json()["items"] if one["name"] == "svhn")
        return item["ready"], item["needs_network"], item["note"]

    ready, needs_network, note = told()
    assert (ready, needs_network) == (False, True)
    assert "train_32x32.mat, test_32x32.mat from http://ufldl.stanford.edu/housenumbers/" in note
    folder = settings.datasets_dir / "svhn"
    folder.mkdir(parents=True)
    (folder / "train_32x32.mat").touch()
    assert told()[1], "one of two files is not enough"
    (folder / "test_32x32.mat").touch()
    ready, needs_network, note = told()
    assert (ready, needs_network) == (False, False)
    assert note.endswith("Its files are in datasets/svhn: the first run reads them.")
