"""Remix: golden shares of labels, and images as mixup mixes them."""

import pytest
import torch

from tests.toolbox_cases import toolbox_case
from tests.trainer.mixing.made import chosen, one_hot_batch, seeded
from trainer.mixing.remix import label_share


def test_golden_shares_of_labels() -> None:
    case = toolbox_case("remix_label_lambda")
    given = case["input"]
    share, own, other = torch.tensor(given["lam_ni_nj"], dtype=torch.float64).T
    found = label_share(share, own, other, given["kappa"], given["tau"])
    assert found.tolist() == pytest.approx(case["expected"])


def test_defaults_are_the_published_ones() -> None:
    defaults = toolbox_case("remix_label_lambda")["defaults"]
    images, labels = one_hot_batch(4)
    for seed in range(12):
        usual = chosen((90, 90, 1, 1), name="remix")(images, labels, seeded(seed))[1]
        written = chosen((90, 90, 1, 1), name="remix", **defaults)(images, labels, seeded(seed))[1]
        assert torch.equal(usual.share, written.share)


def test_images_are_mixed_as_by_mixup_and_the_rarer_label_takes_all() -> None:
    images, labels = one_hot_batch(6)
    counts = (100, 100, 100, 5, 5, 5)
    seen = set()
    for seed in range(30):
        plain, (of_mixup, drawn) = chosen(name="mixup")(images, labels, seeded(seed))
        mixed, (others, share) = chosen(counts, name="remix")(images, labels, seeded(seed))
        assert torch.equal(mixed, plain)
        assert torch.equal(others, of_mixup)
        of_image = drawn[0].item()
        for own, other, found in zip(labels.tolist(), others.tolist(), share.tolist(), strict=True):
            rarer_wins = (own < 3 <= other and of_image < 0.5) or (other < 3 <= own and of_image > 0.5)
            assert found == ((own >= 3) if rarer_wins else pytest.approx(of_image))
            seen.add((rarer_wins, own >= 3))
    assert len(seen) == 4


def test_tau_0_is_mixup() -> None:
    images, labels = one_hot_batch(4)
    for seed in range(8):
        _, (_, drawn) = chosen(name="mixup")(images, labels, seeded(seed))
        _, (_, share) = chosen((900, 30, 2, 1), name="remix", tau=0)(images, labels, seeded(seed))
        assert torch.equal(share, drawn)
