"""Object repositories, bots and schedules, in words: what each key means. The form is that of a docstring."""

from __future__ import annotations

from collections.abc import Mapping

FINDING = """
role: the ARIA role, such as button, link, textbox, table.
name: the accessible name, with `role`.
label: the text of the field's label.
text: the text itself.
text_matches: a regular expression that the text matches.
test_id: the value of data-testid.
css: a CSS selector; it breaks when the page is rebuilt.
within: the element lies in this one.
anchor: the element lies beside this one.
frame: the element lies in this frame.
fallbacks: other ways to find it, tried in order when this finds nothing.
exact: the whole name or text; true unless it says otherwise.
"""

SECTIONS: Mapping[str, str] = {
    "objects": """
An object repository: the screens of an application, and how they are used.

objects: the version of the format: 1.
id: the name of the file.
name: what people call the application.
login: the workflow that logs in; the engine calls it.
settles_within: after this time a save that does not show will not come; 60s.
unknown: the elements that say that the register did not answer.
titles: screen: what people call it.
screens: screen: its elements and tables.
workflows: workflows and effects that PDDs share.

Example:
    objects: 1
    id: orders
    name: Beställningar
    screens:
      list:
        search: {label: Sök}
        go: {role: button, name: Sök, submits: read}
""",
    "element": """
An element of a screen, found in one way.
"""
    + FINDING
    + """
parameters: parameter: type; the way to find it may use them in ${{ }}.
as: the type of a reading. Without it the element is there to act on.
optional: it may be missing; then the reading is none.
private: keep what is read out of logs and pictures.
writes: using it changes something: note, propose, decide or pay. It works only inside an effect.
submits: read: it sends a form but changes nothing, so that it works in a rehearsal.
means: none: when it is shown, its screen holds nothing.

Example:
    screens:
      order:
        number: {label: Nummer, as: text, fallbacks: [{test_id: number}, {css: "input[name=nr]"}]}
        total: {text_matches: "^Totalt", as: text, within: {role: region, name: Summa}}
        save: {role: button, name: Spara, writes: note}
""",
    "anchor": """
The element beside which another one lies.
"""
    + FINDING
    + """
element: another element of the repository: `screen.name`, or its name alone on the same screen.
side: where the element lies, seen from the anchor: right, left, above or below.

Example:
    screens:
      order:
        amount: {role: textbox, anchor: {text: Belopp, side: right}}
""",
    "table": """
A table of a screen, or a list that is none in the page.

table: how it is found, as an element.
rows: how its rows are found in it, when they are no rows of a table, such as cards.
columns: field: the column's heading, or {header, as, optional, private, always}; with `rows:` how a cell is
found in its row, as an element.
next: the element that turns to the next page.
more: the element that adds rows to those shown, or `scroll`: they come as the list is scrolled.
end: what is shown when a list that is scrolled has no more rows.
empty: the element that says that there are no rows.
row: the elements of each row.
optional: it may be missing; then the reading is none.
protects: the column whose cells, when not empty, hide the rest of the row.

Example:
    screens:
      list:
        orders:
          table: {role: table, name: Beställningar}
          columns:
            number: Nummer
            amount: {header: Belopp, as: money}
          next: {role: link, name: Nästa}
          empty: {text: Inga beställningar.}
          row:
            open: {role: link, name: Öppna}
""",
    "column": """
A column of a table.
"""
    + FINDING
    + """
header: its heading, in a table of rows and columns; else it is found in its row, as an element.
as: the type of its cells; text.
optional: a cell may be empty; then it is none.
private: keep its cells out of logs and pictures.
always: it is read in a protected row too.

Example:
    screens:
      list:
        orders:
          table: {role: table, name: Beställningar}
          columns:
            number: Nummer
            amount: {header: Belopp, as: money}
            comment: {header: Kommentar, optional: true, private: true}
""",
    "bot": """
How a PDD runs here.

bot: the version of the format: 1.
id: the name of the file.
pdd: the PDD, from this file.
mode: rehearsal writes nothing; live does.
environment: test or production.
dataset: which data set a test application shows.
workers: how many items at once; at most one for each account.
applications: application: {url, credential}. The url may be a folder of pages from this file, in a test.
services: service: {url, credential, auth}.
config: values over the PDD's own.
credentials: the credentials that `get_credential` may give.
folders: whole paths of folders outside the project where steps may read and write files, such as ~/inkorg.
limits: when a job stops by itself.
profile: not in force yet.

Example:
    bot: 1
    id: orders
    pdd: ../pdd/orders.yaml
    mode: rehearsal
    environment: test
    applications:
      orders: {url: "http://localhost:8000", credential: robot-orders}
""",
    "service": """
Where a register with an API, a mail server, or a mailbox is.

url: its address: https://…; smtp://host or smtps://host to send mail; imap://host or imaps://host to read it.
credential: the credential that the robot has there.
auth: basic gives user and password; bearer gives the password as a token.

Example:
    services:
      register: {url: https://example.se/api, credential: register, auth: bearer}
      mail: {url: smtps://mail.example.se, credential: mail}
      mailbox: {url: imaps://mail.example.se, credential: mail}
""",
    "limits": """
When a job stops by itself.

flagged_share: more findings than this share of the items are unlikely.
after: so many items are handled before the share counts.
max_consecutive_failures: so many system exceptions in a row; 10.

Example:
    limits: {flagged_share: 20 %, after: 50, max_consecutive_failures: 5}
""",
    "schedule": """
When bots run.

schedule: the version of the format: 1.
time_zone: the time zone of every time.
calendars: days that count.
triggers: which bot starts when.

Example:
    schedule: 1
    triggers: []
""",
}
