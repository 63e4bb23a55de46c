"""Rows of a comparison whose runs are read again with their logits adjusted: nothing more is trained."""
