"""What a run asks of a network beside its logits: its head, its activations, and its copy for evaluation."""

import math
from collections.abc import Mapping

from torch import nn

from trainer.models.cosine import CosineLinear
from trainer.models.heads import Head

_ACTIVATIONS = (nn.ReLU, nn.LeakyReLU)


class Network(nn.Module):
    """Float32 images [N, 3, H, W], channels-last -> logits [N, C]. What is here suits most networks."""

    @property
    def head(self) -> nn.Linear:
        """The layer that makes the logits: the last linear one."""
        linear = [module for module in self.modules() if isinstance(module, nn.Linear)]
        assert linear, "a network without a linear layer says itself what its head is"
        return linear[-1]

    def take(self, head: Head) -> None:
        """Have the head that a loss asks for; a new layer draws its weights."""
        if head.kind == "prior":
            self.start_at_prior()
        elif head.kind == "cosine":
            old = self.head
            self.replace_head(CosineLinear(old.in_features, old.out_features, head.scale))

    def replace_head(self, head: nn.Linear) -> None:
        """Let this layer make the logits."""
        old = self.head
        [place] = [name for name, module in self.named_modules() if module is old]
        self.set_submodule(place, head)

    def start_at_prior(self) -> None:
        """Let each sigmoid start at 1/C: last bias -log(C - 1) (Cui et al. 2019, section 4). C = 1 stays."""
        bias = self.head.bias
        if len(bias) > 1:
            nn.init.constant_(bias, -math.log(len(bias) - 1))

    def activations(self) -> Mapping[str, nn.Module]:
        """The activations whose dead units are counted, by name: each ReLU that is a module of its own."""
        found = [module for module in self.modules() if isinstance(module, _ACTIVATIONS)]
        return {f"relu{number}": module for number, module in enumerate(found, 1)}

    def folded(self) -> "Network":
        """What evaluates: the same function in eval mode, with today's weights; here the network itself."""
        return self.eval()
