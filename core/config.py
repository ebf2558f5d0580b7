"""Settings from the environment, prefix `DRAAISCHIJF_`; `<NAME>_FILE` reads a secret from a file."""

import os
import secrets
import sys
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "DRAAISCHIJF_"
ENVIRONMENTS = ("development", "production")


class ConfigError(RuntimeError):
    """The settings do not allow a start; the message says which one and what to do."""


@dataclass(frozen=True)
class Settings:
    """Every setting with its development value. Production refuses the generated secrets."""

    env: str = "development"
    var: str = str(ROOT / "var")
    database_url: str = ""
    secret_key: str = field(default="", repr=False)
    keys: str = field(default="", repr=False)  # JSON key file content or path, see core.crypto
    base_url: str = "http://127.0.0.1:8000"
    demo: bool = True
    mail_url: str = ""  # smtp://user:pass@host:port; empty writes mails to var/mail
    mail_from: str = "noreply@draaischijf.example"
    proxies: int = 0
    session_idle_minutes: int = 60
    session_hours: int = 12
    pool_size: int = 5
    metrics_port: int = 0
    metrics_bind: str = "127.0.0.1"
    log_json: bool = False
    max_upload_mb: int = 16
    api_per_minute: int = 600  # calls of one token in one process
    clamd: str = ""  # host:port of a virus scanner; empty: documents are judged by their type alone

    @property
    def production(self) -> bool:
        return self.env == "production"

    @property
    def sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


def _read(name: str) -> str | None:
    path = os.environ.get(f"{PREFIX}{name}_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "no text"
            raise ConfigError(f"{PREFIX}{name}_FILE: {path} cannot be read ({reason}).") from None
    return os.environ.get(PREFIX + name)


def _convert(name: str, value: str, kind: Any) -> Any:
    if kind is bool:
        return value.strip().lower() in {"1", "true", "yes", "on"}
    if kind is not int:
        return value
    try:
        return int(value)
    except ValueError:
        raise ConfigError(f"{PREFIX}{name.upper()} is no whole number.") from None


def load(**overrides: Any) -> Settings:
    """Settings of this process: defaults, then the environment, then `overrides`.

    Raises ConfigError when production would run on a missing secret.
    """
    found: dict[str, Any] = {}
    for entry in fields(Settings):
        value = _read(entry.name.upper())
        if value is not None:
            found[entry.name] = _convert(entry.name, value, entry.type)
    settings = replace(Settings(), **{**found, **overrides})
    return _check_production(settings) if settings.production else _fill_development(settings)


def warn_of_slips(settings: Settings) -> None:
    """Say on standard error what was hardly meant: another name than `production` runs as development."""
    if settings.env not in ENVIRONMENTS:
        known = " or ".join(ENVIRONMENTS)
        sys.stderr.write(f"{PREFIX}ENV: {settings.env!r} is unknown, use {known}. Runs as development now.\n")


def _check_production(settings: Settings) -> Settings:
    for name in ("secret_key", "database_url", "keys"):
        if not getattr(settings, name):
            raise ConfigError(f"Production needs {PREFIX}{name.upper()} (or {PREFIX}{name.upper()}_FILE).")
    if len(settings.secret_key) < 32:
        raise ConfigError(f"{PREFIX}SECRET_KEY is too short: use at least 32 characters.")
    return replace(settings, demo=os.environ.get(f"{PREFIX}DEMO", "") == "1")


def _fill_development(settings: Settings) -> Settings:
    var = Path(settings.var)
    var.mkdir(parents=True, exist_ok=True)
    if not settings.database_url:
        settings = replace(settings, database_url=f"sqlite:///{var / 'draaischijf.db'}")
    if not settings.secret_key:
        settings = replace(settings, secret_key=_own_secret(var / "secret_key"))
    return settings


def _own_secret(path: Path) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text().strip()
