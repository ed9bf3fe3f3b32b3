"""Every activity, listed by hand: no import scanning, so that a reader finds them all here."""

from __future__ import annotations

from collections.abc import Mapping

from robotfabrik.activities import (
    acting,
    archives,
    csv_files,
    data,
    excel,
    fields,
    files,
    flow,
    pdf,
    queues,
    screens,
    scripts,
    transfers,
    windows,
)
from robotfabrik.activities.api import Activity

CATALOGUE: Mapping[str, Activity] = {
    activity.name: activity
    for module in (
        windows, acting, fields, screens, transfers, scripts,
        flow, queues, data, excel, csv_files, files, archives, pdf,
    )
    for activity in module.ACTIVITIES
}  # fmt: skip
