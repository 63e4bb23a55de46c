"""What a comparison says of runs that go on from others."""

from collections.abc import Iterator, Sequence

from app.comparing.samples import Sample
from app.formats import listed


def continued(chosen: Sequence[Sample], most: int) -> Iterator[str]:
    """That they share epochs with the others, and that somebody chose them to be longer; `most` are named."""
    runs = [run for one in chosen for run in one.counted if run.continued_after is not None]
    if runs:
        named = [f"#{it.id} from #{it.first_stage_id} after its epoch {it.continued_after}" for it in runs]
        yield (
            f"Goes on from another run, whose figures could be seen then: {listed(named, most)}. The epochs "
            "up to there are the same ones in both, and not drawn a second time."
        )
