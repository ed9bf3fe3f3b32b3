"""The control steps and the keys that every step may have, in words. The form is that of a docstring."""

from __future__ import annotations

from collections.abc import Mapping

COMMON = """
Keys that every step may have, beside its activity.

id: a name for `--break` and `--from`.
name: what people call the step, in the document and in messages.
when: a condition; when it is false the step is left out, and what it saves is none.
save_as: the variable that keeps the result; {mine: output} takes parts of it.
timeout: how long the step may take, with its unit. It holds for the steps inside it too.
retry: repeat after a system exception. `attempts` counts all executions, `interval` is the wait before the
next one; 1s.
if_missing: the exception to throw when an element or a reading is not there.
if_unreadable: the exception to throw when what stands there is not of its type.
continue_on_error: go on after a system exception; a business exception is never silenced.
private: keep what the step reads out of logs and pictures.
rule: the rule of `rules:`, or its row, that the step carries out. It is recorded like a row that decides.

Example:
    name: Läs beställningen
    read_form: orders.order
    when: number > 0
    save_as: order
    timeout: 20s
    retry: {attempts: 3, interval: 2s}
    if_missing: BE1
"""

BLOCKS: Mapping[str, str] = {
    "sequence": """
Run steps in order, with common keys such as `retry` around them all.

sequence: the steps.

Example:
    - name: Öppna beställningen
      retry: {attempts: 3, interval: 2s}
      sequence:
        - type_into: {target: orders.list.search, text: "${{ text }}"}
        - click: orders.list.go
""",
    "if": """
Run steps when a condition is true, others when it is not.

if: the condition.
then: the steps when it is true.
else_if: more conditions, each with its own `then`; the first that is true counts.
else: the steps when none is true.

Example:
    - if: number > 100
      then:
        - throw: BE1
      else_if:
        - if: number > 10
          then:
            - log_message: Många
      else:
        - log_message: Några få
""",
    "switch": """
Run the steps of the case that a value equals, as text.

switch: the value.
cases: value: steps.
default: the steps when no case fits. Without it that is a system exception.

Example:
    - switch: ${{ text }}
      cases:
        Ny:
          - log_message: En ny beställning
        Klar: []
      default:
        - throw: BE1
""",
    "for_each": """
Run steps once for each element of a list.

for_each: the list.
as: the variable for the element; several names, [a, b], take an element apart.
where: only the elements for which this is true.
index: a variable that counts the elements, from 0.
max_iterations: a longer list is a system exception.
steps: the steps. What they set lives one turn.
collect: variables for after the loop, {name: expression}: one value for each turn.

Example:
    - for_each: rows
      as: row
      where: row.amount > 100
      steps:
        - log_message: Beställning ${{ row.number }}
      collect: {numbers: row.number}
""",
    "for_each_row": """
Run steps once for each row of a table: `for_each` by UiPath's name.

for_each_row: the table.
as: the variable for the row; several names, [a, b], take it apart.
where: only the rows for which this is true.
index: a variable that counts the rows, from 0.
max_iterations: a longer table is a system exception.
steps: the steps. What they set lives one turn.
collect: variables for after the loop, {name: expression}: one value for each turn.

Example:
    - for_each_row: rows
      as: row
      steps:
        - add_queue_item: {number: "${{ row.number }}", amount: "${{ row.amount }}"}
""",
    "for_each_file": """
Run steps once for each file of a folder: `for_each` over what `list_files` gives.

A file has `path`, `name`, `extension`, `size` and `modified`. What the steps change in the folder does not
change which files there are to go through.

for_each_file: the folder, or {folder, pattern, deep, order_by, descending} as of `list_files`.
as: the variable for the file; `file` by default.
where: only the files for which this is true.
index: a variable that counts the files, from 0.
max_iterations: more files are a system exception.
steps: the steps. What they set lives one turn.
collect: variables for after the loop, {name: expression}: one value for each turn.

Example:
    - for_each_file: {folder: inbox, pattern: "*.xlsx"}
      where: file.size > 0
      steps:
        - read_range: ${{ file.path }}
          save_as: orders
        - move_file: {source: "${{ file.path }}", destination: done/}
      collect: {numbers: len(orders)}
""",
    "while": """
Run steps for as long as a condition is true, asked before each turn.

while: the condition.
max_iterations: so many turns at most; still true after them is a system exception.
steps: the steps.

Example:
    - while: number < 3
      max_iterations: 10
      steps:
        - assign: {number: number + 1}
""",
    "do_while": """
Run steps once, and again for as long as a condition is true, asked after each turn.

do_while: a mapping with `steps`, `condition` and `max_iterations`.

Example:
    - do_while:
        steps:
          - assign: {number: number + 1}
        condition: number < 3
        max_iterations: 10
""",
    "try": """
Catch exceptions, and clean up.

try: the steps.
catch: exception: steps. The exception is an id of `exceptions:`, business or system; an id comes before a
    kind. The variable `error` has its `id` and `message`.
finally: steps that run whatever happens, except when an effect is in doubt.

Example:
    - try:
        - click: orders.list.go
      catch:
        BE1:
          - log_message: Beställningen finns inte
        system:
          - log_message: ${{ error.message }}
          - rethrow:
      finally:
        - log_message: Klart
""",
    "timeout_scope": """
Give several steps a time together. Over time is a system exception.

timeout_scope: how long, with its unit.
steps: the steps.

Example:
    - timeout_scope: 60s
      steps:
        - click: orders.list.go
        - check_app_state: orders.order.number
""",
    "use_excel_file": """
Say once which workbook steps are about: inside, activities on workbooks may leave out `file`.

It keeps nothing open: each activity reads or saves the workbook itself, as without the block. The name is
worked out once. An activity that names its own `file` uses that; of several blocks the innermost counts.
Workflows that are invoked inside do not see it.

use_excel_file: the workbook. It need not be there when a step inside makes it.
steps: the steps.

Example:
    - use_excel_file: orders ${{ job.period }}.xlsx
      steps:
        - read_range: {sheet: Blad1, columns: {number: text, amount: money}}
          save_as: orders
        - write_range: {sheet: Kopia, table: orders}
        - format_cells: {sheet: Kopia, range: A1:B1, bold: true}
""",
    "check_app_state": """
Wait for an element to appear, and go on by what came of it.

Without branches the element must appear; that it does not is a system exception. With `appears` it is waited
for until it is there. With `vanishes` alone it is waited for until it has gone; when it stays,
the robot goes on.

check_app_state: the element, or {target, row, with}.
appears: the steps when it is there in time.
vanishes: the steps when it is not; alone, when it has gone in time.

Example:
    - check_app_state: orders.order.saved
      timeout: 5s
      appears:
        - log_message: Sparad
      vanishes:
        - throw: BE1
""",
    "invoke_workflow": """
Run a workflow of the PDD or of an object repository. Its variables are its own.

invoke_workflow: the workflow; one of a repository has its application before it.
with: its inputs, {input: value}.

Example:
    - invoke_workflow: orders.open
      with: {number: "${{ text }}"}
      save_as: {order: order}
""",
    "evaluate_business_rule": """
Decide by a decision table of `rules:`.

evaluate_business_rule: the rule.
with: its inputs, {input: value}; without it the variables of the same names.

Example:
    - evaluate_business_rule: BR1
      with: {belopp: "${{ number }}"}
      save_as: {granskas: granskas}
""",
    "compose_text": """
Write a text of `texts:`. The result has `rubrik` and `text`.

compose_text: the text.
with: its inputs, {input: value}; without it the variables of the same names.

Example:
    - compose_text: comment
      with: {amount: "${{ number }}"}
      save_as: note
""",
    "throw": """
End with an exception of `exceptions:`. A business exception leaves the item to a person and is never retried.

throw: the exception's id.

Example:
    - when: number > 100
      throw: BE1
""",
    "rethrow": """
Throw the exception that has been caught again.

rethrow: nothing stands after it.

Example:
    - try:
        - click: orders.list.go
      catch:
        system:
          - log_message: Det gick inte
          - rethrow:
""",
    "return": """
Leave the workflow, or end the item as successful.

return: why, for the report.

Example:
    - when: number == 0
      return: Ingen beställning
""",
    "break": """
Leave the loop.

break: nothing stands after it.

Example:
    - for_each: rows
      as: row
      steps:
        - when: row.amount > 100
          break:
""",
    "continue": """
Go on with the loop's next turn.

continue: nothing stands after it.

Example:
    - for_each: rows
      as: row
      steps:
        - when: row.amount > 100
          continue:
        - log_message: ${{ row.number }}
""",
    "assign": """
Set variables, in the order written.

assign: name: expression.

Example:
    - assign:
        amounts: "[row.amount for row in rows]"
        total: sum(amounts)
""",
    "once": """
Let an effect happen at most once, whatever crashes: look whether it is there, do it, look again.

An effect of an object repository has its inputs in `with`. One that is written in place has `writes`,
`content`, `verify` and `do` instead.

once: the effect.
key: what the effect is known by, for ever; no personnummer. [item.reference] fits most.
with: the effect's inputs, {input: value}.
if_present: the exception to throw when it is there already.
writes: what the effect is: note, propose, decide or pay. Not above the PDD's `authority`.
content: what is written, {name: value}; the values that `verify` compares.
verify: steps that save `matches`: a table with `id` and a column for each input, of what this robot has made.
partial: a condition after `verify`: something half-finished stands there.
repair: steps that take it back.
do: steps that write. The intent is stored right before the writing click.
unverified: inputs that no screen shows.

Example:
    - once: orders.comment
      key: [item.reference]
      with: {text: "${{ text }}"}
""",
}
