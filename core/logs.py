"""Logs without personal data: events and codes, the request by its id and route, no addresses, no messages.

Texts of exceptions can quote what was typed, so production logs the kind of an error and its place only.
"""

import logging
import sys
import time
import traceback
from types import TracebackType
from typing import Any

import structlog
from flask import Flask, Response, g, request

from core.config import Settings

log = structlog.get_logger("request")


def _without_text(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Put class and places of an exception in the event instead of its text."""
    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    elif isinstance(found, BaseException):
        found = (type(found), found, found.__traceback__)
    if found and found[0] is not None:
        event["error"] = found[0].__name__
        event["at"] = _places(found[2])
    return event


def _places(trace: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)[-12:]]


def _add_request(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    if g and g.get("request_id"):
        event.setdefault("request_id", g.request_id)
    return event


class _Through(logging.Handler):
    """Hand what libraries log to structlog, without their texts where these may quote values."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger(record.name)
        logger.log(record.levelno, str(record.msg), exc_info=record.exc_info)


def init_app(app: Flask, settings: Settings) -> None:
    """Set up logging once per process and note every answer."""
    processors: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_request,
    ]
    if settings.log_json or settings.production:
        processors += [_without_text, structlog.processors.JSONRenderer()]
    else:
        # Not the rich trace-back, which prints every local variable: a person's name is one of them.
        plain = structlog.dev.plain_traceback
        processors += [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=_StandardError(),
        cache_logger_on_first_use=False,
    )
    if settings.production and not app.testing:
        route_libraries()
    _note_requests(app)


class _StandardError:
    """Loggers that write to what is standard error at that moment: standard output belongs to commands."""

    def __call__(self, *_args: Any) -> Any:
        return structlog.PrintLogger(sys.stderr)


def route_libraries() -> None:
    """Have the libraries of a server process log through us; tests keep the standard ones."""
    root = logging.getLogger()
    root.handlers[:] = [_Through()]
    root.setLevel(logging.WARNING)


def _note_requests(app: Flask) -> None:
    def log_exception(exc_info: Any) -> None:
        """In place of Flask's, which writes the address with everything in it."""
        rule = request.url_rule.rule if request.url_rule else None
        log.error("request.failed", method=request.method, route=rule, exc_info=exc_info)

    app.log_exception = log_exception  # type: ignore[method-assign]

    @app.before_request
    def start_clock() -> None:
        g.request_started = time.perf_counter()

    @app.after_request
    def note(response: Response) -> Response:
        if request.endpoint != "static" and not app.testing:
            rule = request.url_rule.rule if request.url_rule else None
            taken = (time.perf_counter() - g.get("request_started", time.perf_counter())) * 1000
            log.info(
                "request", method=request.method, route=rule, status=response.status_code, ms=round(taken, 1)
            )
        return response
