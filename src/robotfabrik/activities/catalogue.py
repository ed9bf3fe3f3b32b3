"""Every activity, listed by hand: no import scanning, so that a reader finds them all here."""

from __future__ import annotations

from collections.abc import Mapping

from robotfabrik.activities import (
    acting,
    alerts,
    archives,
    assets,
    code,
    csv_files,
    data,
    excel,
    fields,
    files,
    flow,
    http,
    mail,
    mailbox,
    pdf,
    queues,
    sampling,
    screens,
    scripts,
    structured,
    transfers,
    windows,
)
from robotfabrik.activities.api import Activity

MODULES = (
    windows, acting, fields, screens, transfers, scripts,
    flow, queues, sampling, assets, alerts, http, mail, mailbox, data, excel, csv_files, structured, files,
    archives, pdf, code,
)  # fmt: skip

CATALOGUE: Mapping[str, Activity] = {
    activity.name: activity
    for module in MODULES
    for activity in module.ACTIVITIES
}
