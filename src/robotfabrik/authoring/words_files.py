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
notices: the elements that close what the application lays over a page at any time, such as a message to all; they are clicked whenever it is in the way.
exceptions: what every PDD over the application may throw; a PDD may declare the same id anew.
reading: which of them a reading is, unless a PDD says otherwise.
texts: texts that the workflows here compose, and PDDs as APPLICATION.NAME.
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
date: the day of an application for trying that has one of its own, as the bundled case system; today.
pool: the machines that run its jobs when they wait for one: those that were started for this pool; default.
requires: what such a machine must have, by names such as desktop; of desktop, one job at a time.
applications: application: {url, credential}. The url may be a folder of pages from this file, in a test.
services: service: {url, credential, auth}.
config: values over the PDD's own.
credentials: the credentials that `get_credential` may give.
secrets: the secrets that `get_secret` may give.
folders: whole paths of folders outside the project where steps may read and write files, such as ~/inkorg.
limits: when a job stops by itself.
retention: for how many days what the bot leaves is kept.
statistics: what a case costs by hand, for `robotfabrik report`.
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
max_consecutive_failures: so many system exceptions in a row (UiPath's MaxConsecutiveSystemExceptions); 10.

Example:
    limits: {flagged_share: 20 %, after: 50, max_consecutive_failures: 5}
""",
    "retention": """
For how many days what a bot leaves is kept; `robotfabrik retain` deletes what is older. What is not named is
kept, since deleting needs a decision.

evidence: pictures and page texts of failures; 30d, and no longer.
runs: the folders of its runs. Their figures stay.
items: what the store knows of each case. That it was handled, and how it ended, stays.
audit: what was written and where, beside the chain. The chain stays.

Example:
    retention: {evidence: 14d, runs: 90d, items: 365d, audit: 730d}
""",
    "statistics": """
What `robotfabrik report` reckons the bot's cost with. It changes nothing that the robot does.

manual_minutes: how long a person takes for a case that the robot reads to the end.
hourly_cost: what an hour of a person's work costs.
robot_cost_month: what the robot costs each month, without the hours that people spend on it.

Example:
    statistics: {manual_minutes: 6, hourly_cost: 450 kr, robot_cost_month: 2 500 kr}
""",
    "schedule": """
When bots run: calendars, and the triggers that start bots. `robotfabrik schedule` is the service that does,
`robotfabrik schedule next` lists when they are due.

schedule: the version of the format: 1.
time_zone: the time zone of every time; Europe/Stockholm.
calendars: name: which days are free. The calendar `bank_days` is always there.
blackout: when no trigger starts a bot, as in a trigger.
triggers: which bot starts when.

Example:
    schedule: 1
    triggers:
      - name: orders-monthly
        bot: orders
        cron: 0 6 first_working_day * *
""",
    "calendar": """
Which days are free.

free: kinds of days: saturdays, sundays, red_days (the holidays by law), eves (påskafton, midsommarafton,
julafton and nyårsafton), klämdagar (one working day between two free days). Without it those of the banks,
the first four.
dates: dates of its own, over those.

Example:
    schedule: 1
    calendars:
      office:
        free: [saturdays, sundays, red_days, eves, klämdagar]
        dates: {free: [2026-12-28..2026-12-30], working: [2026-05-15]}
    triggers:
      - {name: orders-daily, bot: orders, cron: 30 5 * * mon-fri, calendar: office}
""",
    "dates": """
A calendar's own dates. Each is a day, or a stretch with both of its ends.

free: days that are free too.
working: days that are working days all the same.

Example:
    schedule: 1
    calendars:
      office:
        dates: {free: [2026-12-28..2026-12-30], working: [2026-05-15]}
    triggers:
      - {name: orders-daily, bot: orders, cron: 30 5 * * mon-fri, calendar: office}
""",
    "trigger": """
What starts a bot, in one of five ways: cron, interval, file, queue, after.

name: a name of its own, for pausing and for the log.
bot: the name of a file in bots/.
cron: minute hour day month weekday, by the wall clock. Items are *, 5, 1-5, */15 and lists; weekdays mon to
sun (0 and 7 are Sunday), mon#1 the first Monday of the month, fri#last the last Friday; days also last,
first_working_day, last_working_day, working_day(3), working_day(-3).
interval: so much real time between two fires, such as 30m; at least 1m.
file: when complete files lie in a folder.
queue: when new items lie in the bot's queue.
after: when a job of another bot has ended: its name, or {bot, status, delay}.
anchor: the first fire of an interval, such as 2026-01-01 07:00; without it the beginning of the year 2000.
calendar: which days are free; bank_days when only `on_holiday:` is said. Without both, all days are alike.
on_holiday: on a free day skip it, or move it to the previous_bank_day or the next day that is not free; skip.
blackout: when it starts nothing: `22:00-04:00`, or {days, from, to, reason}, or a list of them.
misfire: what becomes of fires that could not start the bot (a blackout, the service stood still,
max_parallel): skip, or run_once, one job for all of them; skip.
max_parallel: so many jobs of this trigger, waiting or at work, at once; 1. New items start one only.
arguments: how the bot is run.

Example:
    schedule: 1
    triggers:
      - name: orders-morning
        bot: orders
        cron: 30 5 * * mon-fri
        calendar: bank_days
        on_holiday: next
        blackout: {days: sun, from: 02:00, to: 06:00, reason: backup}
        misfire: run_once
      - name: orders-often
        bot: orders
        interval: 30m
        anchor: 2026-01-01 07:00
""",
    "file_trigger": """
Files that start a bot. It goes through the folder by itself, and must be granted it.

folder: the folder: a whole path, one from ~, or one from the schedule's file.
pattern: the files' names, such as *.xlsx; every file.
quiet: a file is complete when its size and time have not changed for so long; 30s.

Example:
    schedule: 1
    triggers:
      - name: orders-files
        bot: orders
        file: {folder: ~/inkorg, pattern: "*.xlsx", quiet: 1m}
""",
    "queue_trigger": """
New items in the bot's own queue that start it. One of the two, or whichever comes first.

items: there are so many.
older_than: one has waited so long.

Example:
    schedule: 1
    triggers:
      - name: orders-items
        bot: orders
        queue: {items: 10, older_than: 2h}
        arguments: {only: process}
""",
    "after_trigger": """
The end of another bot's job, which starts this one.

bot: the other bot.
status: successful, faulted (stopped early) or interrupted, or a list of them; successful.
delay: so long afterwards; at once.

Example:
    schedule: 1
    triggers:
      - name: orders-again
        bot: orders
        after: {bot: invoices, status: [successful, faulted], delay: 10m}
""",
    "arguments": """
How a trigger's bot is run, as `robotfabrik run` takes it.

rehearse: write nothing.
date: the day that the bot runs as: the day on which it `started`, or `planned`, the free day that
`on_holiday` has moved; started.
workers: so many items at once.
limit: at most so many items.
only: this part only: dispatch, process or finish.
config: values over the bot's own.

Example:
    schedule: 1
    triggers:
      - name: orders-rehearsal
        bot: orders
        cron: 0 4 25 * *
        on_holiday: previous_bank_day
        arguments: {rehearse: true, date: planned, limit: 5}
""",
    "blackout": """
When no trigger starts a bot.

days: the days of the week on which it begins, such as sat,sun; every day.
from: a time, 22:00, or a day with its time, 2026-12-23 17:00.
to: its end, of the same kind. A time that is not after `from` is on the next day; 24:00 ends a day.
reason: for people.

Example:
    schedule: 1
    blackout:
      - 22:00-04:00
      - {days: sun, from: 02:00, to: 06:00, reason: backup}
      - {from: 2026-12-23 17:00, to: 2026-12-27 06:00, reason: change of version}
    triggers: []
""",
}
