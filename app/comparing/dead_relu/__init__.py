"""Dead units of compared settings: shares by layer and epoch, and what they show."""
