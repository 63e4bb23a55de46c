"""What is said of head, medium and tail is what they are."""

import pytest

from app.figures.metric_words import METRIC_WORDS
from trainer.metrics.groups import rank_groups


@pytest.mark.parametrize("name", ["head", "medium", "tail"])
def test_a_group_is_explained_with_its_share_of_the_classes(name: str) -> None:
    groups = dict(zip(("head", "medium", "tail"), rank_groups(range(100, 0, -1)), strict=True))
    assert f"the {len(groups[name])} % of classes" in METRIC_WORDS[name].about
