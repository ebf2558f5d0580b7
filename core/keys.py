"""The key file: root keys with ids, the one for look-ups, and what is derived from them (ADR 0005)."""

import base64
import json
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.config import ConfigError, Settings

SIZE = 32


@dataclass(frozen=True)
class Keys:
    """Root keys by id, the id that seals from now on, and the look-up key, which rotation leaves alone."""

    current: str
    roots: dict[str, bytes]
    lookup: bytes

    def derived(self, purpose: str, key_id: str | None = None) -> bytes:
        """A key for one purpose. Raises KeyError when the key file does not hold that root."""
        return _derive(self.roots[key_id or self.current], purpose)

    def lookup_key(self, tenant: str) -> bytes:
        return _derive(self.lookup, f"lookup:{tenant}")

    def to_json(self) -> str:
        roots = {key_id: base64.b64encode(key).decode() for key_id, key in self.roots.items()}
        lookup = base64.b64encode(self.lookup).decode()
        return json.dumps({"current": self.current, "keys": roots, "lookup": lookup}, indent=1)


@lru_cache(maxsize=256)
def _derive(root: bytes, purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), SIZE, salt=None, info=f"draaischijf:{purpose}".encode()).derive(root)


def new_keys() -> Keys:
    """A key file for a new installation."""
    key_id = _new_id()
    return Keys(key_id, {key_id: secrets.token_bytes(SIZE)}, secrets.token_bytes(SIZE))


def with_new_root(keys: Keys) -> Keys:
    """The same keys and a new root, which seals from now on; the old ones still open."""
    key_id = _new_id()
    return Keys(key_id, {**keys.roots, key_id: secrets.token_bytes(SIZE)}, keys.lookup)


def _new_id() -> str:
    return f"k{secrets.token_hex(4)}"


def parse(text: str) -> Keys:
    """Read a key file. Raises ConfigError that names what is wrong, never the content."""
    try:
        data: dict[str, Any] = json.loads(text)
        roots = {str(key_id): base64.b64decode(key, validate=True) for key_id, key in data["keys"].items()}
        keys = Keys(str(data["current"]), roots, base64.b64decode(data["lookup"], validate=True))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"The key file cannot be read: {type(error).__name__}.") from None
    if keys.current not in roots or any(len(key) != SIZE for key in [*roots.values(), keys.lookup]):
        raise ConfigError("The key file needs keys of 32 bytes, and its current key among them.")
    return keys


def file_of(settings: Settings) -> Path | None:
    """The path of the key file; None when the setting holds the content itself."""
    if not settings.keys:
        return Path(settings.var) / "keys.json"
    return None if settings.keys.lstrip().startswith("{") else Path(settings.keys)


def load(settings: Settings) -> Keys:
    """The keys of this installation; development makes its own in `var/` the first time."""
    path = file_of(settings)
    if path is None:
        return parse(settings.keys)
    if not path.exists():
        if settings.keys or settings.production:
            raise ConfigError(f"There is no key file at {path}.")
        _make_once(path)
    return parse(path.read_text())


def save(keys: Keys, path: Path) -> None:
    """Write the key file whole or not at all, readable by its owner only."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    _write_private(beside, keys.to_json())
    os.replace(beside, path)


def _make_once(path: Path) -> None:
    """Make the file; of two processes that start together the first one wins."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_private(beside, new_keys().to_json())
    try:
        os.link(beside, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links
        if not path.exists():
            os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
