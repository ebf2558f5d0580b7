"""Compressed styles and scripts, for who runs without a proxy that does it.

Pages are left as they are: they hold a token beside what a visitor may choose, and the length of a compressed
page would tell about it (BREACH).
"""

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

SMALLEST = 1_000
TYPES = {"text/css", "text/javascript", "application/javascript", "image/svg+xml"}


@lru_cache(maxsize=128)
def _compressed(path: str, _changed: float) -> bytes:
    return gzip.compress(Path(path).read_bytes(), 6, mtime=0)


def init_app(app: Flask) -> None:
    """Compress text files of `static/`, each once per process and version."""

    @app.after_request
    def compress(response: Response) -> Response:
        if request.endpoint != "static" or response.mimetype not in TYPES:
            return response
        response.headers.add("Vary", "Accept-Encoding")
        path = Path(app.static_folder or "") / (request.view_args or {}).get("filename", "")
        wanted = response.status_code == 200 and request.accept_encodings["gzip"] > 0
        if wanted and path.is_file() and path.stat().st_size >= SMALLEST:
            response.direct_passthrough = False
            response.set_data(_compressed(str(path), path.stat().st_mtime))
            response.headers["Content-Encoding"] = "gzip"
            response.headers.pop("Accept-Ranges", None)
        return response
