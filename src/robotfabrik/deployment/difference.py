"""The difference between two releases, for people: a unified diff with the changed words marked.

--- pdd/folkbokforing.yaml  deployed 91c2aa014410
+++ pdd/folkbokforing.yaml  now 5d0e77125c31
@@ -129,3 +129,3 @@ pdd/folkbokforing.yaml:130
-      - Säkerställ att personuppgifter är [-uppdaterade-] i personbilden
+      - Säkerställ att personuppgifter är {+ändrade+} i personbilden
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Final

from robotfabrik.model.deployment import Release

CONTEXT: Final = 1  # lines around a change
ALIKE: Final = 0.4  # two lines with less in common are two lines, not one that was changed
NO_END: Final = "\\ No newline at end of file"
_WORDS: Final = re.compile(r"\w+|\s+|[^\w\s]")


def difference(
    old: Release, new: Release, names: tuple[str, str] | None = None, limit: int | None = None
) -> list[str]:
    """The lines to show; none when nothing differs. At most `limit`, and then how many more there are.

    `names`: what to call the two, by default the deployed one and the present one.
    """
    was, is_ = names or (f"deployed {old.short}", f"now {new.short}")
    lines = [f"{option}: {change}" for option, change in sorted(new.changes.items())]
    for path in sorted(old.files.keys() | new.files.keys()):
        before, after = old.files.get(path), new.files.get(path)
        if before != after:
            lines.append(f"--- {path}  {was}{', not there' if before is None else ''}")
            lines.append(f"+++ {path}  {is_}{', not there' if after is None else ''}")
            lines += _changes(path, _lines(before), _lines(after))
    if limit is not None and len(lines) > limit:
        return [*lines[:limit], f"… {len(lines) - limit} more lines"]
    return lines


def _lines(text: str | None) -> list[str]:
    if not text:
        return []
    return text.removesuffix("\n").split("\n") + ([] if text.endswith("\n") else [NO_END])


def _changes(path: str, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    # Common lines are no junk: YAML has many that are alike.
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for group in matcher.get_grouped_opcodes(CONTEXT):
        start, end = group[0], group[-1]
        first = next(b for tag, _, _, b, _ in group if tag != "equal")
        where = f"-{_range(start[1], end[2])} +{_range(start[3], end[4])}"
        yield f"@@ {where} @@ {path}:{min(first + 1, max(1, len(after)))}"
        for tag, a1, a2, b1, b2 in group:
            if tag == "equal":
                yield from (f" {line}" for line in before[a1:a2])
            else:
                gone, come = _marked(before[a1:a2], after[b1:b2])
                yield from (f"-{line}" for line in gone)
                yield from (f"+{line}" for line in come)


def _range(start: int, end: int) -> str:
    return f"{start + 1}" if end - start == 1 else f"{start + 1 if end > start else start},{end - start}"


def _marked(before: Sequence[str], after: Sequence[str]) -> tuple[list[str], list[str]]:
    pairs = [_words(a, b) for a, b in zip_longest(before, after)]
    return [a for a, _ in pairs if a is not None], [b for _, b in pairs if b is not None]


def _words(before: str | None, after: str | None) -> tuple[str | None, str | None]:
    """Both lines with the words marked in which they differ."""
    if before is None or after is None:
        return before, after
    if SequenceMatcher(None, before.split(), after.split(), autojunk=False).ratio() < ALIKE:
        return before, after
    a, b = _WORDS.findall(before), _WORDS.findall(after)
    gone, come = "", ""
    for tag, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        old, new = "".join(a[a1:a2]), "".join(b[b1:b2])
        gone += old if tag == "equal" else f"[-{old}-]" if old else ""
        come += new if tag == "equal" else f"{{+{new}+}}" if new else ""
    return gone, come
