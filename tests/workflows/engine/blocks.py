"""Random block-structured processes, drawn as BPMN and run by a small model of their own.

The model knows nothing of tokens: a block is done or it is not. It says which tasks must be open after any
act.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, pairwise
from typing import Any

from hypothesis import strategies as st

from tests.workflows.engine import diagrams as draw

LEAVES = ("task", "many", "serial")
LEAF_KINDS = (*LEAVES, "auto")


@dataclass
class Block:
    """A part of a process: what kind, its name, the blocks in it, and minutes for timers."""

    kind: str
    parts: list[Block] = field(default_factory=list)
    name: str = ""
    minutes: int = 0

    def named(self, numbers: Iterator[int]) -> Block:
        self.name = f"{self.kind}{next(numbers)}"
        self.minutes = next(numbers)
        for part in self.parts:
            part.named(numbers)
        return self

    def kinds(self) -> set[str]:
        return {self.kind}.union(*(part.kinds() for part in self.parts))


def blocks(depth: int) -> st.SearchStrategy[Block]:
    leaf = st.sampled_from(LEAF_KINDS).map(Block)
    if depth == 0:
        return leaf
    inner = blocks(depth - 1)
    pair = st.lists(inner, min_size=2, max_size=2)
    one = st.lists(inner, min_size=1, max_size=1)
    mixed = [leaf] if depth == 1 else []
    return st.one_of(
        *mixed,
        st.builds(Block, st.just("seq"), st.lists(inner, min_size=1, max_size=3)),
        st.builds(Block, st.sampled_from(["xor", "and", "or", "and", "or"]), pair),
        st.builds(Block, st.sampled_from(["loop", "loop", "sub"]), one),
        st.builds(Block, st.sampled_from(["cut", "aside"]), pair),
        st.builds(Block, st.just("race"), pair),
    )


def processes(depth: int = 3) -> st.SearchStrategy[Block]:
    return blocks(depth).map(lambda block: block.named(count(1)))


# ---------------------------------------------------------------- as BPMN
class Sheet:
    """Nodes and flows of one scope."""

    def __init__(self) -> None:
        self.nodes: list[str] = []
        self.flows: list[str] = []

    def flow(self, one: str, other: str, guard: str = "") -> None:
        self.flows.append(f"{one} > {other}" + (f" if {guard}" if guard else ""))

    def add(self, block: Block) -> tuple[str, str]:
        """Draw a block; return its first and last node."""
        return getattr(self, f"_{block.kind}")(block)  # type: ignore[no-any-return]

    def _task(self, block: Block, inside: str = "") -> tuple[str, str]:
        self.nodes.append(draw.user(block.name, inside))
        return block.name, block.name

    def _auto(self, block: Block) -> tuple[str, str]:
        self.nodes.append(draw.script(block.name, f"{block.name}_ran = True"))
        return block.name, block.name

    def _many(self, block: Block) -> tuple[str, str]:
        return self._task(block, draw.times("2"))

    def _serial(self, block: Block) -> tuple[str, str]:
        return self._task(block, draw.times("2", sequential=True))

    def _seq(self, block: Block) -> tuple[str, str]:
        ends = [self.add(part) for part in block.parts]
        for one, other in pairwise(ends):
            self.flow(one[1], other[0])
        return ends[0][0], ends[-1][1]

    def _split(self, block: Block, make: Any, guards: list[str]) -> tuple[str, str]:
        opening, closing = f"{block.name}_s", f"{block.name}_j"
        self.nodes += [make(opening), make(closing)]
        for part, guard in zip(block.parts, guards, strict=True):
            first, last = self.add(part)
            self.flow(opening, first, guard)
            self.flow(last, closing)
        return opening, closing

    def _asked(self, block: Block, make: Any, guards: list[str]) -> tuple[str, str]:
        self.nodes.append(draw.user(f"{block.name}_q"))
        opening, closing = self._split(block, make, guards)
        self.flow(f"{block.name}_q", opening)
        return f"{block.name}_q", closing

    def _and(self, block: Block) -> tuple[str, str]:
        return self._split(block, draw.both, ["", ""])

    def _xor(self, block: Block) -> tuple[str, str]:
        return self._asked(block, draw.xor, [f"{block.name}_v == 1", f"{block.name}_v == 2"])

    def _or(self, block: Block) -> tuple[str, str]:
        return self._asked(block, draw.some, [f"{block.name}_v in [1, 3]", f"{block.name}_v in [2, 3]"])

    def _loop(self, block: Block) -> tuple[str, str]:
        again, ask, done = f"{block.name}_a", f"{block.name}_q", f"{block.name}_d"
        self.nodes += [draw.xor(again), draw.user(ask), draw.xor(done), draw.xor(f"{block.name}_e")]
        first, last = self.add(block.parts[0])
        self.flow(again, first)
        self.flow(last, ask)
        self.flow(ask, done)
        self.flow(done, again, f"{block.name}_v == 1")
        self.flow(done, f"{block.name}_e", f"{block.name}_v == 2")
        return again, f"{block.name}_e"

    def _sub(self, block: Block) -> tuple[str, str]:
        nodes, flows = whole(block.parts[0], block.name)
        self.nodes.append(draw.sub(block.name, nodes, flows))
        return block.name, block.name

    def _edged(self, block: Block, *, interrupting: bool) -> str:
        nodes, flows = whole(block.parts[0], block.name)
        self.nodes.append(draw.sub(block.name, nodes, flows))
        late = f"{block.name}_t"
        self.nodes.append(
            draw.edge(late, block.name, draw.timer(f"'PT{block.minutes}M'"), interrupting=interrupting)
        )
        first, last = self.add(block.parts[1])
        self.flow(late, first)
        return last

    def _cut(self, block: Block) -> tuple[str, str]:
        last = self._edged(block, interrupting=True)
        merge = f"{block.name}_m"
        self.nodes.append(draw.xor(merge))
        self.flow(last, merge)
        self.flow(block.name, merge)
        return block.name, merge

    def _aside(self, block: Block) -> tuple[str, str]:
        last = self._edged(block, interrupting=False)
        self.nodes.append(draw.end(f"{block.name}_x"))
        self.flow(last, f"{block.name}_x")
        return block.name, block.name

    def _race(self, block: Block) -> tuple[str, str]:
        gate, merge = f"{block.name}_g", f"{block.name}_m"
        self.nodes += [draw.first(gate), draw.xor(merge)]
        for place, part in enumerate(block.parts):
            event = f"{block.name}_t{place}"
            self.nodes.append(draw.catch(event, draw.timer(f"'PT{block.minutes + 7 * place}M'")))
            first, last = self.add(part)
            self.flow(gate, event)
            self.flow(event, first)
            self.flow(last, merge)
        return gate, merge


def whole(block: Block, prefix: str = "p") -> tuple[list[str], str]:
    """Draw a block as a whole scope: nodes and flows."""
    sheet = Sheet()
    first, last = sheet.add(block)
    sheet.nodes += [draw.start(f"{prefix}_start"), draw.end(f"{prefix}_end")]
    sheet.flow(f"{prefix}_start", first)
    sheet.flow(last, f"{prefix}_end")
    return sheet.nodes, "\n".join(sheet.flows)


# ---------------------------------------------------------------- as a model
class Model:
    """A running block. `open` are the names of open tasks; `values` is what the questions were answered."""

    def __init__(self, block: Block, world: World, scope: list[Model]) -> None:
        self.block, self.world, self.scope = block, world, scope
        self.inner: list[Model] = []
        self.asked = block.kind in ("xor", "or")
        self.left = 2 if block.kind in ("many", "serial") else 1
        self.done = block.kind == "auto"
        self.asides: list[Model] = []
        self.due: list[tuple[datetime, int]] = []
        kind = block.kind
        if kind in ("cut", "aside"):
            self.due = [(world.now + timedelta(minutes=block.minutes), 0)]
        if kind == "race":
            self.due = [(world.now + timedelta(minutes=block.minutes + 7 * place), place) for place in (0, 1)]
        if kind in ("seq", "loop", "sub", "cut", "aside"):
            self.inner = [self._begin(0)]
        if kind == "and":
            self.inner = [self._begin(0), self._begin(1)]
        self.settle()

    def _begin(self, place: int) -> Model:
        inside = self.block.kind in ("sub", "cut", "aside") and place == 0
        return Model(self.block.parts[place], self.world, self.asides if inside else self.scope)

    def open(self) -> list[str]:
        if self.done:
            return []
        block = self.block
        own = {"task": 1, "serial": 1, "many": self.left}.get(block.kind, 0)
        names = [block.name] * own + ([f"{block.name}_q"] if self.asked else [])
        return names + [name for part in [*self.inner, *self.asides] for name in part.open()]

    def timers(self) -> list[tuple[datetime, Model, int]]:
        if self.done:
            return []
        own = [(moment, self, place) for moment, place in self.due]
        return own + [timer for part in [*self.inner, *self.asides] for timer in part.timers()]

    def complete(self, name: str, value: int) -> bool:
        """Complete a task; tell whether it was here."""
        if self.done or name not in self.open():
            return False
        if name == self.block.name and self.block.kind in LEAVES:
            self.left -= 1
            self.done = self.left == 0 or self.block.kind == "task"
        elif name == f"{self.block.name}_q":
            self._answer(value)
        else:
            any(part.complete(name, value) for part in [*self.inner, *self.asides])
        self.settle()
        return True

    def _answer(self, value: int) -> None:
        self.asked = False
        if self.block.kind == "loop":
            if value == 1:
                self.inner = [self._begin(0)]
            else:
                self.done = True
        elif self.block.kind == "xor":
            self.inner = [self._begin(value - 1)]
        else:
            self.inner = [self._begin(place) for place in (0, 1) if value in (place + 1, 3)]

    def fire(self, place: int) -> None:
        """Let a timer of this block fire."""
        kind = self.block.kind
        self.due = []
        if kind == "race":
            self.inner = [self._begin(place)]
        elif kind == "cut":
            self.asides = []
            self.inner = [self._begin(1)]
        else:
            self.scope.append(self._begin(1))

    def settle(self) -> None:
        """Go on where a part has become done."""
        kind = self.block.kind
        for part in [*self.inner, *self.asides]:
            part.settle()
        if self.done or kind in LEAVES or self.asked:
            return
        ready = all(part.done for part in [*self.inner, *self.asides]) and bool(self.inner)
        if kind == "seq" and ready and len(self.inner) < len(self.block.parts):
            self.inner.append(self._begin(len(self.inner)))
            self.settle()
        elif kind == "loop" and ready:
            self.asked = True
        elif ready:
            self.done, self.due = True, []


class World:
    """A model process with its clock."""

    def __init__(self, block: Block, now: datetime) -> None:
        self.now = now
        self.asides: list[Model] = []
        self.model = Model(block, self, self.asides)

    @property
    def open(self) -> list[str]:
        return sorted(name for part in [self.model, *self.asides] for name in part.open())

    @property
    def completed(self) -> bool:
        return all(part.done for part in [self.model, *self.asides])

    def _settle(self) -> None:
        for part in [self.model, *self.asides]:
            part.settle()

    def complete(self, name: str, value: int) -> None:
        any(part.complete(name, value) for part in [self.model, *self.asides])
        self._settle()

    def next_due(self) -> datetime | None:
        return min((moment for moment, _, _ in self._timers()), default=None)

    def _timers(self) -> list[tuple[datetime, Model, int]]:
        return [timer for part in [self.model, *self.asides] for timer in part.timers()]

    def tick(self, now: datetime) -> None:
        """Let the clock come to `now`; what is due fires, the earliest first."""
        self.now = now
        for moment, model, place in sorted(self._timers(), key=lambda timer: timer[0]):
            if (
                moment <= now
                and (moment, place) in model.due
                and any(model is other for _, other, _ in self._timers())
            ):
                model.fire(place)
                self._settle()
