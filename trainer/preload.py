"""Everything a run imports, for the fork server to import once. Nothing is computed here.

What only some runs import, late, is named too: torchvision alone would put off their first step by 0.4
seconds. A child forked after the first parallel torch operation could hang in OpenMP; imports start no
threads.
"""

from trainer.executors.orphan import ends_with_parent

with ends_with_parent():
    import torch._dynamo
    import torch.utils.serialization.config
    import torchvision.transforms.v2

    import trainer.metrics.groups
    import trainer.models.resnet
    import trainer.policies.steps
    import trainer.runner

__all__ = ["torch", "torchvision", "trainer"]
