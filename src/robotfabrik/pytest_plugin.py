"""pytest runs the tests beside PDDs: each is one item, `pdd/hello.yaml::rule BR1`.

Collected is a YAML file that begins with `pdd:` and lies in a folder called `pdd`, or that is named on the
command line. Nothing of robotfabrik is imported before such a file is found, so that other people's test
suites do not notice the plugin; `-p no:robotfabrik` leaves it out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from robotfabrik.model.cases import Case
    from robotfabrik.model.process import Process
    from robotfabrik.testing import Problem
    from robotfabrik.wiring import TestWindows

_FOLDER, _SUFFIXES = "pdd", (".yaml", ".yml")
_WINDOWS: pytest.StashKey[_Windows] = pytest.StashKey()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """The PDDs among the files that pytest looks at."""
    if file_path.suffix not in _SUFFIXES:
        return None
    if file_path.parent.name != _FOLDER and not parent.session.isinitpath(file_path):
        return None
    from robotfabrik.parsing.loader import begins_as

    return PddFile.from_parent(parent, path=file_path) if begins_as(file_path, "pdd") else None


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close the browser, if a test has opened one."""
    if (windows := config.stash.get(_WINDOWS, None)) is not None:
        windows.close()


class PddFile(pytest.File):
    """A PDD with its tests."""

    def collect(self) -> Iterator[PddTest]:
        from robotfabrik.parsing.diagnostics import Collector, render
        from robotfabrik.parsing.loader import Loader
        from robotfabrik.testing import names_of

        found = Collector()
        process = Loader(found.report).process(self.path)
        if process is None or found.has_errors:
            raise self.CollectError(render(found.diagnostics))
        for name, case in zip(names_of(process.tests), process.tests, strict=True):
            yield PddTest.from_parent(self, name=name, process=process, case=case)


class PddTest(pytest.Item):
    """One test that stands in a PDD."""

    def __init__(self, *, process: Process, case: Case, **more: Any) -> None:
        super().__init__(**more)
        self.process, self.case = process, case

    def runtest(self) -> None:
        from robotfabrik.testing import Coverage, run_case

        stash = self.config.stash
        windows = stash[_WINDOWS] if _WINDOWS in stash else stash.setdefault(_WINDOWS, _Windows())
        coverage = Coverage(self.process)
        outcome = windows.run(lambda opened: run_case(self.process, self.case, opened, coverage))
        if outcome.problems:
            raise Differs(outcome.problems)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if not isinstance(excinfo.value, Differs):
            return super().repr_failure(excinfo, style)
        return "\n".join(
            line for p in excinfo.value.problems for line in (f"{p.span}: {p.lines()[0]}", *p.lines()[1:])
        )

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.case.span.line - 1, self.name


class Differs(Exception):
    """Something differs from what a test expects."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} difference(s)")
        self.problems = problems


class _Windows:
    """The windows of all PDD tests of a session, on an event loop of their own."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._opened: TestWindows | None = None

    def run(self, test: Any) -> Any:
        from robotfabrik.wiring import TestWindows

        self._opened = self._opened or TestWindows()
        return self._runner.run(test(self._opened))

    def close(self) -> None:
        if self._opened is not None:
            self._runner.run(self._opened.__aexit__())
        self._runner.close()
