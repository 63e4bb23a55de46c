"""Figures of compared settings, and the registry in which every figure stands by its name."""
