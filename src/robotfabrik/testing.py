"""Runs the tests beside a PDD: rules and texts as they are, the process with mocked workflows."""

from __future__ import annotations

from robotfabrik.model.cases import Case


async def run_case(process, case: Case):  # noqa
    raise NotImplementedError
