"""The world that the reference's examples live in: the application `orders`, and a PDD around an example."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import indent

from robotfabrik.authoring.examples import VARIABLES
from robotfabrik.parsing.diagnostics import Collector, render
from robotfabrik.parsing.loader import Loader

OBJECTS = """\
objects: 1
id: orders
name: Beställningar
login: login
screens:
  login:
    user: {label: Användarnamn}
    password: {label: Lösenord}
    submit: {role: button, name: Logga in, submits: read}
  list:
    search: {label: Sök}
    go: {role: button, name: Sök, submits: read}
    orders:
      table: {role: table, name: Beställningar}
      columns:
        number: Nummer
        amount: {header: Belopp, as: money}
      row: {open: {role: link, name: Öppna}}
  order:
    number: {label: Nummer, as: text}
    kind: {label: Slag, as: text, optional: true}
    urgent: {label: Brådskande}
    comments:
      table: {role: table, name: Kommentarer}
      columns: {id: Id, text: Text, signature: Signatur}
    comment: {label: Ny kommentar}
    save: {role: button, name: Spara, writes: note}
    saved: {text: Kommentaren är sparad.}
workflows:
  login:
    inputs: {credential: credential, url: text}
    steps:
      - go_to_url: ${{ url }}
      - type_into: {target: login.user, text: "${{ credential.username }}"}
      - type_secure_text: {target: login.password, text: "${{ credential.password }}"}
      - click: login.submit
  open:
    inputs: {number: text}
    outputs: {order: order}
    steps:
      - type_into: {target: list.search, text: "${{ number }}"}
      - click: list.go
      - read_form: order
        save_as: order
  comment:
    writes: note
    inputs: {text: text}
    verify:
      - extract_table_data: order.comments
        save_as: rows
      - assign: {matches: "[row for row in rows if row.signature == job.robot]"}
    do:
      - type_into: {target: order.comment, text: "${{ text }}"}
      - click: order.save
      - check_app_state: order.saved
    retract:
      once: comment
      with: {text: "Kommentaren ${{ retracted.date }} gäller inte: ${{ retracted.reason }}."}
"""
PDD = {
    "pdd": "pdd: 1",
    "id": "id: orders",
    "name": "name: Beställningsrobot",
    "version": "version: 1.0.0",
    "authority": "authority: pay",
    "period": "period: month",
    "applications": "applications: {orders: objects/orders.yaml}",
    "exceptions": "exceptions:\n  BE1: {kind: business, name: Saknas}\n  BE2: {kind: business, name: Låst}",
    "queue": "queue:\n  item: {number: text, amount: money}\n  reference: [item.number]",
    "rules": """\
rules:
  BR1:
    name: Vem som granskar
    hit_policy: unique
    inputs: {belopp: money}
    outputs: {granskas: boolean}
    table: |
      | belopp  || granskas |
      | < 1000  || nej      |
      | >= 1000 || ja       |""",
    "texts": """\
texts:
  comment:
    inputs: {amount: money}
    rubrik: Granskning
    text:
      - - Beloppet är ${{ amount | kr }}.""",
    "process": "process:\n  - click: orders.list.go",
}
SERVICES = {"services": "services: [register, mail, mailbox]"}
FUNCTIONS = '''\
def premium(amount: int) -> int:
    """What an insurance of this amount costs a month."""
    return amount // 100
'''
BOT = {
    "bot": "bot: 1",
    "id": "id: orders",
    "pdd": "pdd: ../pdd/orders.yaml",
    "environment": "environment: test",
    "applications": "applications: {orders: {url: 'http://localhost', credential: robot-orders}}",
}
"""Section → its text; an example's sections stand in their place."""


def sections(example: str) -> dict[str, str]:
    """The top-level sections of a piece of YAML."""
    return {part.partition(":")[0]: part for part in re.split(r"\n(?=\w)", example.strip("\n"))}


def with_steps(example: str, *, writing: bool = False) -> str:
    """A workflow around steps; in the `do` of an effect when they write."""
    steps = indent(example, "          " if writing else "      ")
    inputs = ", ".join(f"{name}: {type_}" for name, type_ in VARIABLES.items())
    inside = (
        f"""\
      - once: exempel
        key: [item.reference]
        writes: pay
        content: {{}}
        verify:
          - assign: {{matches: "[record(id='1')]"}}
        do:
{steps}
"""
        if writing
        else f"{steps}\n"
    )
    return f"workflows:\n  exempel:\n    inputs: {{{inputs}}}\n    steps:\n{inside}"


def problems(folder: Path, example: str) -> str:
    """What the checker says of an example: sections of a definition, put where they belong."""
    given = sections(example)
    files = {
        "pdd/objects/orders.yaml": OBJECTS,
        "pdd/orders.yaml": "\n".join(PDD.values()),
        "pdd/functions.py": FUNCTIONS,
    }
    checked = "pdd/orders.yaml"
    if "objects" in given or "screens" in given:
        own = {"objects": "objects: 1", "id": "id: orders", **given}
        files["pdd/objects/orders.yaml"], checked = "\n".join(own.values()), "pdd/objects/orders.yaml"
    elif named := {"schedule", "alerts"} & given.keys():
        checked = f"{named.pop()}.yaml"
        files[checked] = example
        for bot in ("orders", "invoices"):
            files[f"bots/{bot}.yaml"] = "\n".join({**BOT, "id": f"id: {bot}"}.values())
    elif {"bot", "limits", "retention", "services", "statistics"} & given.keys():
        if "services" in given:
            files[checked] = "\n".join({**PDD, **SERVICES}.values())
        files["bots/orders.yaml"], checked = "\n".join({**BOT, **given}.values()), "bots/orders.yaml"
    else:
        files[checked] = "\n".join({**PDD, **SERVICES, **given}.values())
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text + "\n", encoding="utf-8")
    found = Collector()
    Loader(found.report).any(folder / checked)
    return render(d for d in found.diagnostics if d.severity == "error")
