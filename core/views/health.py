"""Whether this process lives, and whether it can do its work."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from core import health
from core.access import public
from core.views import bp


@bp.get("/health/live")
@public
def show_live() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/health/ready")
@public
def show_ready() -> ResponseReturnValue:
    """Database and schema are there: 200, else 503. A late worker is told but takes no pages away."""
    report = health.check()
    return jsonify(report), 200 if report["status"] != "failed" else 503
