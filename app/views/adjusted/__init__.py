"""Views of a run's kept logits, adjusted without training: what is asked, chosen, measured, and said."""
