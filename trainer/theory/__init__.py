"""Formulas behind the losses and layers, for the trainer and the calculators alike. Imports numpy only."""
