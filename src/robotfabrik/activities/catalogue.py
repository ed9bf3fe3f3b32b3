"""Every activity, listed by hand: no import scanning, so that a reader finds them all here."""

from __future__ import annotations

from collections.abc import Mapping

from robotfabrik.activities import assets, browser, code, data, flow, http, mail, queues
from robotfabrik.activities.api import Activity

CATALOGUE: Mapping[str, Activity] = {
    activity.name: activity
    for module in (browser, flow, queues, assets, http, mail, data, code)
    for activity in module.ACTIVITIES
}
