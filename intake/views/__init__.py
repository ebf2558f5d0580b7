"""Pages of the intake: load and guard, one form, one transaction around one operation, an answer."""

from flask import Blueprint

bp = Blueprint("intake", __name__)

from intake.views import bases, cases, day, notes, persons, refer, referrals, signals, texts  # noqa: E402

bp.context_processor(texts.shared)

__all__ = ["bases", "bp", "cases", "day", "notes", "persons", "refer", "referrals", "signals", "texts"]
