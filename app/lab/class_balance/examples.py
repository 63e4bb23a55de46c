"""Worked examples of class weights: betas that do nothing, and answers with a known mistake."""

from app.lab.base.calculator import Example

COUNTS = "5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50"
"""CIFAR-10 at ratio 100, largest class first."""

_WEIGHTS = "0.181, 0.189, 0.216, 0.273, 0.378, 0.561, 0.869, 1.386, 2.258, 3.688"
EXAMPLES = (
    Example(
        "Beta 0.9 and 0.95 do nothing",
        "The write-up trained with both and read a difference into the results. At its counts (CIFAR-10 at "
        "ratio 100 is assumed) beta 0.9 weighs all classes alike within 1 %, and beta 0.95 all but the two "
        "smallest: N is 10 and 20, and even the smallest class holds 50 images.",
        {"counts": COUNTS, "betas": "0.9, 0.95, 0.997, 0.9999", "beta": "0.9"},
    ),
    Example(
        "Two classes, 8000 and 400 images",
        "Somebody swept beta from 0.1 to 0.9, saw weights of 1 and 1, and called the method useless. What "
        "counts is N = 1/(1 - beta) against the counts: beta must come close to 1 before anything happens.",
        {"counts": "8000, 400", "betas": "0, 0.9, 0.99, 0.999, 0.9999, 1", "beta": "0.9999"},
    ),
    Example(
        "An answer that was not scaled",
        "These are 1/E_n. The proportions are right, but the loss would shrink to a fraction: the weights "
        "must sum to the number of classes.",
        {"counts": "8000, 400", "betas": "0.9999", "beta": "0.9999", "answer": "0.0001816, 0.002550"},
    ),
    Example(
        "The weights of another beta",
        "N = 10000 was meant, but these are the weights of N = 1000, beta 0.999.",
        {"counts": COUNTS, "betas": "0.999, 0.9999", "beta": "0.9999", "answer": _WEIGHTS},
    ),
)
