"""The calculator of focal loss."""
