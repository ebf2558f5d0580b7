"""Letters as accessible PDF (PDF/UA-1), made by Typst from data, never by pasting text into a template."""

import json
from datetime import date
from functools import lru_cache
from typing import Any

import typst

from core.config import ROOT

FOLDER = ROOT / "templates" / "letters"


@lru_cache(maxsize=16)
def _source(name: str) -> bytes:
    return (FOLDER / f"{name}.typ").read_bytes()


def make(name: str, data: dict[str, Any]) -> bytes:
    """The letter `templates/letters/<name>.typ` with `data` (JSON types) as tagged PDF."""
    given = {"data": json.dumps(data, ensure_ascii=False, default=_plain)}
    made = typst.compile(_source(name), format="pdf", sys_inputs=given, pdf_standards=["ua-1"])
    if not isinstance(made, bytes):
        raise TypeError("one document was expected")
    return made


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value)} does not go into a letter")
