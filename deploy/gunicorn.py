"""Settings of gunicorn beside its command line: what all web processes measure, on one bind of its own."""

import os
import tempfile
from typing import Any

# Before the first import of prometheus_client, which chooses then whether processes add up. Each master has
# a folder of its own; what ended processes counted stays in it until the master ends.
if os.environ.get("DRAAISCHIJF_METRICS_PORT", "0") != "0":
    _folder = tempfile.TemporaryDirectory(prefix="draaischijf-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = _folder.name


def when_ready(_server: Any) -> None:
    """The master serves the measures: a web process would tell of itself alone."""
    from core import config, metrics

    settings = config.load()
    metrics.serve(settings.metrics_port, settings.metrics_bind)


def child_exit(_server: Any, worker: Any) -> None:
    """Forget the gauges of a process that ended; its counts stay."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)
