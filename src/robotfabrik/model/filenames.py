"""Names of files that others have given: a server, the sender of a mail."""

from __future__ import annotations

import re

LONGEST_NAME = 120


def file_name(suggested: str, otherwise: str = "download") -> str:
    """A name that can do no harm: no folders, no hidden files, not too long."""
    name = re.sub(r"[\x00-\x1f<>:\"|?*]", "_", re.split(r"[/\\]", suggested)[-1]).strip(" .")
    stem, dot, end = name.rpartition(".")
    if dot and stem:
        return f"{stem[: LONGEST_NAME - len(end) - 1]}.{end}"[:LONGEST_NAME]
    return name[:LONGEST_NAME] or otherwise
