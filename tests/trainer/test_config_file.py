"""Configuration files: both formats, and refusals that name the file."""

from pathlib import Path

import pytest

from trainer.config_file import read_config_file
from trainer.errors import ConfigError


def test_json_and_toml_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"seed": 3, "optim": {"weight_decay": 5e-4, "milestones": [1, 2]}}')
    (tmp_path / "a.toml").write_text("seed = 3\n[optim]\nweight_decay = 5e-4\nmilestones = [1, 2]\n")
    assert read_config_file(tmp_path / "a.json") == read_config_file(tmp_path / "a.toml")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", b"{", "not valid JSON"),
        ("a.json", b"[1]", "must hold an object"),
        ("a.json", b"\xff\xfe", "not valid JSON"),
        ("a.toml", b"seed = ", "not valid TOML"),
    ],
)
def test_what_is_no_configuration_is_refused(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_config_file(tmp_path / name)
    [problem] = caught.value.fields
    assert name in problem.path
    assert said in problem.message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config_file(tmp_path / "none.json")
    assert "No such file" in caught.value.fields[0].message
