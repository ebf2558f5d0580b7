"""From a bundle of files to a definition that runs: checked, parsed, sealed, and kept by its hash."""

from __future__ import annotations

import hashlib
import sys
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException

from workflows.engine import bpmn, dmn, xmlin
from workflows.engine.conformance import Examined, examine
from workflows.engine.definitions import Message
from workflows.engine.events import Catch
from workflows.engine.findings import deployable
from workflows.engine.lint_calls import calls
from workflows.engine.model import Bundle, Compiled, EngineError, Finding, NotDeployable, Report, TaskInfo
from workflows.engine.own_forms import outcome_names
from workflows.engine.parser import Parser
from workflows.engine.seal import seal

ENGINE_VERSION = "1"
CACHE_SIZE = 200
# The library parses a flow by recursion, about eight calls deep for every step.
RECURSION = 60_000
MAX_BUNDLE = 100

_cache: OrderedDict[str, Compiled] = OrderedDict()
_lock = Lock()
_parsing = Lock()


def hash_of(bundle: Bundle) -> str:
    """Return the sha256 of everything that is deployed together."""
    digest = hashlib.sha256()
    for part in _parts(bundle):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def _parts(bundle: Bundle) -> list[bytes]:
    parts = [ENGINE_VERSION.encode(), bundle.key.encode(), bundle.bpmn]
    for name in sorted(bundle.dmn):
        parts += [name.encode(), bundle.dmn[name]]
    for name, other in sorted(together(bundle).items()):
        if other is not bundle:
            parts += [name.encode(), other.bpmn, *(other.dmn[decision] for decision in sorted(other.dmn))]
    return parts


def together(bundle: Bundle) -> dict[str, Bundle]:
    """Return every bundle that goes along, by the process id it is called by; the bundle itself under its
    key.

    Raises NotDeployable when there are too many.
    """
    found = {bundle.key: bundle}
    todo = [bundle]
    while todo:
        for name, other in todo.pop().called.items():
            if name not in found:
                found[name] = other
                todo.append(other)
        if len(found) > MAX_BUNDLE:
            raise NotDeployable([Finding("bundle-too-large", "error", args={"limit": MAX_BUNDLE})])
    return found


def compiled(bundle: Bundle) -> Compiled:
    """Return the definition, from the cache when it was made before.

    Raises NotDeployable with all findings.
    """
    key = hash_of(bundle)
    with _lock:
        if (known := _cache.get(key)) is not None:
            _cache.move_to_end(key)
            return known
    made = _compile(bundle, key)
    with _lock:
        _cache[key] = made
        while len(_cache) > CACHE_SIZE:
            _cache.popitem(last=False)
    return made


def compiled_again(bundle: Bundle) -> Compiled:
    """Return the definition of files that were deployed once, also when today's check refuses them.

    `findings` then holds everything that the check has against them, errors too. Raises NotDeployable when
    a file cannot be read at all, or the parser or the seal refuses it: that cannot run.
    """
    try:
        return compiled(bundle)
    except NotDeployable as refusal:
        bundles = together(bundle)
        examined = _examined(bundles, deploying=False, forms=None, steps=None)
        roots = [each.root for each in examined.values()]
        if None in roots:
            raise
        return built(bundles, hash_of(bundle), roots, refusal.findings)


def check(
    bundle: Bundle,
    *,
    deploying: bool = False,
    forms: frozenset[str] | None = None,
    steps: frozenset[str] | None = None,
) -> Report:
    """Return all there is to say about a bundle; what deploying forbids counts in `deployable` anyway."""
    try:
        examined = _examined(together(bundle), deploying=deploying, forms=forms, steps=steps)
    except NotDeployable as refusal:
        return Report(0, 0, [], refusal.findings, deployable=False)
    own = examined[bundle.key]
    tables = _table_findings(bundle, deploying=deploying)
    findings = [found for each in examined.values() for found in each.findings] + tables
    fit = all(each.deployable for each in examined.values()) and deployable(tables)
    if fit:
        try:
            compiled(bundle)
        except NotDeployable as refusal:
            findings += [found for found in refusal.findings if found not in findings]
            fit = False
    return Report(len(own.nodes), len(own.nodes) - len(own.lost), own.lost, findings, fit)


def _examined(
    bundles: dict[str, Bundle], *, deploying: bool, forms: frozenset[str] | None, steps: frozenset[str] | None
) -> dict[str, Examined]:
    graph = {name: targets for other in bundles.values() for name, targets in _calls(other).items()}
    return {
        name: examine(
            other.bpmn,
            deploying=deploying,
            forms=forms,
            steps=steps,
            decisions=frozenset(other.dmn),
            called={key: targets for key, targets in graph.items() if key != name},
        )
        for name, other in bundles.items()
    }


def _table_findings(bundle: Bundle, *, deploying: bool) -> list[Finding]:
    return [
        found
        for other in together(bundle).values()
        if other.dmn
        for found in dmn.check(*other.dmn.values(), deploying=deploying)
    ]


def _calls(bundle: Bundle) -> dict[str, set[str]]:
    try:
        return calls(xmlin.parse(bundle.bpmn))
    except xmlin.Refused:
        return {}


def _compile(bundle: Bundle, key: str) -> Compiled:
    bundles = together(bundle)
    examined = _examined(bundles, deploying=True, forms=None, steps=None)
    tables = _table_findings(bundle, deploying=True)
    findings = [found for each in examined.values() for found in each.findings] + tables
    roots = [each.root for each in examined.values()]
    if not all(each.deployable for each in examined.values()) or not deployable(tables) or None in roots:
        raise NotDeployable(findings)
    return built(bundles, key, roots, findings)


def built(bundles: dict[str, Bundle], key: str, roots: list[Any], findings: list[Finding]) -> Compiled:
    """Parse and seal diagrams that were checked; the first bundle is the one to run. Raises NotDeployable."""
    bundle = next(iter(bundles.values()))
    tables = {name: table for other in bundles.values() for name, table in other.dmn.items()}
    # A file may be called by the ids of several of its processes; it is parsed once.
    files = {other.bpmn: root for other, root in zip(bundles.values(), roots, strict=True)}
    spec, subspecs = _specs(bundle.key, list(files.values()), tables, findings)
    tasks = _tasks([spec, *subspecs.values()], [outcome_names(root) for root in files.values()])
    return Compiled(
        key=bundle.key,
        hash=key,
        engine_version=ENGINE_VERSION,
        spec=spec,
        subspecs=subspecs,
        tasks=tasks,
        message_starts=_message_starts(spec),
        texts={element: info.name for element, info in tasks.items() if info.name},
        findings=tuple(findings),
    )


def _specs(
    key: str, roots: list[Any], tables: dict[str, bytes], findings: list[Finding]
) -> tuple[Any, dict[str, Any]]:
    parser = Parser(tables)
    try:
        with _deep_recursion():
            for root in roots:
                parser.add_bpmn_xml(root)
            name = _process(key, roots[0])
            spec = parser.get_spec(name)
            subspecs = parser.get_subprocess_specs(name)
        seal(spec, subspecs)
    except (ValidationException, EngineError, RecursionError) as error:
        raise NotDeployable([*findings, _unparsed(error)]) from error
    return spec, subspecs


@contextmanager
def _deep_recursion() -> Iterator[None]:
    # The limit is the process's: one thread at a time may raise it and put it back.
    with _parsing:
        before = sys.getrecursionlimit()
        sys.setrecursionlimit(max(before, RECURSION))
        try:
            yield
        finally:
            sys.setrecursionlimit(before)


def _unparsed(error: Exception) -> Finding:
    element = getattr(error, "element_id", None) or getattr(error, "task_spec", None)
    return Finding(
        "not-runnable", "error", element if isinstance(element, str) else None, args={"reason": str(error)}
    )


def _process(key: str, root: Any) -> str:
    """Return which process of a file is meant: the one with the key as its id, else the first."""
    names = [bpmn.identity(process) for process in bpmn.processes(root)]
    if not names:
        raise EngineError("The file holds no process.", code="no-process")
    return key if key in names else names[0]


def _tasks(specs: list[Any], names: list[dict[str, dict[str, str]]]) -> dict[str, TaskInfo]:
    infos: dict[str, TaskInfo] = {}
    called = {element: codes for each in reversed(names) for element, codes in each.items()}
    for spec in specs:
        for step in spec.task_specs.values():
            # Of a repeated task the inner step has what the diagram says; it comes last.
            if step.element_id is not None and (step.element_id not in infos or step.around is not None):
                infos[step.element_id] = _info(step, called.get(step.element_id, {}))
    return infos


def _info(step: Any, names: dict[str, str]) -> TaskInfo:
    said = step.properties
    priority = said.get("priority", "0").strip()
    return TaskInfo(
        element_id=step.element_id,
        name=step.bpmn_name or "",
        lane=step.lane,
        role=said.get("role"),
        form_key=said.get("formKey"),
        outcomes=tuple(part.strip() for part in said.get("outcomes", "").split(",") if part.strip()),
        turn=said.get("turn"),
        due_in=said.get("dueIn"),
        priority=int(priority) if priority.lstrip("-").isdigit() else 0,
        properties=dict(said),
        kind=type(step).__name__,
        fields=getattr(step, "fields", ()),
        outcome_names=names,
    )


def _message_starts(spec: Any) -> list[str]:
    starts = [start.event_definition for start in spec.start.outputs if isinstance(start, Catch)]
    return [definition.name for definition in starts if isinstance(definition, Message)]
