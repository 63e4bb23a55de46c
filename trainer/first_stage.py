"""Where a second stage finds the first one: in the folder that its own folder names. See `stages`."""

from trainer.checkpoint import load_checkpoint
from trainer.config import RunConfig, config_hash
from trainer.errors import CheckpointError
from trainer.run_dir import RunDir
from trainer.stages import first_stage_of
from trainer.staging import FirstStage


def first_stage(config: RunConfig, run_dir: RunDir) -> FirstStage | None:
    """The first stage that `run_dir` names, at its last epoch; None where `config` has no second stage.

    Raises CheckpointError where none is named, or the one named is another run or has epochs to go.
    """
    wanted = first_stage_of(config)
    if wanted is None:
        return None
    folder = run_dir.read_first_stage()
    if folder is None:
        raise CheckpointError(
            f"{run_dir.path} names no first stage, and {config.second_stage.name} goes on from one.",
            "Train the same with second_stage.name none, and name its folder: --first-stage DIR.",
        )
    path = folder.checkpoints / "last.pt"
    if not path.exists():
        raise CheckpointError(
            f"The first stage has no checkpoint {path}.", "Train it first, or name the folder where it is."
        )
    saved = load_checkpoint(path)
    if saved["config_hash"] != (own := config_hash(wanted)):
        raise CheckpointError(
            f"{folder.path} is not the first stage of this run: its configuration is {saved['config_hash']}, "
            f"not {own}.",
            "Name the folder of a run that differs in second_stage.name alone.",
        )
    if saved["epoch"] < wanted.optim.epochs:
        raise CheckpointError(
            f"The first stage in {folder.path} has done {saved['epoch']} of {wanted.optim.epochs} epochs.",
            "Let it finish first.",
        )
    return FirstStage(folder.path, saved["model"], saved["fingerprint"])
