"""Canaries: private values are put wherever they could get into a log, and searched for in every byte."""

from __future__ import annotations

import io
import json
import logging
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from loguru import logger

from robotfabrik.model.masking import Masker
from robotfabrik.model.values import Credential, Secret
from robotfabrik.runs.folder import RunFolder
from robotfabrik.runs.logs import FIELDS, close_logs, configure_logs
from robotfabrik.runs.terminal import Terminal

NUMBER = "19800102-2386"
NAME = "Kanariefågel Citronsisk"
PASSWORD = "hemligt-lösen-4711"
CANARIES = (NUMBER, NUMBER.replace("-", ""), "Kanariefågel", "Citronsisk", PASSWORD)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[RunFolder]:
    yield RunFolder.create(tmp_path, "J1")
    close_logs()


def configured(folder: RunFolder, verbose: bool = True, fields: dict[str, str] | None = None) -> io.StringIO:
    masker = Masker()
    masker.add(Secret(PASSWORD))
    err = io.StringIO()
    configure_logs(folder, masker, verbose, show=Terminal(io.StringIO(), err).say, fields=fields)
    return err


def everything(folder: RunFolder, err: io.StringIO) -> str:
    return folder.log_txt.read_text("utf-8") + folder.log_jsonl.read_text("utf-8") + err.getvalue()


def fail(name: str) -> None:
    person = {"name": name, "number": NUMBER}
    try:
        person[name]
    except KeyError as error:
        raise ValueError(f"{name} {NUMBER} {PASSWORD} could not be read") from error


def test_nothing_private_passes_by_any_way(folder: RunFolder, capfd: pytest.CaptureFixture[str]) -> None:
    err = configured(folder, fields={"job_id": "J1"})
    credential = Credential("robot", Secret(PASSWORD))
    logger.info("the number is {} and the password {}", NUMBER, PASSWORD)
    logger.warning(f"number {NUMBER.replace('-', '')}")
    logger.info("credential {}", credential)
    logger.bind(item=7, person=NAME, password=PASSWORD, personnummer=NUMBER).error("bound")
    logger.bind(item=credential).error("bound as a field that passes")
    try:
        fail(NAME)
    except ValueError:
        logger.exception("an item failed")
        logging.getLogger("library").exception("number %s", NUMBER)
    logging.getLogger("library").warning("number %s, password %s", NUMBER, PASSWORD)
    with logger.catch(message="caught"):
        fail(NAME)
    seen = everything(folder, err) + "".join(capfd.readouterr())
    for canary in CANARIES:
        assert canary not in seen
    assert seen.count("an item failed") == 3


def test_an_exception_is_told_by_its_types_and_places(folder: RunFolder) -> None:
    configured(folder)
    try:
        fail(NAME)
    except ValueError:
        logger.exception("an item failed")
    lines = folder.log_txt.read_text("utf-8").splitlines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\S* error   an item failed", lines[0])
    assert re.search(r"ValueError in \S*test_runs_logs:\d+ fail", lines[1])
    assert any("KeyError in" in line for line in lines)
    assert all("/" not in line for line in lines[1:])  # no machine's paths
    exception = json.loads(folder.log_jsonl.read_text("utf-8"))["exception"]
    assert exception[0].startswith("ValueError in")


def test_json_lines_have_the_jobs_fields_and_no_others(folder: RunFolder) -> None:
    fields = {
        "job_id": "J1", "bot": "folkbokforing", "robot_name": "Folkbokföringsrobot",
        "process_name": "folkbokforing", "process_version": "1.0.0", "machine_name": "M",
        "windows_identity": "W",
    }  # fmt: skip
    configured(folder, fields=fields)
    logger.bind(item=3).info("hello")
    line = json.loads(folder.log_jsonl.read_text("utf-8"))
    assert set(line) == {"time_stamp", "level", "message", *FIELDS}
    assert (line["level"], line["message"], line["item"], line["bot"]) == (
        "info",
        "hello",
        3,
        "folkbokforing",
    )


def test_a_message_cannot_forge_a_line(folder: RunFolder) -> None:
    configured(folder)
    logger.info("a\n2022-11-01 00:00:00.000 error   forged")
    assert len(folder.log_txt.read_text("utf-8").splitlines()) == 1


def test_files_are_private_and_the_default_handler_is_gone(
    folder: RunFolder, capfd: pytest.CaptureFixture[str]
) -> None:
    configured(folder)
    logger.error("x")
    for path in (folder.log_txt, folder.log_jsonl):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "".join(capfd.readouterr()) == ""


def test_the_terminal_hears_warnings_only_unless_asked(folder: RunFolder) -> None:
    err = configured(folder, verbose=False)
    logger.info("quiet")
    logger.debug("quieter")
    logger.warning("slow")
    assert err.getvalue() == "warning: slow\n"
    assert "quieter" not in folder.log_txt.read_text()
    assert "quiet" in folder.log_txt.read_text()


def test_without_a_folder_or_terminal_nothing_is_written(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs(None, Masker())
    logger.error("x")
    logging.getLogger("library").error("y")
    assert "".join(capfd.readouterr()) == ""
    close_logs()


def test_a_masker_that_fails_lets_nothing_through(
    folder: RunFolder, capfd: pytest.CaptureFixture[str]
) -> None:
    class Broken:
        def mask(self, text: str) -> Any:
            raise RuntimeError(text)

    configure_logs(folder, Broken())
    logger.error(NAME)
    assert NAME not in everything(folder, io.StringIO()) + "".join(capfd.readouterr())
