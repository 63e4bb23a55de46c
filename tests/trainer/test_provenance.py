"""The commit read from a checkout, against git itself, and what provenance leaves out."""

import json
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
import torch

from trainer.provenance import git_commit, provenance


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_commit_of_a_branch_of_packed_refs_and_of_no_branch(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert git_commit(tmp_path) is None
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "one")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert git_commit(tmp_path) == commit
    git(tmp_path, "pack-refs", "--all")
    assert git_commit(tmp_path) == commit
    git(tmp_path, "checkout", "-q", "--detach")
    assert git_commit(tmp_path) == commit


def test_no_checkout_has_no_commit(tmp_path: Path) -> None:
    assert git_commit(tmp_path) is None


def test_provenance_is_plain_and_names_no_host() -> None:
    found = provenance(torch.device("cpu"))
    assert json.loads(json.dumps(found)) == found
    assert found["torch"] == torch.__version__
    assert found["device"] == "cpu"
    assert found["cpu"]
    assert socket.gethostname() not in found.values()
