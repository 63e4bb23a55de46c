"""Everything a run imports, for the fork server to import once. Nothing is computed here.

A child forked after the first parallel torch operation could hang in OpenMP; imports start no threads.
"""

from trainer.executors.orphan import ends_with_parent

with ends_with_parent():
    import torch._dynamo

    import trainer.runner

__all__ = ["torch", "trainer"]
