"""Words of the command line as values."""

from __future__ import annotations

import argparse
from datetime import date

from robotfabrik.model.values import Month


def day(text: str) -> date:
    """A day as people write it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no day, such as 2022-11-01") from None


def month(text: str) -> Month:
    """A month as people write it."""
    try:
        return Month.parse(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no month, such as 2022-11") from None


def positive(text: str) -> int:
    """A number from 1 on."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 1 on")
    return int(text)
