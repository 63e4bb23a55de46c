"""Mixup: images and labels are mixed by the same share, drawn from the beta distribution."""

import torch
from scipy.stats import beta, kstest

from tests.trainer.mixing.made import chosen, one_hot_batch, seeded
from trainer.config import parse_config
from trainer.mixing import mixing_of


def test_an_image_and_its_labels_are_mixed_by_the_same_share() -> None:
    images, labels = one_hot_batch(9)
    mixed, (others, share) = chosen(name="mixup")(images, labels, seeded(3))
    assert sorted(others.tolist()) == sorted(labels.tolist())
    assert not torch.equal(others, labels)
    assert len(set(share.tolist())) == 1
    eye = torch.eye(9)
    expected = share[0] * eye[labels] + (1 - share[0]) * eye[others]
    torch.testing.assert_close(mixed, expected.view(9, 9, 1, 1).expand_as(mixed))


def test_shares_follow_the_beta_distribution() -> None:
    images, labels = one_hot_batch(2, 1, 1)
    for alpha in (0.2, 1.0, 4.0):
        mix, generator = chosen(name="mixup", alpha=alpha), seeded(1)
        shares = [mix(images, labels, generator)[1].share[0].item() for _ in range(600)]
        assert kstest(shares, beta(alpha, alpha).cdf).pvalue > 1e-3


def test_towards_alpha_0_an_image_is_itself_or_another_whole() -> None:
    images, labels = one_hot_batch(5)
    mix = chosen(name="mixup", alpha=1e-6)
    for seed in range(20):
        mixed, (others, share) = mix(images, labels, seeded(seed))
        assert share[0].item() in (0, 1)
        assert torch.equal(mixed[:, :, 0, 0].argmax(dim=1), labels if share[0] == 1 else others)


def test_the_generator_alone_decides() -> None:
    images, labels = one_hot_batch(6)
    for name in ("mixup", "cutmix", "remix"):
        mix = chosen((9, 9, 9, 9, 1, 1), name=name)
        torch.manual_seed(0)
        (first, (others, share)), state = mix(images, labels, seeded(5)), torch.get_rng_state()
        again, of_again = mix(images, labels, seeded(5))
        assert torch.equal(torch.get_rng_state(), state)
        assert torch.equal(first, again)
        assert torch.equal(others, of_again.others)
        assert torch.equal(share, of_again.share)
        draws = {mix(images, labels, seeded(seed))[0].numpy().tobytes() for seed in range(9)}
        assert len(draws) > 3


def test_batches_stay_channels_last() -> None:
    images, labels = torch.rand(6, 8, 8, 3).permute(0, 3, 1, 2), torch.arange(6)
    for name in ("mixup", "cutmix", "remix"):
        mixed, _ = chosen((1,) * 6, name=name)(images, labels, seeded(0))
        assert mixed.is_contiguous(memory_format=torch.channels_last)


def test_without_mixing_there_is_nothing_to_do() -> None:
    assert mixing_of(parse_config({}).mixing, (3, 2)) is None
