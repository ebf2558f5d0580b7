"""Dutch words as people type them, turned into the tokens both databases merely match (ADR 0004)."""

import csv
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import snowballstemmer

DATA = Path(__file__).parent / "data"

_WORD = re.compile(r"[a-z0-9]+")
_SPECIAL = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "đ": "d", "ł": "l", "\u2019": "'"})
_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
_LONG_VOWEL = re.compile(r"(aa|ee|oo|uu)")


def listed(name: str) -> frozenset[str]:
    """The words of a list in `data/`; lines that begin with # explain."""
    with (DATA / name).open(encoding="utf-8") as lines:
        return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


FILLERS = listed("fillers.txt")
# Parts too general to carry a compound on their own.
WEAK_PARTS = frozenset({"hulp", "dienst", "vrag", "zorg", "hus", "centrum", "werk", "verlen"})
MIN_PART = 4


def fold(text: str) -> str:
    """Lower case without accents: `Geïntegreerd` becomes `geintegreerd`."""
    if text.isascii():
        return text.lower()
    return _MARKS.sub("", unicodedata.normalize("NFKD", text.lower().translate(_SPECIAL)))


def split(text: str) -> list[str]:
    """The words of a text, folded; `O.C.M.W.` and `o c m w` are the one word `ocmw`."""
    words = _WORD.findall(fold(text))
    if not any(len(word) == 1 for word in words):
        return words
    result: list[str] = []
    letters: list[str] = []
    for word in words:
        if len(word) == 1 and word.isalpha():
            letters.append(word)
            continue
        _close_letters(letters, result)
        result.append(word)
    _close_letters(letters, result)
    return result


def _close_letters(letters: list[str], result: list[str]) -> None:
    if len(letters) > 1:
        result.append("".join(letters))
    letters.clear()


_stemmer = snowballstemmer.stemmer("dutch_porter")


@cache
def stem(word: str) -> str:
    """The Porter stem, with the ends that Dutch spelling varies made equal: dakloz(en) and daklo(o)s meet."""
    if word.isdigit() or len(word) < 4:
        return word
    result: str = _LONG_VOWEL.sub(lambda m: m.group(1)[0], _stemmer.stemWord(word))
    if len(result) > 3:
        result = {"z": result[:-1] + "s", "v": result[:-1] + "f"}.get(result[-1], result)
        if result.endswith("heid"):
            result = result[:-4]
    return result


@cache
def _parts() -> frozenset[str]:
    return listed("compounds.txt")


@cache
def compound(word: str) -> tuple[str, ...]:
    """The stems of the known words that make up a compound, linking -s- and -en- left out; empty if none.

    `schuldbemiddeling` gives schuld and bemiddel. A known head or tail is enough: what remains must be at
    least four letters, so that no word falls apart by chance.
    """
    if len(word) < 2 * MIN_PART or word in _parts():
        return ()
    for cut in range(len(word) - MIN_PART, MIN_PART - 2, -1):
        head, tail = word[:cut], word[cut:]
        for known in (
            head,
            head[:-1] if head.endswith("s") else "",
            head[:-2] if head.endswith("en") else "",
        ):
            if len(known) > 2 and known in _parts():
                rest = compound(tail) or (stem(tail),)
                return (stem(known), *rest)
    for cut in range(MIN_PART, len(word) - MIN_PART + 1):
        if word[cut:] in _parts():
            return (stem(word[:cut].removesuffix("s")), stem(word[cut:]))
    return ()


def strong_parts(word: str) -> tuple[str, ...]:
    """The parts of a compound that may stand for it in a query."""
    return tuple(part for part in compound(word) if part not in WEAK_PARTS and len(part) > 2)


@cache
def synonym_groups() -> tuple[tuple[frozenset[str], ...], ...]:
    """Groups of expressions that mean the same; each expression as the set of its stems."""
    with (DATA / "synonyms.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(
        tuple(s for s in (_bag(text) for text in [row["term"], *row["same"].split(";")]) if s) for row in rows
    )


def _bag(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in split(text) if word not in FILLERS)


@cache
def _groups_by_stem() -> dict[str, tuple[tuple[int, frozenset[str]], ...]]:
    found: dict[str, list[tuple[int, frozenset[str]]]] = {}
    for number, group in enumerate(synonym_groups()):
        for expression in group:
            found.setdefault(min(expression), []).append((number, expression))
    return {key: tuple(value) for key, value in found.items()}


def groups_in(stems: Iterable[str]) -> dict[int, frozenset[str]]:
    """Synonym groups of which an expression occurs in a set of stems, with the stems it used."""
    bag = frozenset(stems)
    found: dict[int, frozenset[str]] = {}
    for one in bag:
        for number, expression in _groups_by_stem().get(one, ()):
            if expression <= bag and len(expression) > len(found.get(number, ())):
                found[number] = expression
    return found


@cache
def synonym_words() -> tuple[tuple[str, str], ...]:
    """Every single word of the synonym groups with its stem: what people say, also where no service does."""
    with (DATA / "synonyms.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    said = {word for row in rows for text in [row["term"], *row["same"].split(";")] for word in split(text)}
    return tuple((word, stem(word)) for word in sorted(said) if len(word) >= MIN_PART and word not in FILLERS)


def group_token(number: int) -> str:
    return f"syn{number}"


@cache
def _tokens_of(word: str) -> tuple[str, ...]:
    return (stem(word), *compound(word))


def tokens(text: str | None) -> set[str]:
    """What is stored of a text: stems, parts of compounds, and a token per synonym group."""
    return tokens_of(split(text)) if text else set()


def tokens_of(words: Iterable[str]) -> set[str]:
    """The same for words that were split already."""
    found = {token for word in words if word not in FILLERS for token in _tokens_of(word)}
    found.update(group_token(number) for number in groups_in(found))
    return found
