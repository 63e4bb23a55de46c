"""The policies of augmentation that a run may name, one module each. Imports no torch.

To add one: write a function that changes a batch, and let a module beside these hold the `Policy` that builds
it as POLICY; a plugin does `POLICIES.add`.
"""

from typing import TYPE_CHECKING, Any

from trainer.policies.entry import ChangeImages, Policy, PolicyContext
from trainer.registry import Registry, entries_in

if TYPE_CHECKING:
    from torch import Tensor

    from trainer.config_sections import PolicyConfig

__all__ = ["POLICIES", "ChangeImages", "Policy", "PolicyContext", "policy_of"]

POLICIES: Registry[Policy[Any]] = Registry("policy", *entries_in(__name__, "POLICY", ("steps",)))


def policy_of(policy: "PolicyConfig", neutral: "Tensor") -> ChangeImages | None:
    """The chosen policy, None without one. `neutral` is the colour [3] that erased pixels take."""
    entry = POLICIES[policy.name]
    return entry.build(PolicyContext(fields=entry.fields_of(policy), neutral=neutral))
