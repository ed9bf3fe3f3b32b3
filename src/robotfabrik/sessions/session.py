"""A robot's windows in one web application: the UI `Session` over Playwright pages.

Each way of using them is a class of its own; they share the window that is used (core.py).
"""

from __future__ import annotations

from robotfabrik.sessions.fields import Fields
from robotfabrik.sessions.reading import Reading
from robotfabrik.sessions.scripts import Scripts
from robotfabrik.sessions.transfers import Transfers
from robotfabrik.sessions.windows import Windows


class PlaywrightSession(Reading, Fields, Transfers, Scripts, Windows):
    """See activities.api.Session for the contract."""
