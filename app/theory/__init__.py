"""The calculators of the theory lab: request, answer, inputs and examples of each, in one place.

A page, a REST endpoint and a command are made of each `Calculator` that `registry` lists. The formulas are
those of `trainer.theory`; drawing is figures', layout the pages'.
"""
