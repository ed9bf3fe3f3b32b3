"""Functions that functions.yaml calls."""

from robotfabrik.code import Throw


def share(part: float, whole: int) -> float:
    return part / whole


def double(number: int) -> int:
    if number > 1_000:
        raise Throw("BE1")
    return 2 * number
