"""Pages of processes: the diagram of a file, and the desk of the process manager."""

from flask import Blueprint

bp = Blueprint("workflows", __name__, url_prefix="/processes")

from workflows.views import api_tasks, definitions, diagrams, fill, manage  # noqa: E402, F401 -- pages of `bp`
