"""Words of a step that are not known: another tool's, or ours in a place where they do not stand."""

from __future__ import annotations

from collections.abc import Collection

from robotfabrik.activities.api import Activity
from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.model.suggest import did_you_mean, suggest
from robotfabrik.parsing import uipath
from robotfabrik.parsing.nodes import MapNode, ScalarNode
from robotfabrik.parsing.reader import Reader


def is_theirs(key: ScalarNode, known: Collection[str]) -> bool:
    """Is this one of UiPath's activities, or one of ours written as they write theirs?"""
    word = uipath.folded(key.text)
    return word in known or word in uipath.SAME or word in uipath.OTHERWISE


def activity(reader: Reader, key: ScalarNode, known: Collection[str]) -> str | None:
    """Report an activity. Ours that is written in the same way; None when it is done otherwise, if at all."""
    word = uipath.folded(key.text)
    ours = word if word in known else uipath.SAME.get(word)
    hint = f"Did you mean '{ours}'?" if ours else uipath.OTHERWISE.get(word) or did_you_mean(word, known)
    hint = hint or "`robotfabrik help` lists the activities"
    reader.error(key.span, f"unknown activity: '{key.text}'", "unknown-activity", hint)
    return ours


def key(reader: Reader, key: ScalarNode, verb: str, node: MapNode, known: Collection[str]) -> None:
    """Report a key beside an activity; perhaps it is an argument, which stands inside."""
    first = CATALOGUE[verb].first if verb in CATALOGUE else None
    own = CATALOGUE[verb].parameters if verb in CATALOGUE else {}
    inside = key.text if key.text in own else uipath.argument(key.text, own)
    ours = uipath.argument(key.text, known)
    if suggest(key.text, known) or not (inside or ours):
        reader.unknown_key(key, f"key in the step '{verb}'", node, known)
        return
    arguments = ", ".join(f"{name}: …" for name in dict.fromkeys((first, inside)))
    hint = f"write {verb}: {{{arguments}}}" if inside else f"Did you mean '{ours}'?"
    reader.error(key.span, f"unknown key in the step '{verb}': '{key.text}'", "unknown-key", hint)


def argument(
    reader: Reader, key: ScalarNode, activity: Activity, node: MapNode, known: Collection[str],
    common: Collection[str],
) -> None:  # fmt: skip
    """Report an argument; perhaps it is a key of every step, which stands beside the activity."""
    absent = [name for name in known if node.get(name) is None]
    ours = uipath.argument(key.text, absent)
    beside = key.text if key.text in common else uipath.argument(key.text, common)
    if not ours and (suggest(key.text, absent) or not beside):
        reader.unknown_key(key, f"argument of {activity.name}", node, known, "surplus-argument")
        return
    hint = f"Did you mean '{ours}'?" if ours else f"write {beside}: beside {activity.name}:, not inside it"
    reader.error(key.span, f"unknown argument of {activity.name}: '{key.text}'", "surplus-argument", hint)
