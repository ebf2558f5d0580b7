"""Measures for operators, on a bind of their own: never on the port of the pages."""

import os
import time
from typing import Any

import structlog
from flask import Flask, Response, g, request
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    multiprocess,
    start_http_server,
)

log = structlog.get_logger(__name__)

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
requests_seconds = Histogram(
    "draaischijf_request_seconds", "Time to answer", ["endpoint", "method", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip
sweep_seconds = Histogram("draaischijf_sweep_seconds", "Time of a sweep of the worker", ["sweep"])
sweep_failures = Counter("draaischijf_sweep_failures", "Sweeps that failed", ["sweep"])
outbox_gauge = Gauge(
    "draaischijf_outbox_messages", "Messages that wait or are dead", ["state"], multiprocess_mode="max"
)


def outbox_messages(counts: dict[str, int]) -> None:
    for state, number in counts.items():
        outbox_gauge.labels(state).set(number)


def serve(port: int, address: str = "127.0.0.1") -> Any:
    """Serve `/metrics` on its own address; the server and its thread, None when `port` is 0.

    The worker calls it by itself. For several web processes the master calls it once (`deploy/gunicorn.py`)
    with `PROMETHEUS_MULTIPROC_DIR` set, so that it adds up what they measure. A bind that is taken is told:
    it costs the measures alone.
    """
    if not port:
        return None
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    try:
        return start_http_server(port, address, registry)
    except OSError as error:
        log.error("metrics.bind", address=address, port=port, error=error.strerror)
        return None


def init_app(app: Flask) -> None:
    @app.before_request
    def start_clock() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def measure(response: Response) -> Response:
        seconds = time.perf_counter() - g.get("started", time.perf_counter())
        method = request.method if request.method in METHODS else "other"
        labels = (request.endpoint or "none", method, str(response.status_code))
        requests_seconds.labels(*labels).observe(seconds)
        return response
