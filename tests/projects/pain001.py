"""Our own reading of the parts of pain.001.001.09 that SEPA uses: what may stand where, how often, how long.

Written from the message definition report of ISO 20022 and the implementation guidelines of the EPC, so that
the file of an order is held against the standard and not against the code that writes it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from xml.etree import ElementTree as Xml

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
SIGNS = r"[A-Za-z0-9/\-?:().,'+ ]"  # what every bank of the scheme takes
TEXT_70, NUMBER_35 = rf"{SIGNS}{{1,70}}", r"(?!.*//)(?!/)[A-Za-z0-9/\-?:().,'+]{1,35}(?<!/)"
AMOUNT = r"(?=.{1,19}$)\d{1,16}\.\d{2}"
IBAN = r"[A-Z]{2}\d{2}[A-Za-z0-9]{1,30}"
DAY, MOMENT = r"\d{4}-\d{2}-\d{2}", r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}([+-]\d{2}:\d{2}|Z)?"


@dataclass(frozen=True)
class Part:
    """An element: what stands in it, in this order, or the pattern of its text."""

    name: str
    inside: tuple["Part", ...] | str
    least: int = 1
    most: int = 1


def choice(*names: str) -> str:
    return "|".join(names)


PARTY = (Part("Nm", TEXT_70),)
ACCOUNT = (Part("Id", (Part("IBAN", IBAN),)),)
REFERENCE = (
    Part("Tp", (Part("CdOrPrtry", (Part("Cd", "SCOR"),)), Part("Issr", "BBA"))),
    Part("Ref", r"\d{12}"),
)
TRANSFER = (
    Part("PmtId", (Part("InstrId", NUMBER_35, 0), Part("EndToEndId", NUMBER_35))),
    Part("Amt", (Part("InstdAmt", AMOUNT),)),
    Part("Cdtr", PARTY),
    Part("CdtrAcct", ACCOUNT),
    Part("RmtInf", (Part("Strd", (Part("CdtrRefInf", REFERENCE),)),), 0),
)
BATCH = (
    Part("PmtInfId", NUMBER_35),
    Part("PmtMtd", "TRF"),
    Part("BtchBookg", choice("true", "false"), 0),
    Part("NbOfTxs", r"\d{1,15}", 0),
    Part("CtrlSum", AMOUNT, 0),
    Part("PmtTpInf", (Part("SvcLvl", (Part("Cd", "SEPA"),)),), 0),
    Part("ReqdExctnDt", (Part("Dt", DAY),)),
    Part("Dbtr", PARTY),
    Part("DbtrAcct", ACCOUNT),
    Part("DbtrAgt", (Part("FinInstnId", (Part("Othr", (Part("Id", "NOTPROVIDED"),)),)),)),
    Part("ChrgBr", "SLEV", 0),
    Part("CdtTrfTxInf", TRANSFER, 1, 99_999),
)
HEAD = (
    Part("MsgId", NUMBER_35),
    Part("CreDtTm", MOMENT),
    Part("NbOfTxs", r"\d{1,15}"),
    Part("CtrlSum", AMOUNT, 0),
    Part("InitgPty", PARTY),
)
MESSAGE = Part("Document", (Part("CstmrCdtTrfInitn", (Part("GrpHdr", HEAD), Part("PmtInf", BATCH, 1, 999))),))


def findings(file: bytes) -> list[str]:
    """What is wrong with a file; nothing for one that a bank takes."""
    root = Xml.fromstring(file)  # noqa: S314 -- our own
    return list(_look(root, MESSAGE, "Document")) or list(_sums(root))


def _look(element: Xml.Element, part: Part, path: str) -> Iterator[str]:
    if element.tag != f"{{{NAMESPACE}}}{part.name}":
        yield f"{path}: {element.tag}"
    if isinstance(part.inside, str):
        if len(element) or not re.fullmatch(part.inside, element.text or ""):
            yield f"{path}: {element.text!r}"
        wanted = {"Ccy": "EUR"} if part.name == "InstdAmt" else {}
        if element.attrib != wanted:
            yield f"{path}: {element.attrib}"
        return
    if (element.text or "").strip():
        yield f"{path}: text beside elements"
    yield from _inside(list(element), part.inside, path)


def _inside(children: list[Xml.Element], parts: tuple[Part, ...], path: str) -> Iterator[str]:
    """The children in the order of the standard, each as often as it may."""
    for part in parts:
        count = 0
        while children and count < part.most and children[0].tag.endswith(f"}}{part.name}"):
            yield from _look(children.pop(0), part, f"{path}/{part.name}")
            count += 1
        if count < part.least:
            yield f"{path}: {part.name} is not in its place"
    yield from (f"{path}: {child.tag} does not belong here" for child in children)


def _sums(root: Xml.Element) -> Iterator[str]:
    """Counts and sums of head and batches, the check digits of accounts and references, names given once."""
    names = {"p": NAMESPACE}
    for level, inside in ((".//p:GrpHdr", "."), (".//p:PmtInf", ".//p:PmtInf")):
        told = root.find(level, names)
        amounts = [Decimal(found.text or "") for found in root.findall(f"{inside}//p:InstdAmt", names)]
        if told is None or told.findtext("p:NbOfTxs", namespaces=names) != str(len(amounts)):
            yield f"{level}: count"
        if told is None or Decimal(told.findtext("p:CtrlSum", "0", names)) != sum(amounts):
            yield f"{level}: sum"
    if any(not amount > 0 for amount in amounts):
        yield "an amount of nothing"
    for iban in (found.text or "" for found in root.findall(".//p:IBAN", names)):
        if int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 != 1:
            yield f"account {iban}"
    for ref in (found.text or "" for found in root.findall(".//p:Ref", names)):
        if (int(ref[:10]) % 97 or 97) != int(ref[10:]):
            yield f"reference {ref}"
    given = [found.text for found in root.findall(".//p:EndToEndId", names)]
    if len(set(given)) != len(given):
        yield "one number for two payments"
