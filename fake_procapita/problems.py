"""What can go wrong, in one place.

UsageProblem            wrong start: told on the terminal, exit code 2
PageProblem             a page with a message instead of what was asked for
├── NotFound            no such page or record
├── NotAllowed          the account lacks the role
│   └── PersonsOnly     what a person does, and no robot
├── ProtectedPerson     the person's data may not be shown to this account
├── FormAlreadySent     a form may be used once
├── FormExpired         the form belongs to another session, or failed its check
└── InternalFault       what a program error (or chaos) looks like to the user
"""

from __future__ import annotations


class UsageProblem(Exception):
    """The program cannot start like this; the message says what to do."""


class PageProblem(Exception):
    """Answered by a page that shows `message` under `heading`."""

    status = 400
    heading = "Meddelande"
    message = ""

    def __init__(self, heading: str | None = None) -> None:
        self.heading = heading or type(self).heading
        super().__init__(self.message)


class NotFound(PageProblem):
    status = 404
    heading = "Sidan finns inte"
    message = "Sidan eller posten finns inte."


class NotAllowed(PageProblem):
    status = 403
    heading = "Behörighet saknas"
    message = "Du saknar behörighet."


class PersonsOnly(NotAllowed):
    message = "Du saknar behörighet. Här beslutar en person, inte en robot."


class ProtectedPerson(PageProblem):
    status = 403
    heading = "Skyddade personuppgifter"
    message = "Personen har skyddade personuppgifter."

    def __init__(
        self, heading: str, person_id: str = "", personnummer: str = "", case_number: str = ""
    ) -> None:
        self.person_id = person_id
        self.personnummer = personnummer
        self.case_number = case_number
        super().__init__(heading)


class FormAlreadySent(PageProblem):
    status = 409
    heading = "Formuläret kan inte sparas"
    message = "Formuläret har redan skickats."


class FormExpired(PageProblem):
    status = 403
    heading = "Formuläret kan inte sparas"
    message = "Formuläret gäller inte längre. Öppna det igen."


class InternalFault(PageProblem):
    status = 500
    heading = "Ett fel har uppstått"
    message = "Ett fel har uppstått. Försök igen eller kontakta systemförvaltaren."
