"""Run benchmarks and print one JSON object per line: `python -m benchmarks [NAME] [--quick]`.

NAME is a module (`engine`) or one of its results (`engine.step30_vs_bare`). Every module
`benchmarks/<name>.py` offers `run(quick: bool) -> Iterable[dict]`; a result has name, value, unit, detail.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
# Results that another family measures along with its own.
MEASURED_IN = {"worklist": "tasks", "writers": "tasks"}


def names() -> list[str]:
    """The families, by module name; those with an underscore are parts of others."""
    found = (module.name for module in pkgutil.iter_modules([str(FOLDER)]))
    return sorted(name for name in found if not name.startswith("_") and name != "peers")


def results(family: str, quick: bool) -> Any:
    """What the family measures, one result after another."""
    module = importlib.import_module(f"benchmarks.{family}")
    return module.run(quick) if hasattr(module, "run") else ()


def _is_wanted(name: str, asked: str) -> bool:
    """Whether a result answers to the name asked for: all, a family, one kind of it, or the one."""
    return not asked or name == asked or ("." not in asked and asked in {*names(), name.split(".")[0]})


def _end(number: int, _frame: object) -> None:
    """Asked to end: servers and files of a benchmark go first."""
    sys.exit(128 + number)


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, _end)
    parser = argparse.ArgumentParser(prog="dev.py bench", description="Prints one JSON object per line.")
    parser.add_argument("name", nargs="?", help=f"one of {', '.join(names()) or 'none yet'}, or one result")
    parser.add_argument("--quick", action="store_true", help="a smaller run of the same shape")
    asked = parser.parse_args(arguments)
    family = asked.name.split(".")[0] if asked.name else None
    family = MEASURED_IN.get(family or "", family)
    if family and family not in names():
        parser.error(f"no benchmark is named {family}; there are {', '.join(names()) or 'none yet'}")
    failed = False
    for each in [family] if family else names():
        try:
            for result in results(each, asked.quick):
                if _is_wanted(result["name"], asked.name or ""):
                    sys.stdout.write(json.dumps(result, ensure_ascii=False, default=str) + "\n")
                    sys.stdout.flush()
        except Exception:  # one family that fails must not hide the others
            failed = True
            traceback.print_exc()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
