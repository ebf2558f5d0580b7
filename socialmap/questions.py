"""Understand a question as people type it: the place in it, and what is asked, as weighed alternatives."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from socialmap import geography, words

# How much a hit on each kind of alternative counts.
EXACT, GROUP, PART = 1.0, 0.9, 0.45
MAX_WORDS = 12
MIN_PREFIX = 5
# How alike two spellings are, of 100: likely the same word, and surely.
LIKELY, SURE = 81, 88


@dataclass
class Slot:
    """One thing that is asked: the words it was typed with, and the tokens that answer it, weighed."""

    typed: str
    tokens: dict[str, float]
    stems: frozenset[str]
    # A slot of several words says more than one of one word.
    bonus: float = 1.0
    corrected: str | None = None


@dataclass
class Question:
    """A question taken apart. `place` is what the text itself names; `nis` what is searched in."""

    text: str
    slots: list[Slot] = field(default_factory=list)
    place: geography.Place | None = None
    nis: str | None = None
    corrections: list[tuple[str, str]] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)

    @property
    def tokens(self) -> list[str]:
        return sorted({token for slot in self.slots for token in slot.tokens})


def understand(text: str, *, nis: str | None = None) -> Question:
    """Take a question apart: the place goes out of the words, what remains becomes slots."""
    rest, place = geography.split_place(text[:500])
    question = Question(text, place=place, nis=place.nis if place else nis)
    if place is None and nis is not None:
        here = geography.current(nis)
        question.nis = here.nis if here else nis
    asked = [word for word in rest if word not in words.FILLERS][:MAX_WORDS]
    if not asked:
        # Only fillers, such as `hulp`: then they are all there is to go by.
        asked = [word for word in rest if len(word) > 3][:MAX_WORDS]
    question.slots = _slots(asked, question)
    return question


def _slots(asked: list[str], question: Question) -> list[Slot]:
    stems = {word: words.stem(word) for word in asked}
    parts = {word: words.compound(word) for word in asked}
    bag = {token for word in asked for token in (stems[word], *parts[word])}
    # `papierwerk` is no question about work: a weak part has no synonyms of its own.
    weak = words.WEAK_PARTS - set(stems.values())
    groups = {number: used for number, used in words.groups_in(bag).items() if not used <= weak}
    question.groups = sorted(groups)
    slots: dict[frozenset[str], Slot] = {}
    for word in dict.fromkeys(asked):
        own = frozenset({stems[word]})
        slots[own] = Slot(word, {stems[word]: EXACT}, own)
        for part in words.strong_parts(word):
            slots[own].tokens.setdefault(part, PART)
    for number, used in groups.items():
        _add_group(slots, number, used, {w: {stems[w], *parts[w]} for w in asked})
    return list(slots.values())


def _add_group(
    slots: dict[frozenset[str], Slot], number: int, used: frozenset[str], by_word: Mapping[str, set[str]]
) -> None:
    """A synonym group answers the word it was met in; met over several words, it is a slot of its own."""
    token = words.group_token(number)
    for word, tokens in by_word.items():
        if used <= tokens:
            slots[frozenset({words.stem(word)})].tokens[token] = GROUP
            return
    typed = " ".join(word for word, tokens in by_word.items() if tokens & used)
    slots[frozenset({token})] = Slot(typed, {token: 1.0}, used, bonus=1.0 + 0.5 * len(used))


def correct(question: Question, known: Mapping[str, int], vocabulary: Iterable[tuple[str, str]]) -> None:
    """Where a slot occurs nowhere, take the nearest word that does, or the nearest place. Where only a part
    of a compound occurs, add a word that is nearly the same: it was probably meant."""
    choices = dict(vocabulary)
    for slot in unsure(question.slots, known):
        if slot.typed in choices:
            continue  # a word that people use, though no service does
        nowhere = not any(known.get(token) for token in slot.tokens)
        longest = _nearest_word(slot.typed, choices)
        if not nowhere and (longest is None or fuzz.ratio(slot.typed, longest) < SURE):
            continue
        score = fuzz.ratio(slot.typed, longest) if longest else 0.0
        place = _misspelt_place(question, slot, score)
        if place is not None:
            question.place, question.nis = place, place.nis
            question.slots.remove(slot)
            question.corrections.append((slot.typed, place.label))
        elif longest is not None:
            slot.corrected = longest
            slot.tokens |= {choices[longest]: 0.9}
            for number in words.groups_in({choices[longest]}):
                slot.tokens.setdefault(words.group_token(number), 0.8)
            question.corrections.append((slot.typed, longest))


def unsure(slots: Iterable[Slot], known: Mapping[str, int]) -> list[Slot]:
    """Slots of which neither the word nor a synonym occurs anywhere: typing errors, or parts at most."""
    return [
        slot
        for slot in slots
        if not any(known.get(token) for token, weight in slot.tokens.items() if weight > PART)
    ]


def _nearest_word(typed: str, choices: Mapping[str, str]) -> str | None:
    if len(typed) >= MIN_PREFIX:
        begun = next((word for word in choices if word.startswith(typed)), None)
        if begun is not None:
            return begun
    for word, score, _index in process.extract(
        typed, choices.keys(), scorer=fuzz.ratio, score_cutoff=LIKELY, limit=5
    ):
        # Who mistypes rarely misses the first letter; another one is mostly another word.
        if word[0] == typed[0] or (score >= SURE and len(typed) >= 8):
            return word
    return None


def _misspelt_place(question: Question, slot: Slot, beat: float) -> geography.Place | None:
    if question.nis is not None or len(slot.typed) < 4:
        return None
    near = geography.suggest(slot.typed, limit=1)
    if near and fuzz.ratio(slot.typed, words.fold(near[0].label)) >= max(beat, 84):
        return near[0]
    return None
