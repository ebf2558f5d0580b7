"""What the recipient of a grant has to do: lines with a source, usual ones by date and those of a call."""

import uuid
from typing import Any

from core import parameters
from core.errors import DomainError
from core.i18n import _, _l
from projects.models.calls import Duty

KEY = "projects.agreement_duties"
EXAMPLE = [{"text": "De ontvanger laat controle ter plaatse toe", "source": "wet van 14 november 1983"}]


def declare_parameters() -> None:
    parameters.declare(KEY, _l("Usual duties in an agreement"), [], example=EXAMPLE, check=_check)


def _check(value: Any) -> None:
    for line in value:
        if (
            not isinstance(line, dict)
            or set(line) != {"text", "source"}
            or not all(str(part).strip() for part in line.values())
        ):
            raise DomainError(_("Give each duty its text and its source."), field="value")


def usual(tenant_id: uuid.UUID | None) -> list[Duty]:
    """What a new call of this authority begins with."""
    found = parameters.entry(KEY, tenant_id=tenant_id)
    rows = found.value if found is not None else []
    return [Duty(position=n, text=row["text"], source=row["source"]) for n, row in enumerate(rows, 1)]


def line(duty: Duty) -> str:
    """The duty as the agreement says it."""
    return f"{duty.text.strip().rstrip('.')} ({duty.source.strip()})."
