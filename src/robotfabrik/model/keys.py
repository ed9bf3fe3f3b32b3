"""The keys of a keyboard by the names that browsers know, as `keyboard_shortcuts` takes them."""

from __future__ import annotations

from collections.abc import Mapping

from robotfabrik.model.suggest import suggest

KEYS = (
    "Enter", "Tab", "Escape", "Backspace", "Delete", "Insert", "Space", "Home", "End", "PageUp", "PageDown",
    "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", *(f"F{number}" for number in range(1, 13)),
    "Control", "Shift", "Alt", "AltGraph", "Meta", "ControlOrMeta", "ContextMenu", "CapsLock", "NumLock",
    "ScrollLock", "PrintScreen", "Pause", "ControlLeft", "ControlRight", "ShiftLeft", "ShiftRight",
    "AltLeft", "AltRight", "MetaLeft", "MetaRight", *(f"Digit{number}" for number in range(10)),
    *(f"Key{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    *(f"Numpad{number}" for number in range(10)),
    "NumpadDivide", "NumpadMultiply", "NumpadSubtract", "NumpadAdd", "NumpadDecimal", "NumpadEnter",
    "Backquote", "Minus", "Equal", "Backslash", "BracketLeft", "BracketRight", "Semicolon", "Quote",
    "Comma", "Period", "Slash",
)  # fmt: skip
_SIGNS = frozenset(chr(code) for code in range(0x20, 0x7F))
_OTHERWISE: Mapping[str, str] = {
    "ctrl": "Control", "ctl": "Control", "strg": "Control", "esc": "Escape", "del": "Delete", "ins": "Insert",
    "return": "Enter", "retur": "Enter", "blanksteg": "Space", "spacebar": "Space", "backsteg": "Backspace",
    "up": "ArrowUp", "down": "ArrowDown", "left": "ArrowLeft", "right": "ArrowRight", "pgup": "PageUp",
    "pgdn": "PageDown", "pgdown": "PageDown", "win": "Meta", "windows": "Meta", "cmd": "Meta",
    "command": "Meta", "option": "Alt", "altgr": "AltGraph", "skift": "Shift",
}  # fmt: skip


def unknown_key(keys: str) -> tuple[int, str, str | None] | None:
    """The first part of `Control+a` that is no key: where it stands, itself, and what was probably meant."""
    at = 0
    for part in _parts(keys):
        if part not in KEYS and part not in _SIGNS:
            return at, part, _OTHERWISE.get(part.casefold()) or suggest(part, KEYS)
        at += len(part) + 1
    return None


def _parts(keys: str) -> list[str]:
    """What stands between the signs of addition; `Control++` is Control and the sign itself."""
    if keys == "+":
        return ["+"]
    return [*keys[:-2].split("+"), "+"] if keys.endswith("++") else keys.split("+")
