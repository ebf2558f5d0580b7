"""Process definitions: check, deploy, retire; versions never change, running instances stay on theirs."""

import threading
import uuid
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
import structlog

from core import audit
from core.access import Actor, system_actor
from core.clock import now
from core.db import session
from core.errors import Conflict, DomainError
from core.i18n import _
from workflows import scenarios, steps, task_forms
from workflows.engine.api import engine
from workflows.engine.findings import deployable
from workflows.engine.model import Bundle, Compiled, Finding, Report
from workflows.models.definitions import Definition, DefinitionCall, DefinitionFile, DefinitionStatus

log = structlog.get_logger(__name__)

LIBRARY = Path(__file__).resolve().parent / "library"
CACHED = 256
Key = TypeVar("Key")
Made = TypeVar("Made")


class Refused(DomainError):
    """The files cannot be deployed; `findings` says everything that is wrong, `failures` which tests fail."""

    def __init__(self, message: str, findings: list[Finding], failures: list[str] | None = None) -> None:
        super().__init__(message)
        self.findings = findings
        self.failures = failures or []


@dataclass(frozen=True)
class Source:
    """The files of one process: `<key>.bpmn`, decision tables by file name, its scenarios (YAML)."""

    key: str
    bpmn: bytes
    dmn: dict[str, bytes] = field(default_factory=dict)
    tests: str | None = None

    @classmethod
    def read(cls, folder: Path) -> "Source":
        """The files of a library folder. Raises DomainError when its scenarios are no text."""
        key = folder.name
        tests = folder / "tests.yaml"
        return cls(
            key,
            (folder / f"{key}.bpmn").read_bytes(),
            {path.stem: path.read_bytes() for path in sorted(folder.glob("*.dmn"))},
            as_text(tests.read_bytes()) if tests.exists() else None,
        )

    def files(self) -> dict[str, bytes]:
        """What is kept of it, by file name."""
        return {f"{self.key}.bpmn": self.bpmn, **{f"{name}.dmn": data for name, data in self.dmn.items()}}


def as_text(data: bytes) -> str:
    """The scenarios of a process as text. Raises DomainError for anything else."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise DomainError(_("This file is not text."), field="tests") from None


# ---------------------------------------------------------------- reading
class _Cache(Generic[Key, Made]):
    """What was made of definitions. They are immutable and shared by threads, so forgetting one only
    costs time.
    """

    def __init__(self, size: int) -> None:
        self._size, self._lock = size, threading.Lock()
        self._held: OrderedDict[Key, Made] = OrderedDict()

    def get(self, key: Key) -> Made | None:
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def put(self, key: Key, made: Made) -> None:
        with self._lock:
            self._held[key] = made
            while len(self._held) > self._size:
                self._held.popitem(last=False)


_cache: _Cache[uuid.UUID, Compiled] = _Cache(CACHED)
_refused: _Cache[tuple[uuid.UUID, frozenset[str], frozenset[str]], list[Finding]] = _Cache(CACHED)


def compiled(definition_id: uuid.UUID) -> Compiled:
    """The definition made ready to run, whatever rules for deploying came since.

    Raises NoResultFound for an unknown one.
    """
    found = _cache.get(definition_id)
    if found is None:
        definition = session.get_one(Definition, definition_id)
        found = engine.compile_again(bundle(definition))
        _cache.put(definition_id, found)
        if refused := _blocking(found):
            codes = sorted({each.code for each in refused})
            log.warning("process.refused_now", key=definition.key, version=definition.version, codes=codes)
    return found


def refused_now(definition: Definition) -> list[Finding]:
    """What deploying these very files today would be refused for; what runs in them runs on all the same.

    Its content never changes: it is asked again only when the forms or steps of the product did.
    """
    known = (definition.id, task_forms.names(), steps.names())
    found = _refused.get(known)
    if found is None:
        found = [each for each in _checked(bundle(definition)).findings if each.level == "error"]
        _refused.put(known, found)
    return list(found)


def _blocking(made: Compiled) -> list[Finding]:
    return [found for found in made.findings if not deployable([found])]


def bundle(definition: Definition) -> Bundle:
    """What was deployed together: the diagram, its tables, the pinned versions of what it calls."""
    files = {file.name: file.content for file in definition.files}
    called = {
        call.called_key: bundle(session.get_one(Definition, call.called_id)) for call in definition.calls
    }
    dmn = {Path(name).stem: data for name, data in files.items() if name.endswith(".dmn")}
    return Bundle(definition.key, files[f"{definition.key}.bpmn"], dmn, called)


def tables(definition: Definition) -> list[bytes]:
    """The decision tables that were deployed with a diagram."""
    return [file.content for file in definition.files if file.name.endswith(".dmn")]


_names: dict[tuple[str, str], str] = {}


def step_name(key: str, element_id: str) -> str:
    """The Dutch name of a step, from the version in use; the id when it has no such step any more."""
    if (key, element_id) not in _names:
        definition = find_current(key)
        if definition is None:
            return element_id
        _names.update({(key, element): text for element, text in compiled(definition.id).texts.items()})
    return _names.get((key, element_id), element_id)


def diagram(definition_id: uuid.UUID) -> bytes:
    """The BPMN file of a definition, byte for byte."""
    definition = session.get_one(Definition, definition_id)
    name = f"{definition.key}.bpmn"
    return session.get_one(DefinitionFile, (definition_id, name)).content


def get(definition_id: uuid.UUID) -> Definition | None:
    return session.get(Definition, definition_id)


def find_current(key: str) -> Definition | None:
    """The version in which new instances start, None when there is none."""
    return session.scalars(
        sa.select(Definition).where(Definition.key == key, Definition.status == DefinitionStatus.ACTIVE)
    ).first()


def current(key: str) -> Definition:
    """The version in which new instances start; a process of the library that was never deployed is so now.

    Raises DomainError when nothing of this name can be started.
    """
    found = find_current(key)
    if found is None and (LIBRARY / key / f"{key}.bpmn").exists() and not _versions(key):
        found = deploy(Source.read(LIBRARY / key), by=system_actor(), tested=False)
    if found is None:
        raise DomainError(_("The process “%(key)s” is not in use.", key=key))
    return found


def version(key: str, number: int) -> Definition:
    """One version of a process. Raises DomainError when there is none of this number."""
    found = session.scalars(
        sa.select(Definition).where(Definition.key == key, Definition.version == number)
    ).first()
    if found is None:
        raise DomainError(_("The process “%(key)s” has no version %(number)s.", key=key, number=number))
    return found


def _versions(key: str) -> int:
    return session.scalar(sa.select(sa.func.max(Definition.version)).where(Definition.key == key)) or 0


# ---------------------------------------------------------------- acts
def check(source: Source) -> Report:
    """Everything there is to say about these files, as strictly as deploying is."""
    return _checked(_bundle_of(source))


def _checked(files: Bundle) -> Report:
    return engine.check(files, deploying=True, forms=task_forms.names(), steps=steps.names())


def failures(source: Source) -> list[str]:
    """Which scenarios of these files fail, a line for each. The files must be deployable."""
    return scenarios.run(engine, engine.compile(_bundle_of(source)), source.tests or "")


def deploy(source: Source, *, by: Actor, tested: bool = True) -> Definition:
    """Make these files the version in which new instances start; the former one is retired.

    The same content is deployed once: a repeat returns what is there, and an older version comes back.
    With `tested` its scenarios must pass. Raises Refused with all findings, and keeps nothing then.
    """
    report = check(source)
    if not report.deployable:
        raise Refused(_("This process has mistakes. Nothing was changed."), report.findings)
    made = engine.compile(_bundle_of(source))
    failing = failures(source) if tested else []
    if failing:
        raise Refused(_("The tests of this process fail. Nothing was changed."), [], failing)
    found = session.scalars(sa.select(Definition).where(Definition.hash == made.hash)).first()
    if found is not None and found.status is DefinitionStatus.ACTIVE:
        return found
    if found is None:
        found = _keep(source, made, by)
    _put_in_use(found)
    audit.record("process.deployed", found, by=by, changes={"key": found.key, "version": found.version})
    return found


def _put_in_use(definition: Definition) -> None:
    before = find_current(definition.key)
    if before is not None:
        before.status, before.retired_at = DefinitionStatus.RETIRED, now()
        session.flush()
    definition.status, definition.retired_at = DefinitionStatus.ACTIVE, None
    session.flush()
    _names.clear()


def _keep(source: Source, made: Compiled, by: Actor) -> Definition:
    definition = Definition(
        key=source.key,
        version=_versions(source.key) + 1,
        hash=made.hash,
        name=scenarios.process_name(source.bpmn, source.key),
        status=DefinitionStatus.DRAFT,
        findings=[_plain(found) for found in made.findings],
        engine_version=made.engine_version,
        created_at=now(),
        created_by=by.user_id,
        files=[DefinitionFile(name=name, content=data) for name, data in source.files().items()],
        calls=[DefinitionCall(called_key=key, called_id=current(key).id) for key in _called_keys(source)],
    )
    session.add(definition)
    session.flush()
    return definition


def _plain(found: Finding) -> dict[str, Any]:
    return {
        "code": found.code,
        "level": found.level,
        "element": found.element,
        "line": found.line,
        "args": found.args,
    }


def _bundle_of(source: Source) -> Bundle:
    called = {}
    for key in _called_keys(source):
        with suppress(DomainError):  # not in use: a finding among the others, said by the check
            called[key] = bundle(current(key))
    return Bundle(source.key, source.bpmn, source.dmn, called)


def _called_keys(source: Source) -> list[str]:
    """Processes of other definitions that this diagram calls."""
    own, called = scenarios.processes_and_calls(source.bpmn)
    return sorted(called - own)


def retire(definition: Definition, *, reason: str, by: Actor) -> None:
    """Let no new instance start in this process; running ones go on. Raises Conflict when not in use."""
    _reasoned(reason)
    if definition.status is not DefinitionStatus.ACTIVE:
        raise Conflict(_("This version is not in use."))
    definition.status, definition.retired_at = DefinitionStatus.RETIRED, now()
    _record("process.retired", definition, reason, by)


def use_again(definition: Definition, *, reason: str, by: Actor) -> None:
    """Let new instances start in a former version again; the one in use is retired.

    Raises Conflict when it is in use, Refused with all findings when it could not be deployed today.
    """
    _reasoned(reason)
    if definition.status is DefinitionStatus.ACTIVE:
        raise Conflict(_("This version is in use already."))
    if findings := refused_now(definition):
        raise Refused(_("This process has mistakes. Nothing was changed."), findings)
    _put_in_use(definition)
    _record("process.used_again", definition, reason, by)


def _reasoned(reason: str) -> None:
    if not reason.strip():
        raise DomainError(_("Give a reason."), field="reason")


def _record(action: str, definition: Definition, reason: str, by: Actor) -> None:
    changes = {"key": definition.key, "version": definition.version, "reason": reason.strip()}
    audit.record(action, definition, by=by, changes=changes)


def sync_library(*, by: Actor | None = None) -> list[Definition]:
    """Deploy what changed in the library, in the running transaction; the new versions. Repeatable.

    A process that a manager deployed in another form since is left alone: only content that was never
    deployed is new.
    """
    made: list[Definition] = []
    for folder in sorted(path for path in LIBRARY.iterdir() if (path / f"{path.name}.bpmn").exists()):
        source = Source.read(folder)
        known = engine.compile(_bundle_of(source)).hash
        if session.scalar(sa.select(Definition.id).where(Definition.hash == known)) is None:
            made.append(deploy(source, by=by or system_actor(), tested=False))
    return made
