"""The statistics as files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from robotfabrik.documents.statistics import excel, html
from robotfabrik.documents.statistics.model import Document
from robotfabrik.model.measures import Share
from robotfabrik.model.statistics import CostModel, RobotFigures, Statistics, cost
from robotfabrik.model.survey import FEWEST, Survey, in_order, mean
from robotfabrik.model.values import Month
from robotfabrik.runs.folder import write_private


def write(
    folder: Path, name: str, kinds: Iterable[str], document: Document, figures: dict[str, Any],
    printed: Callable[[bytes, str, tuple[str, str]], bytes],
) -> list[Path]:  # fmt: skip
    """Write the wanted ones of html, xlsx, pdf and json; their paths. `printed`: a page as PDF."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {
        "html": lambda: html.draw(document), "xlsx": lambda: excel.draw(document),
        "pdf": lambda: printed(html.draw(document), f"{document.title}, {document.period}", ("Sida", "av")),
        "json": lambda: json.dumps(figures, ensure_ascii=False, indent=2).encode() + b"\n",
    }  # fmt: skip
    paths = []
    for kind in kinds:
        paths.append(folder / f"{name}.{kind}")
        write_private(paths[-1], made[kind]())
    return paths


def as_json(statistics: Statistics, costs: dict[str, CostModel]) -> dict[str, Any]:
    """The figures for programs. Times in seconds, shares with what they are shares of. `costs`: by bot."""
    return {
        "first": statistics.first.isoformat(),
        "last": statistics.last.isoformat(),
        "surveys": [_survey(survey) for survey in statistics.surveys],
        "robots": [
            _robot(robot, costs.get(robot.subject.bot), statistics.months) for robot in statistics.robots
        ],
    }


def _robot(robot: RobotFigures, model: CostModel | None, months: int) -> dict[str, Any]:
    figures: dict[str, Any] = _plain(asdict(robot))
    figures = {**figures.pop("subject"), **figures}
    _derive(figures, robot)
    for month, of_month in zip(figures["months"], robot.months, strict=True):
        _derive(month, of_month)
    for measure, of_measure in zip(figures["measures"], robot.measures, strict=True):
        measure["months"] = [{"month": str(month), **_share(share)} for month, share in of_measure.months]
        for row, of_row in zip(measure["rows"], of_measure.rows, strict=True):
            row["share"] = of_row.share.value if of_measure.show == "share" else None
            row["mean"] = of_row.mean if of_measure.show == "mean" else None
            if of_measure.show in ("mean", "sum"):  # of few it would say what one of them had
                row["total"] = of_row.amount
    for outcome, of_rule in zip(figures["outcomes"], robot.outcomes, strict=True):
        outcome["right"] = _share(of_rule.right)
    if model is not None:
        reckoned = cost(model, robot.cases.checked, robot.hours, months)
        figures["cost"] = {**asdict(reckoned), "difference": reckoned.difference}
    return figures


def _survey(survey: Survey) -> dict[str, Any]:
    """Without what few have answered, as on the page."""
    return {
        "period": survey.period, "dataset": survey.dataset,
        "questions": [
            {
                "question": question, "number": sum(answers.values()), "mean": mean(answers),
                "answers": {answer: n for answer, n in in_order(answers.items()) if n >= FEWEST},
            }
            for question, answers in survey.questions.items()
            if sum(answers.values()) >= FEWEST
        ],
    }  # fmt: skip


def _derive(figures: dict[str, Any], of: Any) -> None:
    """What is reckoned from counts stands beside them."""
    cases = of.cases
    figures["cases"] |= {
        "all": cases.all, "checked": cases.checked, "flagged": _share(cases.flagged),
        "manual": _share(cases.manual),
    }  # fmt: skip
    figures["work"] |= {"jobs": of.work.jobs, "available": _share(of.work.available)}


def _share(share: Share) -> dict[str, Any]:
    return {"part": share.part, "whole": share.whole, "share": share.value}


def _plain(value: Any) -> Any:
    match value:
        case {"year": int(), "number": int()}:
            return str(Month(**value))
        case dict():
            return {str(key): _plain(part) for key, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
        case date():
            return value.isoformat()
        case Decimal():
            return float(value)
    return value
