"""The web side of the ground: extensions, headers, who signs in, and how refusals become pages."""

import hashlib
import secrets
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_sqlalchemy_lite import _extension
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from core import (
    access,
    addresses,
    asking,
    audit,
    cli,
    compression,
    crypto,
    expired,
    i18n,
    identity,
    logs,
    mail,
    metrics,
    navigation,
    parts,
    passwords,
    refusals,
    scheduler,
    text,
)
from core.clock import now
from core.config import ROOT, Settings
from core.cookies import Cookies
from core.db import db
from core.engines import engine_config, prepare_engines
from core.errors import Conflict, DomainError, NotAllowed, NotFound
from core.views import bp

csrf = CSRFProtect()
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
ONLY_HTTPS = "max-age=31536000; includeSubDomains"


def init_app(app: Flask, settings: Settings) -> None:
    """Everything a request needs before the packages above add their pages."""
    _configure(app, settings)
    _open_database(app)
    app.jinja_environment = parts.PageEnvironment
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["clean"] = text.clean
    i18n.init_app(app)
    logs.init_app(app, settings)
    _before_and_after(app)
    metrics.init_app(app)
    crypto.init_app(app)
    identity.init_app(app)
    access.init_app(app)
    csrf.init_app(app)
    app.before_request(check_csrf)
    audit.init_app(app)
    expired.init_app(app)
    mail.init_app()
    passwords.init_app()
    scheduler.init_app(app)
    navigation.init_app(app)
    compression.init_app(app)
    _version_static_files(app)
    parts.init_app(app)
    app.jinja_env.globals.update(url_for=addresses.url_for, edition=addresses.edition)
    _register_error_pages(app)
    app.register_blueprint(bp)
    cli.init_app(app)


def _configure(app: Flask, settings: Settings) -> None:
    app.extensions["settings"] = settings
    app.config.setdefault("SQLALCHEMY_ENGINES", engine_config(settings))
    app.config.setdefault("MAX_CONTENT_LENGTH", settings.max_upload_mb * 1024 * 1024)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="draaischijf",
        SESSION_COOKIE_SECURE=settings.production,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=False,
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,
    )
    app.session_interface = Cookies()
    if settings.proxies:
        proxied = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)
        app.wsgi_app = proxied  # type: ignore[method-assign]
    # No view or hook is asynchronous; Flask would ask each of them in every request.
    app.ensure_sync = lambda func: func  # type: ignore[method-assign]


def _open_database(app: Flask) -> None:
    db.init_app(app)
    # There are no asynchronous sessions; closing them would start an event loop for every answer.
    app.teardown_appcontext_funcs.remove(_extension._close_async_sessions)
    with app.app_context():
        prepare_engines(db.engines)


def check_csrf() -> None:
    """Refuse a form that another site made.

    The interface for programs knows no cookies, and a search changes nothing: no need there.
    """
    only_asks = asking.is_asking() and hasattr(current_app.view_functions.get(request.endpoint or ""), "asks")
    if current_app.config["WTF_CSRF_ENABLED"] and not refusals.for_program() and not only_asks:
        csrf.protect()


def _before_and_after(app: Flask) -> None:
    @app.before_request
    def choose_engine() -> None:
        g.reading_only = request.method in SAFE_METHODS
        g.received_at = now()
        g.request_id = secrets.token_hex(8)

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        if app.config["SESSION_COOKIE_SECURE"]:
            response.headers.setdefault("Strict-Transport-Security", ONLY_HTTPS)
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def _version_static_files(app: Flask) -> None:
    """Put a hash of the content in the address of a static file, so that browsers may keep it for a year."""
    hashes: dict[str, tuple[float, str]] = {}

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint != "static" or "filename" not in values:
            return
        path = Path(app.static_folder or ROOT / "static") / values["filename"]
        if path.is_file():
            changed = path.stat().st_mtime
            if hashes.get(values["filename"], (0.0, ""))[0] != changed:
                hashes[values["filename"]] = (changed, hashlib.sha256(path.read_bytes()).hexdigest()[:12])
            values["v"] = hashes[values["filename"]][1]


def _register_error_pages(app: Flask) -> None:
    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Any:
        code = error.code or 500
        if error.response is not None or (code not in refusals.PAGES and not refusals.for_program()):
            return error
        return refusals.answer(code)

    @app.errorhandler(CSRFError)
    def csrf_error(_error: CSRFError) -> Any:
        return refusals.answer(400)

    @app.errorhandler(NoResultFound)
    @app.errorhandler(NotFound)
    def not_found(_error: Exception) -> Any:
        return refusals.answer(404)

    @app.errorhandler(NotAllowed)
    def not_allowed(_error: NotAllowed) -> Any:
        return refusals.answer(403)

    @app.errorhandler(DomainError)
    def refused(error: DomainError) -> Any:
        return refusals.answer(
            422 if refusals.for_program() else 409, message=error.message, field=error.field
        )

    @app.errorhandler(Conflict)
    def conflict(error: Conflict) -> Any:
        return refusals.answer(409, message=error.message, field=error.field)

    @app.errorhandler(StaleDataError)
    def stale(_error: StaleDataError) -> Any:
        return refusals.answer(409, message=None)
