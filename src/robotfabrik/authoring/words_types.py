"""The types, in words: what is read as each, and what its values are. The form is that of a docstring."""

from __future__ import annotations

from collections.abc import Mapping

TYPES: Mapping[str, str] = {
    "text": """
A text, without the blanks around it. Empty is missing.
""",
    "integer": """
A whole number, such as 3 or 1 234. Blanks may stand between thousands.
""",
    "number": """
A number, such as 1 234,5 or 0.5. It is exact: 0,1 + 0,2 is 0,3.
""",
    "money": """
An amount, such as 1 234,50 kr; kr, SEK or :- may follow. The filter `kr` writes it.
""",
    "percent": """
A share with its sign, such as 12 %. Its value is 0.12.
""",
    "date": """
A day, such as 2022-11-01.

It has year, month and day. The difference between two is a number of days; `day + days(14)` is another day.
""",
    "month": """
A month, such as 2022-11.

It has first_day and last_day. The filter `månad` writes it: november 2022.
""",
    "boolean": """
ja or nej; also yes, no, true and false, in any case.
""",
    "exists": """
Is something there at all? True where an element is shown or a cell is not empty. In a test: ja or nej.
""",
    "duration": """
A time with its unit, such as 500ms, 5s, 30m, 2h or 1d.
""",
    "personnummer": """
An identity with twelve digits, dash or not, whose check digit is right; no samordningsnummer.

It is text: 198001022386. `age`, `birth_date` and `is_samordningsnummer` take it.
""",
    "identity": """
A personnummer, a samordningsnummer or a temporary number (19880209T050), as text without its dash.
""",
    "file": """
A file, by its name: in the run's own folder, the project's, or a folder that the bot grants.
""",
    "path": """
The name of a file or folder, as text.
""",
    "folder": """
A folder, by its whole path or from the project's folder.

As a setting (`config:`) it is granted to the robot: its steps may read and change the files in it, and are given
its whole path.
""",
    "credential": """
An account: its username, and its password, which is a secret.
""",
    "secret": """
A text that is never shown. Only `type_secure_text` and services take it.
""",
    "period": """
Days from `first` to `last`, both included: `day in period`.
""",
    "any": """
Any value; nothing about it is checked.
""",
    "list": """
Several values: `list of money`; `list of (lika | fler)` of words. The first is `values[0]`.
""",
    "table": """
A list of records: what a table on a screen, a workbook or a file gives. `table of SCREEN` names its columns.
""",
    "record": """
Named values: `household.members`. The name of a screen, such as `household`, is the record of its fields.
""",
    "enumeration": """
One of some words, with | between them: `lika | fler`. A misspelt one is found wherever it stands.
""",
}
"""Every type. `?` after a type allows none: `money?`, `list of (a | b)?`."""
