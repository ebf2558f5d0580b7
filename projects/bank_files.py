"""A payment order as a SEPA credit transfer file, ISO 20022 pain.001.001.09, for bank or finance system.

Element order and lengths follow the message definition report of ISO 20022 and the implementation guide of
Febelfin: one batch, charges shared, the Belgian structured communication as reference of the creditor.
"""

import re
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree import ElementTree as Xml

from core import clock, parameters
from core.errors import DomainError
from core.i18n import _, _l
from projects.accounts import clean_iban
from projects.models.payments import Payment

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
ACCOUNT = "projects.payment_account"
NOT_SEPA = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
# Letters that are no plain letter with a mark.
SPELLED = str.maketrans(
    {"ø": "o", "Ø": "O", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ß": "ss", "ẞ": "SS", "ł": "l", "Ł": "L"}
    | {"đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "TH", "ı": "i", "’": "'", "‘": "'"}
    | {"–": "-", "—": "-"}
)


@dataclass(frozen=True)
class Payer:
    """Who pays, and from which account."""

    name: str
    iban: str


def declare_parameters() -> None:
    parameters.declare(ACCOUNT, _l("Account that subsidies are paid from (IBAN)"), "")


def payer_of(tenant_id: uuid.UUID | None, name: str) -> Payer:
    """The authority with its own account, never one that holds for everybody. Refuses while none is right."""
    found = parameters.entry(ACCOUNT, tenant_id=tenant_id)
    own = found.value if found is not None and found.tenant_id == tenant_id else ""
    try:
        return Payer(name, clean_iban(str(own)))
    except DomainError:
        text = _("Ask the administrator to set the paying account, under “Amounts and terms”.")
        raise DomainError(text) from None


def bank_file(
    number: str,
    payments: Sequence[Payment],
    payer: Payer,
    names: dict[uuid.UUID, tuple[str, str]],
    *,
    ordered_at: datetime,
) -> bytes:
    """The order as XML; `names` gives name and account of who is paid, by project. Amounts in euros.

    Nothing in it depends on when it is made: the same order is the same file, so a bank sees a double.
    """
    root = Xml.Element("Document", xmlns=NAMESPACE)
    message = Xml.SubElement(root, "CstmrCdtTrfInitn")
    total = _euros(sum(payment.amount_cents for payment in payments))
    head = Xml.SubElement(message, "GrpHdr")
    _add(head, "MsgId", number)
    _add(head, "CreDtTm", clock.brussels(ordered_at).replace(microsecond=0).isoformat())
    _add(head, "NbOfTxs", str(len(payments)))
    _add(head, "CtrlSum", total)
    _add(head, "InitgPty/Nm", _sepa(payer.name))
    batch = Xml.SubElement(message, "PmtInf")
    for path, text in (
        ("PmtInfId", f"{number}-1"),
        ("PmtMtd", "TRF"),
        ("BtchBookg", "true"),
        ("NbOfTxs", str(len(payments))),
        ("CtrlSum", total),
        ("PmtTpInf/SvcLvl/Cd", "SEPA"),
        ("ReqdExctnDt/Dt", clock.brussels(ordered_at).date().isoformat()),
        ("Dbtr/Nm", _sepa(payer.name)),
        ("DbtrAcct/Id/IBAN", payer.iban),
        ("DbtrAgt/FinInstnId/Othr/Id", "NOTPROVIDED"),
        ("ChrgBr", "SLEV"),
    ):
        _add(batch, path, text)
    for payment in payments:
        _add_transfer(batch, payment, *names[payment.project_id])
    Xml.indent(root)
    return bytes(Xml.tostring(root, encoding="utf-8", xml_declaration=True))


def _add_transfer(batch: Xml.Element, payment: Payment, name: str, iban: str) -> None:
    transfer = Xml.SubElement(batch, "CdtTrfTxInf")
    _add(transfer, "PmtId/EndToEndId", payment.order_number or "")
    _add(transfer, "Amt/InstdAmt", _euros(payment.amount_cents)).set("Ccy", "EUR")
    _add(transfer, "Cdtr/Nm", _sepa(name))
    _add(transfer, "CdtrAcct/Id/IBAN", clean_iban(iban))
    reference = Xml.SubElement(Xml.SubElement(Xml.SubElement(transfer, "RmtInf"), "Strd"), "CdtrRefInf")
    kind = Xml.SubElement(reference, "Tp")
    _add(kind, "CdOrPrtry/Cd", "SCOR")
    _add(kind, "Issr", "BBA")  # the Belgian structured communication
    _add(reference, "Ref", re.sub(r"\D", "", payment.structured_reference or ""))


def _add(parent: Xml.Element, path: str, text: str) -> Xml.Element:
    """An element at the end of a path of new elements."""
    for tag in path.split("/"):
        parent = Xml.SubElement(parent, tag)
    parent.text = text
    return parent


def _euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _sepa(name: str) -> str:
    """Within the characters that every bank takes, at most seventy. Refuses a name without any letter."""
    plain = unicodedata.normalize("NFKD", name.translate(SPELLED)).encode("ascii", "ignore").decode()
    text = " ".join(NOT_SEPA.sub(" ", plain).split())[:70].strip()
    if not any(letter.isalnum() for letter in text):
        raise DomainError(_("Banks cannot read the name “%(name)s”. Write it in Latin letters.", name=name))
    return text
