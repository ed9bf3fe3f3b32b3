"""`robotfabrik schedule unit`: the service as systemd wants it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, Final

from robotfabrik.wiring import this_user

UNIT: Final = """\
# /etc/systemd/system/robotfabrik.service
[Unit]
Description=robotfabrik: starts the bots of {folder}
After=network-online.target
Wants=network-online.target

[Service]
Type=notify
User={user}
WorkingDirectory={folder}
# ROBOTFABRIK_CREDENTIAL_…, ROBOTFABRIK_STORE and so on, in a file of mode 0600.
EnvironmentFile=-/etc/robotfabrik/environment
ExecStart="{python}" -m robotfabrik.cli.main schedule
# Only the service is told to stop: it asks the jobs, which end after the items under way.
KillMode=mixed
TimeoutStopSec=330
WatchdogSec=2min
Restart=always
RestartSec=10
NoNewPrivileges=true
PrivateTmp=true
UMask=0077

[Install]
WantedBy=multi-user.target
"""


def add(actions: Any) -> None:
    command = actions.add_parser("unit", help="print a systemd unit for the service of this folder")
    command.set_defaults(run=show)


def show(given: argparse.Namespace) -> int:
    paths = {"folder": str(Path.cwd()), "python": sys.executable}
    written = {name: path.replace("%", "%%") for name, path in paths.items()}  # systemd's own sign
    print(UNIT.format(user=this_user() or "robotfabrik", **written), end="")
    return 0
