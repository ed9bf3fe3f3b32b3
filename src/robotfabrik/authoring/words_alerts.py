"""Alerts and summaries, in words: what each key means. The form is that of a docstring."""

from __future__ import annotations

from collections.abc import Mapping

SECTIONS: Mapping[str, str] = {
    "alerts": """
alerts.yaml: who is told what goes wrong, and who gets a bot's figures by mail. It holds no address that may
be a secret.

alerts: the version of the format; 1.
tell: who is told of what.
limits: from when something is told.
mail: the mail server, for summaries.
summaries: whose figures go to whom.

Example:
    alerts: 1
    tell:
      - to: drift
      - {to: ekonomi, causes: [held, breaker], bots: orders}
    mail: {server: "smtps://post.example.org", sender: robot@example.org}
    summaries:
      - {bot: orders, to: ekonomi@example.org}
""",
    "tell": """
Who is told. The address is not written here: `drift` is told at ROBOTFABRIK_ALERT_DRIFT.

to: a name of letters, digits, - and _.
causes: faulted, interrupted, abandoned, breaker, held, not_started, raised, review, credential, disk, audit,
or a list of them; all.
bots: a bot, or a list of them. What belongs to no bot is then told too; all.

Example:
    alerts: 1
    tell:
      - to: drift
        causes: [faulted, interrupted, abandoned, not_started, credential, disk]
""",
    "alert_limits": """
`limits` of alerts.yaml.

late: a run that was due has not begun for so long; 1h.
expires: a credential expires within so long; 14d.
disk: less space than this is left for the store and the runs; 2 GB.
remind: what lasts is told again after so long; 24h.

Example:
    alerts: 1
    limits: {late: 30m, expires: 30d, disk: 500 MB, remind: 8h}
""",
    "mail": """
The mail server that summaries are sent through.

server: smtps://host, or smtp://host:587, which must offer STARTTLS unless it is on the same machine.
credential: the account there, as a bot's credential; none.
sender: the address that the mails come from.

Example:
    alerts: 1
    mail: {server: "smtp://post.example.org:587", credential: robot-post, sender: robot@example.org}
""",
    "summary": """
A mail with the figures of a bot's live jobs, in Swedish. It holds counts and a link, never a case.

bot: the name of a file in bots/.
to: a mail address, or a list of them; each gets a mail of its own.
every: after each job, or for each day or month when it is over; job.
link: where the list is: an address with {job} and {bot}. Without it the mail says that it is in the run's
folder.

Example:
    alerts: 1
    mail: {server: "smtp://post.example.org", sender: robot@example.org}
    summaries:
      - {bot: orders, to: [ekonomi@example.org], every: day, link: "https://robot.example.org/{job}/report.html"}
""",
}
