"""The sections of a PDD, in words: what each key means. The form is that of a docstring."""

from __future__ import annotations

from collections.abc import Mapping

from robotfabrik.authoring.blocks import COMMON

SECTIONS: Mapping[str, str] = {
    "pdd": """
A process definition document: what the business signs, and what the robot does.

pdd: the version of the format: 1.
id: the name of the file.
name: what people call the robot; its notes are signed with it.
version: the version of the document.
document: what only people read.
authority: the most that the robot may do: read, note, propose, decide or pay.
period: day, week or month; `job.period` follows it.
applications: application: the file of its object repository, from this file.
services: the registers with an API, and the mail servers, that steps name.
data_protection: what is read and written where, and why it may be.
config: values that may change without a new version.
reading: the exceptions for readings without a value.
exceptions: what is left to a person, and what is tried again.
queue: what one item is. Without it the job is one item.
rules: decision tables.
texts: the texts that the robot writes.
workflows: steps with inputs and outputs, and effects, of this PDD's own.
dispatch: steps that fill the queue, once a job.
process: the steps for one item.
finish: steps after the last item, once a job.
outage: steps once for each live job that stops early with work left, by itself or by the next one.
    `job.stopped_on`, `job.stopped_at`, `job.dispatched` and `job.unhandled` say how far it came,
    `job.told_later` whether a later job tells it, which is about to check what it can.
retract: steps that lead to the place of an effect that a person takes back, for its `item`.
report: the columns of the report.
compare: which bot reads what people decided, to be compared with the report.
tests: examples for rules, sentences for texts, and whole items.

Example:
    pdd: 1
    id: orders
    name: Beställningsrobot
    version: 1.0.0
    authority: note
    applications: {orders: objects/orders.yaml}
    process:
      - log_message: Hej
""",
    "document": """
What only people read. It stands in the document, by these names.

purpose: why the robot is there.
objectives: what shall be reached.
tags: words to find it by.
contacts: who answers for what.
prerequisites: what must be in place.
overview: where, how often, how much.
applications: the applications, for people.
as_is: how the work is done today.
to_be: how it is done with the robot.
scope: what is in, and what is not.
follow_up: what a caseworker does afterwards.
history: the versions of the document.
approval: who has approved it.
glossary: word: meaning.
related: other documents.
status: draft, approved and so on.

Example:
    document:
      purpose: Granska beställningar över gränsen.
      contacts: [{role: Systemförvaltare, name: IT-service}]
      scope: {in: [Beställningar som inte är bekräftade], out: [Andra enheters beställningar]}
      history: [{version: 1.0.0, date: 2022-10-01, author: RPA-gruppen, comment: Första versionen}]
""",
    "data_protection": """
What is read and written where, and why it may be.

legal_basis: the legal basis of the processing.
purpose: what the data is used for.
controller: who is responsible.
reads: what is read where.
writes: what is written where.
third_parties: who else gets to know of it.
protected_identities: how they are handled.
recipients: who receives data.
retention: how long what is kept.
information: how people are informed.
dpia: the data protection impact assessment.
decisions: decisions about the robot.

Example:
    data_protection:
      legal_basis: Allmänt intresse (artikel 6.1 e)
      reads: [{where: Beställningar, what: nummer och belopp, why: för granskningen}]
      retention: Robotens listor gallras enligt dokumenthanteringsplanen
""",
    "config": """
Values that may change without a new version of the PDD: `config.limit` in an expression.

type: the type of the value.
value: the value; a bot may have another one.
description: what it means.
locked: no bot may change it.
secrecy: it is not shown outside the office.
source: where the value comes from, such as a decision.

Example:
    config:
      limit: {type: money, value: 1000, description: Från detta belopp granskas en beställning}
""",
    "reading": """
The exceptions for readings without a value, where the step does not say.

missing: nothing stands there.
unreadable: what stands there is not of its type.
unknown: the register did not answer.

Example:
    reading: {missing: BE1, unreadable: BE1}
""",
    "exceptions": """
Ways to end an item, by id.

kind: business leaves the item to a person and is never retried; system is tried again.
name: what it is, in few words.
action: what the person does.
list: the list that the case lands on; none for a finding that needs no list.
details: none keeps everything about the case out of the report.
postpone: try the item again after this time, or at end_of_queue.
attempts: how many executions in all, with `postpone`.

Example:
    exceptions:
      BE1: {kind: business, name: Beställningen saknas, action: Kontrollera numret}
      BE2: {kind: business, name: Beställningen är låst, postpone: end_of_queue, attempts: 2}
""",
    "queue": """
What one item of the queue is.

item: field: type.
reference: expressions that make the item's name, unique for ever.
lock: an expression; no two robots work on the same value at once.
attempts: how many executions an item gets in all; 3.
priority: an expression that is 'high', 'normal' or 'low'; the higher is taken first.
deadline: a date, or a duration from the adding; of equal priority the earliest is taken first.
postpone: a date, or a duration from the adding, before which nobody takes the item.

Example:
    queue:
      item: {number: text, amount: money}
      reference: [item.number, job.period]
      lock: item.number
      attempts: 3
      priority: "'high' if item.amount > 10000 else 'normal'"
""",
    "rules": """
Decision tables: conditions left of `||`, outcomes right.

A cell is - (any), a literal, a, b, < 5, 1..3, not x, ja, nej or okänd. A column `när` holds conditions, a
column `#` the rows' names.

name: what the rule decides.
hit_policy: unique (one row fits), first, collect (all rows that fit) or latest (the last that has begun).
Under collect `save_as: {mine: output}` gives a list for each output, `save_as: rows` a list of records.
inputs: input: type.
outputs: output: type.
otherwise: the outputs when no row fits, or none.
table: the table.

Example:
    rules:
      BR1:
        name: Vem som granskar
        hit_policy: unique
        inputs: {belopp: money}
        outputs: {granskas: boolean}
        table: |
          | belopp  || granskas |
          | < 1000  || nej      |
          | >= 1000 || ja       |
""",
    "texts": """
Texts that the robot writes, as paragraphs of sentences.

inputs: input: type.
rubrik: the heading.
text: paragraphs, each a list of sentences; a sentence may have a condition.

Example:
    texts:
      comment:
        inputs: {amount: money}
        rubrik: Granskning
        text:
          - - Beloppet är ${{ amount | kr }}.
            - {when: amount > 1000, text: Beställningen ska granskas.}
""",
    "paragraph": """
A paragraph whose sentences stand on lines of their own, not one after the other.

lines: sentences; one that is a list of texts gives a line for each.

Example:
    texts:
      comment:
        inputs: {rows: list of text}
        text:
          - lines:
              - Beställningen gäller följande.
              - ${{ rows }}
""",
    "sentence": """
A sentence with a condition.

when: the condition.
text: the sentence.

Example:
    texts:
      comment:
        inputs: {amount: money}
        text:
          - - Beloppet är ${{ amount | kr }}.
            - when: amount > 1000
              text: Beställningen ska granskas.
""",
    "workflows": """
Steps with inputs and outputs, for `invoke_workflow`. Their variables are their own.

inputs: input: type; a `?` after the type says that it may be none. `{field: type}` is a record with
at least these fields, such as the whole `item`.
outputs: output: type; a variable that the steps set.
steps: the steps.
name: what people call it.

Example:
    workflows:
      granska:
        inputs: {number: text}
        outputs: {order: orders.order}
        steps:
          - read_form: orders.order
            save_as: order
          - when: order.number != number
            throw: BE1
""",
    "effect": """
A workflow that writes, for `once`.

writes: note, propose, decide or pay.
inputs: input: type.
verify: steps that save `matches`: a table with `id` and a column for each input, of what this robot has made.
partial: a condition after `verify`: something half-finished stands there.
repair: steps that take it back.
do: steps that write.
unverified: inputs that no screen shows.
retract: how it is taken back. Without it a person does that by hand.
name: what people call it.

Example:
    workflows:
      kommentera:
        writes: note
        inputs: {text: text}
        verify:
          - extract_table_data: orders.order.comments
            save_as: rows
          - assign: {matches: "[row for row in rows if row.signature == job.robot]"}
        do:
          - type_into: {target: orders.order.comment, text: "${{ text }}"}
          - click: orders.order.save
          - check_app_state: orders.order.saved
""",
    "retraction": """
How an effect is taken back: `robotfabrik retract` does it once, after a named approval.

once: the effect that does it: another one of the repository, or the same with other content.
with: its inputs, {input: value}, from those of the effect that is taken back, and `retracted.id`, `.date` and
    `.reason`.

Example:
    workflows:
      kommentera:
        writes: note
        inputs: {text: text}
        verify:
          - extract_table_data: orders.order.comments
            save_as: rows
          - assign: {matches: "[row for row in rows if row.signature == job.robot]"}
        do:
          - type_into: {target: orders.order.comment, text: "${{ text }}"}
          - click: orders.order.save
          - check_app_state: orders.order.saved
        retract:
          once: kommentera
          with: {text: "Kommentaren ${{ retracted.date }} gäller inte. Orsak: ${{ retracted.reason }}."}
""",
    "step": COMMON,
    "report": """
What people get to see of every item.

columns: heading: expression, evaluated when the item has ended. A variable that is not set leaves it empty.
lists: list: the columns that it shows.
per: the column whose values get a list of their own, such as the caseworker.
analytics: name: expression; figures for statistics that stay when the rest is deleted. Never a text or a day.
findings: expression; a list of what was found, each a record of rule (a row's, rule's or exception's id),
    source, value and date (of what was found, or none). A person's sheet has a row for each, with the rule's
    name and the day on which it was read. A variable that is not set is none.
counts: columns of named choices or of yes and no. The report, the summary and `--json` say how many items
    there are of each combination; items without details are counted too.
measures: name: what is observed of every item, for the statistics of a month.

Example:
    report:
      columns: {Beställning: item.number, Belopp: item.amount, Stor: item.amount > 5000}
      counts: [Stor]
      lists: {att hantera manuellt: [Beställning]}
""",
    "measure": """
What the statistics of a month say of items beside how they ended. It stays when personal data are deleted.

It is observed when an item has ended; where it is none, or a variable is not set, the item does not count.

of: expression: yes or no for a share, a number for a mean or sum, one of named choices or a list of them for
    a frequency.
show: how it is shown over many items: share, mean, sum or frequency. A list counts each of its elements.
by: expression, one of named choices or yes and no: figures for each.
private: yes for texts that people wrote; only a frequency. It stands in no statistics, goes with the item's
    personal data, and `robotfabrik items frequency` writes it to a workbook.

Example:
    report:
      columns: {Beställning: item.number, Stor: item.amount > 5000}
      measures:
        Stora: {of: item.amount > 5000, show: share}
        Belopp: {of: item.amount, show: mean, by: item.amount > 5000}
        Nummer: {of: item.number, show: frequency, private: yes}
""",
    "compare": """
What people decided of the same cases, as another bot reads it: `robotfabrik compare`. All names are columns
of the two reports.

with: the bot that reads what people decided. It is run before the comparison.
key: the columns of both reports that together tell which case it is.
month: the column of both reports that holds the month.
by: own columns by which agreement is counted, such as the rule. Named choices, or yes and no.
fields: own column: the other's, compared as text. The first one holds what was decided.
amounts: own column: the other's, compared as numbers; their differences are added up.
left: words of the first field that say that the case was left to people. So does an empty cell.
only: the other's column: a value; other rows of it do not count.
show: the other's columns that each disagreement is listed with.

Example:
    report:
      columns: {Beställning: item.number, Månad: job.period, Granskas: item.amount > 1000}
    compare:
      with: granskningar
      key: [Beställning]
      month: Månad
      by: [Granskas]
      fields: {Granskas: Granskad}
""",
    "rule_test": """
Examples for a rule.

rule: the rule.
examples: a table like the rule's: inputs left of `||`, what is expected right.

Example:
    tests:
      - rule: BR1
        examples: |
          | belopp || granskas |
          | 999    || nej      |
          | 1000   || ja       |
""",
    "text_test": """
What a text shall be.

text: the text.
given: input: value.
expect: the whole `text`, the `rubrik`, or parts that it `contains`.

Example:
    tests:
      - text: comment
        given: {amount: 1000}
        expect: {contains: Beloppet är 1 000 kr.}
""",
    "process_test": """
One item, or over an application the whole job.

name: what is tested.
given: what the test gives.
expect: what shall come of it.

Example:
    tests:
      - name: En beställning som saknas
        given: {item: {number: B1, amount: 5}, missing: [orders.list.go]}
        expect: {throws: BE1, once: {}}
""",
    "given": """
What a test of the process gives.

date: the job's date; 2022-11-01.
config: values over the PDD's own.
item: the item's fields.
workflows: workflow: what it answers instead of running. A list answers call by call, or by `where`.
missing: the elements that are not there, in an application that has all others; acting on those does nothing.
effects: effect: what stands in the application already.
application: application: the address, or the folder of pages from this file, that a browser shows. Without
    `item` the whole job runs: dispatch, every item, finish.
last_completed: the day of the last completed item with that reference.
outage: how the job stopped; then the section `outage` runs, and nothing else.
items: what became of the job's items, each `outcome` with `reference`, `exception` and `columns`; then the
    section `finish` runs, and nothing else.
retract: an effect that is taken back; then the section `retract` runs for `item`, and what takes it back.

Example:
    tests:
      - name: En stor beställning
        given:
          date: 2022-11-01
          item: {number: B1, amount: 5000}
          workflows:
            orders.open: {order: {number: B1, kind: Normal}}
          effects: {orders.comment: []}
        expect: {status: successful}
""",
    "given_outage": """
How a job stopped, for a test of the section `outage`.

stopped_on: the day; 2022-11-01.
stopped_at: the time; 02:13.
dispatched: whether it knew all that there was to do; yes.
unhandled: what it did not check: `item`, and `state`: waiting, failed or held.
told_later: whether a later job tells it; no.

Example:
    tests:
      - name: Stannar innan en beställning är läst
        given: {outage: {unhandled: [{item: {number: B1, amount: 5}, state: waiting}]}}
        expect: {once: {}}
""",
    "given_retract": """
An effect that is taken back, for a test of it.

effect: the effect.
content: its inputs, {input: value}.
id: the candidate that it was seen as; 1.
date: the day when it was written; 2022-11-01.
reason: why it is taken back.

Example:
    tests:
      - name: Kommentaren gäller inte
        given:
          item: {number: B1, amount: 5000}
          retract: {effect: orders.comment, content: {text: Beloppet är fel}, reason: fel beställning}
        expect: {status: successful}
""",
    "expect": """
What shall come of a test; what is not said is not looked at.

status: successful, business, failed or held. Of several items the worst.
throws: the exception.
rules: the rows of rules that decided, in order.
once: effect: {input: text}, a list of them for several times; {} says that nothing is written.
items: the references that dispatch adds, in order; without an application only dispatch runs then.

Example:
    tests:
      - name: En stor beställning
        given: {item: {number: B1, amount: 5000}, missing: []}
        expect:
          status: successful
          rules: [BR1.2]
          once: {orders.comment: {text: Beloppet är 5 000 kr. Beställningen ska granskas.}}
""",
}
