"""`betaboard theory NAME --request FILE`: a file that holds no request is refused in a sentence."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"[" * 100_000, "nests lists or objects too deeply"),
        (b"\xff\xfe{}", "is not JSON"),
        (b"{", "is not JSON"),
        (b"[1]", "must hold a JSON object"),
    ],
)
def test_a_file_without_a_request_is_refused(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "request.json"
    if content is not None:
        path.write_bytes(content)
    result = CliRunner().invoke(main, ["theory", "focal", "--request", str(path)])
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit), "a sentence, not a trace"
    assert said in result.output
