"""The documentation as tests read it: README.md and the pages of app/docs, with their fenced blocks."""

import re
from dataclasses import dataclass
from pathlib import Path

from app.web.markdown import parse_markdown

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "app" / "docs"
PAGES = {
    path.name: path for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(FOLDER.glob("*.md")))
}
"""Every file whose blocks are held to the code, by its name."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the file that it is or changes ("" for none), and its text."""

    page: str
    line: int
    language: str
    file: str
    text: str

    @property
    def name(self) -> str:
        """Where it stands, for a failing test."""
        return f"{self.page}:{self.line}"


def blocks(page: str) -> list[Block]:
    """The blocks of the page, in order."""
    found = []
    for token in parse_markdown(PAGES[page].read_text("utf-8")):
        if token.type == "fence" and token.map is not None:
            language, _, rest = token.info.partition(" ")
            file = re.search(r"file=(\S+)", rest)
            found.append(Block(page, token.map[0] + 1, language, file[1] if file else "", token.content))
    return found


def marked(page: str, mark: str) -> str:
    """The one block of the page that follows the comment `<!-- mark -->`."""
    text = PAGES[page].read_text("utf-8")
    [block] = re.findall(rf"<!-- {mark} -->\n```\w+\n(.*?)```", text, flags=re.DOTALL)
    return str(block)


def commands() -> list[tuple[str, str]]:
    """(where, line) of every betaboard command in a shell's block, lines that go on joined."""
    return [
        (block.name, line.strip())
        for page in PAGES
        for block in blocks(page)
        if block.language == "sh"
        for line in block.text.replace("\\\n", " ").splitlines()
        if re.search(r"(?:^|\| *|/)betaboard ", line)
    ]
