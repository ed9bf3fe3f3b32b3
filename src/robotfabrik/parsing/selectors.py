"""Are a CSS selector and a pattern what the browser understands? Each answer says where it stops being so.

The runner asks the browser itself (`matches`, and `RegExp` with its `u` flag), not Playwright: Playwright's
own `:has-text()`, `:visible` and `>>` are errors there.
"""

from __future__ import annotations

import re
import warnings

from robotfabrik.model.suggest import did_you_mean, nearest

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_BROWSERS_OWN = re.compile(r":(?:modal|valid|invalid|user-valid|-webkit-autofill|state\([\w-]+\))(?![\w-])")
_NO_BROWSERS = re.compile(
    r""":-soup-contains(?:-own)? | :(?:contains|matches)(?=\()
      | :(?:local-link|target-within|playing|paused)\b | !(?==) | (?<=\w)\|(?=[\w*]) | \s+s(?=\])""",
    re.VERBOSE,
)
_PLAYWRIGHT = re.compile(
    r""">> | :(?:has-text|text|text-is|text-matches|visible|nth-match|right-of|left-of|above|below|near)\b
      | ^\w+= | ^//""",
    re.VERBOSE,
)


def css_problem(css: str) -> tuple[int, str, str] | None:
    """Where a selector stops being CSS, what is wrong, and a hint; None when it is fine."""
    import soupsieve  # brings an HTML parser with it: only where a selector is written

    plain = _QUOTED.sub(lambda text: text[0][0] + "_" * (len(text[0]) - 2) + text[0][0], css)
    if found := _PLAYWRIGHT.search(plain):
        message = f"'{found[0]}' is Playwright's own; the browser does not know it"
        return found.start(), message, "find it by role and name, label or text, and within:"
    if found := _NO_BROWSERS.search(plain):
        return found.start(), f"no browser knows '{found[0].strip()}'", ""
    plain = _BROWSERS_OWN.sub(lambda own: ":hover".ljust(len(own[0])), plain)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            soupsieve.compile(plain)
    except NotImplementedError:
        return css.index("::"), "a pseudo-element is no element", "find the element that it belongs to"
    except soupsieve.SelectorSyntaxError as wrong:
        message = re.sub(r"(?: at)? position \d+", "", str(wrong).split("\n")[0])
        at, hint = _offset(css, wrong.line, wrong.col), ""
        if found := re.match(r"':(.+)' was detected as a pseudo-class", message):
            message = f"no browser knows ':{found[1]}'"
            hint = did_you_mean(found[1], nearest(found[1], _USUAL))
        return at, message[:1].lower() + message[1:], hint
    return None


def _offset(text: str, line: int | None, column: int | None) -> int:
    """A place by line and column, from 1, as an offset that lies in the text."""
    before = sum(len(part) + 1 for part in text.split("\n")[: (line or 1) - 1])
    return max(0, min(before + (column or 1) - 1, len(text) - 1))


_USUAL = (
    "active", "checked", "disabled", "empty", "enabled", "first-child", "first-of-type", "focus",
    "focus-visible", "focus-within", "has", "hover", "invalid", "is", "last-child", "last-of-type", "link",
    "not", "nth-child", "nth-last-child", "nth-of-type", "only-child", "optional", "placeholder-shown",
    "read-only", "read-write", "required", "root", "scope", "target", "valid", "visited", "where",
)  # fmt: skip
_TOKEN = re.compile(
    r"""(?P<class>\[\^?(?:\\.|[^\]\\])*\]) | (?P<escape>\\[pPu]\{[^}]*\}|\\.)
      | (?P<count>\{\d+(?:,\d*)?\}) | \{(?P<most>,\d+)\} | \(\?P<(?P<group>\w+)> | \(\?P=(?P<back>\w+)\)
      | (?P<comment>\(\?\#[^)]*\)) | (?P<lone>[{}\]])""",
    re.VERBOSE | re.DOTALL,
)
_FLAGS = re.compile(r"\(\?([ims]+)\)(.*)", re.DOTALL)
_ESCAPES = {r"\A": "^", r"\Z": "$", r"\z": "$"}
_NEEDLESS = re.compile(r"\\([^\w^$\\.*+?()\[\]{}|/])")


def pattern_problem(pattern: str) -> tuple[int, str, str] | None:
    """Where a pattern is none of the browser's, what is wrong, and a hint; None when it is fine."""
    if (wrong := _wrong(pattern)) is None:
        return None
    meant = _as_in_browsers(pattern)
    if meant == pattern or _wrong(meant):
        return 0, wrong, ""
    at = next((n for n, (old, new) in enumerate(zip(pattern, meant, strict=False)) if old != new), len(meant))
    return min(at, len(pattern) - 1), wrong, f"write {meant}"


def _wrong(pattern: str) -> str | None:
    """In words, lower case."""
    import regress

    try:
        regress.Regex(pattern, "u")
    except regress.RegressError as problem:
        return str(problem).rstrip(".").lower()
    return None


def _as_in_browsers(pattern: str) -> str:
    """A pattern written as for Python, as the browser wants it."""
    if "[[:" in pattern:
        return pattern
    if found := _FLAGS.fullmatch(pattern):
        pattern = f"(?{found[1]}:{found[2]})"

    def token(found: re.Match[str]) -> str:
        match found.lastgroup:
            case "group":
                return f"(?<{found['group']}>"
            case "back":
                return rf"\k<{found['back']}>"
            case "most":
                return f"{{0{found['most']}}}"
            case "comment":
                return ""
            case "lone":
                return "\\" + found[0]
            case "escape":
                return _ESCAPES.get(found[0]) or _NEEDLESS.sub(r"\1", found[0])
        return found[0]

    return _TOKEN.sub(token, pattern)
