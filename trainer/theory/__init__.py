"""Formulas behind the losses and layers, for the trainer and the calculators alike. Imports numpy only.

Shared: `exact` (numbers as people write them), `derivation` (numbered lines), `answers` (marked answers).
"""
