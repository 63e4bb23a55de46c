"""What a field accepts besides values of its own type: lists for tuples, and N for beta."""

import math
import re

from pydantic_core import PydanticCustomError


def list_to_tuple(value: object) -> object:
    """JSON and TOML know lists only; anything else passes as it is."""
    return tuple(value) if isinstance(value, list) else value


def beta_of_volume(value: object) -> object:
    """Text such as "N=1000" as beta = 1 - 1/N (Cui et al. 2019); anything else passes as it is.

    N is the volume at which effective numbers level off. Refuses N below 1, where beta would be negative.
    """
    given = re.fullmatch(r"\s*[Nn]\s*=\s*(\S+)\s*", value) if isinstance(value, str) else None
    if given is None:
        return value
    try:
        volume = float(given[1])
    except ValueError:
        return value
    if not 1 <= volume < math.inf:
        raise PydanticCustomError("volume", "must have a finite N of at least 1")
    return 1 - 1 / volume
