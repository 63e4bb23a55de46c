"""A few places of many, where there is no room for all."""


def evenly(length: int, most: int) -> list[int]:
    """The indices of all, or of `most` that lie evenly, first and last among them."""
    if length <= most:
        return list(range(length))
    return [round(at * (length - 1) / (most - 1)) for at in range(most)]
