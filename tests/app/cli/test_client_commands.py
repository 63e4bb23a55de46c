"""launch, list, show, watch and cancel at a shell: what they print, and with which exit code they end."""

import json
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

from app.cli import main
from app.client import Client
from app.client.errors import UnreachableError
from app.lifecycle import State
from app.runs import queue
from app.settings import Settings
from app.store.engine import Database
from app.store.runs import get_run
from tests.app.cli.conftest import Call
from tests.app.real_processes import wait_for

pytestmark = pytest.mark.slow

SeedRun = Callable[..., int]


def ends_soon(db: Database, state: State) -> None:
    """Let the run that will be queued end as `state` once it is there, as if a worker had it."""

    def end() -> bool:
        with db.write() as session:
            claimed = queue.claim(session, "w")
            if claimed is not None:
                queue.move(session, claimed, state)
            return claimed is not None

    Thread(target=wait_for, args=(end,)).start()


class TestLaunch:
    def test_says_where_the_run_is(self, call: Call, web_url: str) -> None:
        result = call("launch", "--name", "first", "--tag", "a", "--tag", "b", "--priority", "3")
        assert (result.exit_code, result.stdout) == (0, f"Run 1 is queued: {web_url}/runs/1\n")
        run = json.loads(call("show", "1", "--json").stdout)
        assert (run["name"], run["tags"], run["priority"]) == ("first", ["a", "b"], 3)

    def test_warnings_that_cannot_be_had_leave_no_run_unsaid(
        self, call: Call, db: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Asked for after the launch, they ended the command with an error, and the run was there."""

        def fails(board: Client, config: object) -> None:
            raise UnreachableError("The server has gone.")

        monkeypatch.setattr(Client, "validate", fails)
        assert call("launch").exit_code != 0
        assert call("list").stdout.count("queued") == 0

    def test_a_second_stage_says_what_it_waits_for(self, call: Call, web_url: str, db: Database) -> None:
        result = call("launch", "--set", "second_stage.name=crt")
        waits = "Waits for run 1, its first stage, which is queued."
        assert (result.exit_code, result.stdout) == (0, f"Run 2 is queued: {web_url}/runs/2 {waits}\n")
        assert f"state     queued ({waits})\n" in call("show", "2").stdout
        assert "upon      run 1 (queued)\n" in call("show", "2").stdout
        assert "under     run 2 (queued)\n" in call("show", "1").stdout

    def test_who_waits_for_a_second_stage_hears_of_its_first(self, call: Call, db: Database) -> None:
        call("launch", "--set", "second_stage.name=crt")
        ends_soon(db, State.PAUSED)
        result = call("watch", "2", "--timeout", "5")
        assert (result.exit_code, "Run 1, its first stage, is paused.\n" in result.stderr) == (4, True)

    def test_who_waits_for_a_second_stage_is_told_that_its_first_failed(
        self, call: Call, db: Database
    ) -> None:
        call("launch", "--set", "second_stage.name=crt")
        ends_soon(db, State.FAILED)
        result = call("watch", "2")
        assert (result.exit_code, "Run 1, its first stage, failed." in result.stdout) == (1, True)

    def test_preset_then_file_then_fields(self, call: Call, tmp_path: Path) -> None:
        file = tmp_path / "run.toml"
        file.write_text('[data]\ndataset = "shapes10"\n[optim]\nbatch_size = 32\nlearning_rate = 1e-4\n')
        options = ("--preset", "write_up", "--set", "optim.batch_size=16", "--set", "loss.name=focal")
        config = json.loads(call("launch", str(file), *options, "--json").stdout)["config"]
        assert (config["data"]["dataset"], config["data"]["augment"]) == ("shapes10", False)
        assert (config["optim"]["batch_size"], config["optim"]["learning_rate"]) == (16, 1e-4)
        assert config["loss"]["name"] == "focal"

    @pytest.mark.parametrize("name", ["run.toml", "run.json"])
    def test_exponents_are_numbers(self, call: Call, tmp_path: Path, name: str) -> None:
        """Trial S22: 1e-4 and 5e-4 without a point are numbers in both formats."""
        file = tmp_path / name
        if name.endswith(".toml"):
            file.write_text("seed = 10\n[optim]\nlearning_rate = 1e-4\nweight_decay = 5e-4\n")
        else:
            file.write_text('{"seed": 10, "optim": {"learning_rate": 1e-4, "weight_decay": 5e-4}}')
        config = json.loads(call("launch", str(file), "--json").stdout)["config"]
        assert (config["optim"]["learning_rate"], config["optim"]["weight_decay"]) == (0.0001, 0.0005)
        assert config["seed"] == 10

    @pytest.mark.parametrize(
        ("name", "content", "named"),
        [
            ("run.toml", '[optim]\nlearning_rate = "fast"\n', "optim.learning_rate"),
            ("run.json", '{"optim": {"learning_rate": "1e-4"}}', "optim.learning_rate"),
            ("run.json", '{"seed": true}', "seed"),
            ("run.toml", "seed = 010\n", "not valid TOML"),
            ("run.json", '{"loss": {"beta": NaN, "weighting": "class_balanced"}}', "loss.beta"),
            ("run.json", "[1]", "must hold an object"),
            ("run.json", "{", "not valid JSON"),
            ("gone.json", None, "cannot be read"),
        ],
    )
    def test_refusal_names_file_and_field(
        self, call: Call, tmp_path: Path, name: str, content: str | None, named: str
    ) -> None:
        file = tmp_path / name
        if content is not None:
            file.write_text(content)
        result = call("launch", str(file))
        assert (result.exit_code, result.stdout) == (2, "")
        assert str(file) in result.stderr
        assert named in result.stderr
        assert json.loads(call("list", "--json").stdout)["total"] == 0

    @pytest.mark.parametrize(
        ("field", "named"),
        [
            ("optim.learning_rate=fast", "optim.learning_rate"),
            ("loss.beta=1-1e-4", "write 1-1e-4 as 0.9999"),
            ("optim.lr=1", "optim.lr"),
            ("seed", "FIELD=VALUE"),
            ("data.dataset=folder:none", "data.dataset"),
        ],
    )
    def test_refused_field(self, call: Call, field: str, named: str) -> None:
        result = call("launch", "--set", "loss.weighting=class_balanced", "--set", field)
        assert result.exit_code == 2
        assert named in result.stderr
        assert "Traceback" not in result.stderr

    @pytest.mark.parametrize(
        ("state", "code"),
        [(State.COMPLETED, 0), (State.FAILED, 1), (State.CRASHED, 1), (State.CANCELED, 3)],
    )
    def test_exit_code_tells_how_the_run_ended(
        self, call: Call, db: Database, state: State, code: int
    ) -> None:
        """Trial S23: `launch --wait && echo GO` goes on after a good run only."""
        ends_soon(db, state)
        result = call("launch", "--wait", "--timeout", "20")
        assert result.exit_code == code
        assert f"Run 1 is {state}." in result.stdout

    def test_waiting_in_json_prints_one_document(self, call: Call, db: Database) -> None:
        ends_soon(db, State.COMPLETED)
        assert json.loads(call("launch", "--wait", "--json").stdout)["state"] == "completed"

    def test_time_is_up(self, call: Call, web_url: str) -> None:
        result = call("launch", "--wait", "--timeout", "0.3")
        assert result.exit_code == 4
        assert "still queued" in result.stderr
        with Client(web_url) as board:
            assert board.run(1).state == "queued"

    def test_ctrl_c_leaves_the_run_alone(
        self, call: Call, web_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(Client, "wait", interrupt)
        result = call("launch", "--wait")
        assert result.exit_code == 130
        assert "Run 1 goes on" in result.stderr
        with Client(web_url) as board:
            assert board.run(1).state == "queued"


def test_watch_prints_each_epoch(call: Call, seed_run: SeedRun) -> None:
    run_id = seed_run("failed", figures={2: {"train_loss": float("nan")}})
    result = call("watch", str(run_id))
    lines = result.stdout.splitlines()
    assert result.exit_code == 1
    assert lines[0] == "epoch 1/3  train loss 2.00  test accuracy 51.7 %  balanced 51.7 %"
    assert lines[1].startswith("epoch 2/3  train loss –  ")
    assert lines[3] == f"Run {run_id} is failed. It broke. Mend it. Test accuracy 65.0 % after epoch 3."


def test_list_shows_names_as_they_are(call: Call, seed_run: SeedRun) -> None:
    seed_run("completed", name="[bold]not bold[/bold]", tags=["x"])
    seed_run("queued", name="other")
    text = call("list").stdout
    assert "[bold]not bold[/bold]" in text
    assert "65.0" in text
    assert "other" not in call("list", "--state", "completed").stdout
    assert [run["name"] for run in json.loads(call("list", "--q", "oth", "--json").stdout)["items"]] == [
        "other"
    ]


def test_list_without_runs_says_what_to_do(call: Call) -> None:
    assert "betaboard launch" in call("list").stdout


def test_show_has_classes_by_training_images(call: Call, seed_run: SeedRun) -> None:
    run_id = seed_run(class_names=["rare", "[b]", "frequent"], train_counts=[5, 50, 500])
    lines = call("show", str(run_id)).stdout.splitlines()
    assert lines[0] == f"Run {run_id}: seeded"
    assert [line.split()[0] for line in lines[-3:]] == ["frequent", "[b]", "rare"]
    assert any(line.startswith("best") and line.endswith("chosen on test") for line in lines)


def test_cancel(call: Call, seed_run: SeedRun, db: Database) -> None:
    queued, running = seed_run("queued"), seed_run("running")
    result = call("cancel", str(queued), str(running))
    assert result.stdout == f"Run {queued} is canceled.\nRun {running} is stopping.\n"
    with db.read() as session:
        assert get_run(session, running).stop_requested == "canceled"
    again = call("cancel", str(queued))
    assert again.exit_code == 2
    assert "canceled" in again.stderr


def test_pause_resume_and_retry(call: Call, seed_run: SeedRun, db: Database) -> None:
    running, paused, crashed = seed_run("running"), seed_run("paused"), seed_run("crashed")
    assert call("pause", str(running)).stdout == f"Run {running} is stopping.\n"
    with db.read() as session:
        assert get_run(session, running).stop_requested == "paused"
    assert call("resume", str(paused)).stdout == f"Run {paused} is queued.\n"
    assert json.loads(call("retry", str(crashed), "--json").stdout)["state"] == "queued"
    again = call("pause", str(paused))
    assert (again.exit_code, "queued" in again.stderr) == (2, True)


def test_continue(call: Call, seed_run: SeedRun, settings: Settings, web_url: str, db: Database) -> None:
    old = seed_run("completed")
    refused = call("continue", str(old), "--epochs", "2")
    assert (refused.exit_code, "checkpoint of run 1 is gone" in refused.stderr) == (2, True)
    (settings.run_dir(old) / "checkpoints" / "last.pt").write_bytes(b"here")
    said = call("continue", str(old), "--epochs", "2")
    assert (said.exit_code, said.stdout) == (0, f"Run 2 goes on from run 1: {web_url}/runs/2\n")
    assert "goes on   from run 1 (completed) after its epoch 3\n" in call("show", "2").stdout
    with db.write() as session:
        queue.request_stop(session, get_run(session, 2), State.CANCELED)
    ends_soon(db, State.COMPLETED)
    waited = call("continue", str(old), "--epochs", "1", "--wait", "--timeout", "30")
    assert waited.exit_code == 0
    assert call("continue", str(old), "--epochs", "0").exit_code == 2


@pytest.mark.parametrize(
    "command",
    [("show", "7"), ("watch", "7"), ("cancel", "7"), ("retry", "7"), ("continue", "7", "--epochs", "1")],
)
def test_unknown_run(call: Call, command: tuple[str, ...]) -> None:
    result = call(*command)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: Run 7 does not exist.")


def test_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.client.calls._RETRY_DELAYS", ())
    result = CliRunner().invoke(main, ["list", "--url", "http://127.0.0.1:9"])
    assert result.exit_code == 2
    assert "betaboard serve" in result.stderr


def test_list_says_how_many_there_are(call: Call, seed_run: SeedRun) -> None:
    for _ in range(3):
        seed_run("queued")
    assert "2 of 3 runs; --limit 3 shows all." in call("list", "--limit", "2").stdout
    assert " of 3" not in call("list").stdout
    told = json.loads(call("list", "--limit", "2", "--json").stdout)
    assert (len(told["items"]), told["total"], told["next_cursor"] is not None) == (2, 3, True)


@pytest.mark.parametrize("typed", ["failed", "FAILED", "Failed"])
def test_list_takes_a_state_in_any_case(call: Call, seed_run: SeedRun, typed: str) -> None:
    seed_run("completed", name="well")
    seed_run("failed", name="broken")
    answer = call("list", "--state", typed)
    assert answer.exit_code == 0, answer.output
    assert "broken" in answer.output
    assert "well" not in answer.output


def test_a_filter_that_no_run_passes_does_not_say_that_there_are_none(call: Call, seed_run: SeedRun) -> None:
    seed_run("completed")
    for asked in (("--state", "failed"), ("--tag", "red"), ("--q", "nothing"), ("--archived",)):
        assert call("list", *asked).output == "No run is like that.\n"


def test_list_takes_a_search(call: Call, seed_run: SeedRun) -> None:
    seed_run(name="one", config={"seed": 8})
    seed_run(name="other")
    assert "other" not in call("list", "seed", "=", "8").stdout
    assert "one" not in call("list", "not seed = 8", "--q", "oth").stdout


def test_a_mistake_in_a_search_is_pointed_at(call: Call) -> None:
    answer = call("list", "tag:paper and accuracy > 0.6")
    assert answer.exit_code == 2
    assert answer.stderr == (
        "Error: test_accuracy is in percent: 0.6 could be 60 % or 0.6 %. Write which one it is.\n"
        "  tag:paper and accuracy > 0.6\n"
        "                           ^^^\n"
        "  perhaps: tag:paper and accuracy > 60\n"
        "  perhaps: tag:paper and accuracy > 0.6%\n"
    )
    far = call("list", "a " * 30 + "bta=1 " + "b " * 30).stderr.splitlines()
    assert far[1][far[2].index("^") :].startswith("bta=1")
    assert max(map(len, far[1:3])) <= 80
