"""The command line: start the server, or export what was written."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from fake_procapita import exporting
from fake_procapita.chaos import ALL, PROFILES, Chaos
from fake_procapita.config import IDLE_SECONDS, Settings
from fake_procapita.formats import iso_date
from fake_procapita.problems import UsageProblem

EXIT_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 0, or 2 when it cannot be done as asked."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if words[:1] == ["export"]:
            _export(_export_parser().parse_args(words[1:]))
        else:
            _serve(_server_parser().parse_args(words))
    except UsageProblem as problem:
        print(f"fake_procapita: {problem}", file=sys.stderr)
        return EXIT_USAGE
    except KeyboardInterrupt:
        return 130
    return 0


def _server_parser() -> argparse.ArgumentParser:
    profiles = f"  {ALL:18} every one of them\n" + "\n".join(
        f"  {name:18} {meaning}" for name, meaning in PROFILES.items()
    )
    parser = argparse.ArgumentParser(
        prog="python -m fake_procapita",
        description="A fake of the Swedish case-management system Procapita.",
        epilog=f"chaos profiles:\n{profiles}\n\n"
        "python -m fake_procapita export notes|activities|messages|decisions|… --data DIR --out FILE\n"
        "  writes what was stored in the system as CSV; see `export --help`.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=_port, default=8000, help="0 takes a free one (default 8000)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="the data folder; only DIR/.state is written"
    )
    parser.add_argument("--today", type=_date, required=True, metavar="YYYY-MM-DD", help="the system's date")
    parser.add_argument("--fresh", action="store_true", help="delete DIR/.state first")
    parser.add_argument(
        "--idle-timeout", type=float, default=IDLE_SECONDS, metavar="S", help="seconds (default 1200)"
    )
    parser.add_argument(
        "--chaos",
        type=_profiles,
        default=frozenset(),
        metavar="PROFILE",
        help="see below; comma between",
    )
    parser.add_argument(
        "--chaos-seed", type=int, default=0, metavar="N", help="shifts which ones are hit (default 0)"
    )
    parser.add_argument(
        "--chaos-delay", type=float, default=20, metavar="S", help="seconds of late-save (default 20)"
    )
    return parser


def _export_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fake_procapita export",
        description="Write what was stored in the system since the import as CSV, also while it runs.",
    )
    parser.add_argument("what", choices=tuple(exporting.COLUMNS))
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    parser.add_argument(
        "--all", action="store_true", help="also what the data folder held from the beginning"
    )
    return parser


def _port(text: str) -> int:
    if text.isdigit() and int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"'{text}' is no port; give a number from 0 to 65535")


def _date(text: str) -> date:
    found = iso_date(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"'{text}' is no date; write it as 2022-11-01")
    return found


def _profiles(text: str) -> frozenset[str]:
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    if ALL in names:
        return frozenset(PROFILES)
    if unknown := sorted(names - PROFILES.keys()):
        raise argparse.ArgumentTypeError(
            f"unknown profile {', '.join(unknown)}; there are {', '.join(PROFILES)}, {ALL}"
        )
    return names


def _serve(chosen: argparse.Namespace) -> None:
    from fake_procapita.server import serve

    chaos = Chaos(chosen.chaos, chosen.chaos_seed, chosen.chaos_delay)
    serve(
        Settings(
            data=chosen.data,
            today=chosen.today,
            host=chosen.host,
            port=chosen.port,
            fresh=chosen.fresh,
            idle_seconds=chosen.idle_timeout,
            chaos=chaos,
        )
    )


def _export(chosen: argparse.Namespace) -> None:
    rows = exporting.stored(chosen.data, chosen.what, everything=chosen.all)
    exporting.write(rows, exporting.COLUMNS[chosen.what], chosen.out)
    print(f"{len(rows)} {chosen.what} written to {chosen.out}")
