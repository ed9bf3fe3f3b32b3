"""How break, continue, return and postpone leave a block. Not errors: no `try` of a PDD sees them."""

from __future__ import annotations

from robotfabrik.model.errors import InDoubt, LeaseLost


class Signal(BaseException):
    """Root of the signals; a BaseException so that no `except Exception` swallows one."""


class BreakSignal(Signal):
    """`break:`"""


class ContinueSignal(Signal):
    """`continue:`"""


class ReturnSignal(Signal):
    """`return:` with its reason."""

    def __init__(self, reason: str | None) -> None:
        super().__init__(reason)
        self.reason = reason


class PostponeSignal(Signal):
    """`postpone`: the item is given back for `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


POSTPONED = "@postponed"  # under which name an item counts them


class Unsettled(Exception):
    """Something was sent and is not confirmed yet: look again after `delay` seconds, in a new session."""

    def __init__(self, effect: str, delay: float) -> None:
        super().__init__(f"{effect} was sent but is not confirmed yet")
        self.delay = delay


HANDS_OFF = (InDoubt, LeaseLost, Unsettled)
"""What no step of a PDD catches, retries or cleans up after."""
