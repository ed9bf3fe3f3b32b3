"""KIR: search for a person, personal data, events, and who else is registered at the address."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import formats, register
from fake_procapita.guard import guarded
from fake_procapita.visit import Visit

SCREEN = "KIR"
SILENT = "KIR svarar inte. Försök igen senare."
UNKNOWN = "Personen finns inte i KIR."


async def start(visit: Visit) -> Response:
    """The search form alone."""
    return _answer(visit)


async def search(visit: Visit) -> Response:
    """Find the person; the answer has an address without personnummer."""
    typed = formats.typed_personnummer(visit.text("personnummer"))
    if not typed:
        return _answer(visit, error="Ange personnummer.", status=422)
    with visit.begin() as connection:
        person = register.find(connection, typed, visit.today)
        if person is None:
            visit.look(connection, SCREEN, personnummer=typed)
    if person is None:
        return _answer(visit, problem=UNKNOWN, number=visit.word("personnummer"))
    return visit.redirect(f"/kir/{person.id}")


async def show(visit: Visit) -> Response:
    """Persondata and Händelser; with `adress=ja` also Folkbokförda på adressen."""
    row = visit.path("row")
    with visit.begin() as connection:
        person = register.find_row(connection, int(row), visit.today) if row.isdigit() else None
        if person is None:
            return _answer(visit, problem=UNKNOWN)
        number = person.personnummer
        visit.look(connection, SCREEN, hides=person.protection, personnummer=number)
        if visit.system.chaos.register_is_silent(person.id):
            return _answer(visit, problem=SILENT)
        residence = register.residence(connection, number, visit.today)
        civil = register.civil_status(connection, number, visit.today)
        events = register.events(connection, number, visit.today)
        neighbours = None
        registered = residence is not None and residence.status == register.REGISTERED
        if visit.query("adress"):
            neighbours = (
                register.at_address(connection, residence.street, residence.postal_code, visit.today)
                if residence is not None and registered
                else []
            )
    died = next((event.event_date for event in events if event.kind == register.DECEASED), "")
    moved_post = next((event.note for event in events if event.kind == register.POSTAL), "")
    return visit.render(
        "kir.html",
        open_case=visit.session.open_case,
        person=person,
        residence=residence,
        registered=registered,
        civil=civil,
        events=events,
        neighbours=neighbours,
        died=died,
        postal=moved_post,
        number=formats.personnummer(number),
        problem="",
        error="",
    )


def _answer(
    visit: Visit, *, problem: str = "", error: str = "", number: str = "", status: int = 200
) -> Response:
    return visit.render(
        "kir.html",
        open_case=visit.session.open_case,
        person=None,
        problem=problem,
        error=error,
        number=number,
        status=status,
    )


routes = [
    Route("/kir", guarded(start)),
    Route("/kir", guarded(search), methods=["POST"]),
    Route("/kir/{row}", guarded(show)),
]
