"""The names in how somebody is described: `my sister Rita Maes` is called Rita and Maes, never `my`.

Words that every text holds would black out whole packages; a name typed in lower case is a name still. So
what counts is every word but those of ordinary language, not the words with a capital.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz import fuzz

from intake.persons import NAME_ALONE, NAME_WITH_BIRTH, sound
from socialmap.words import fold

# Articles, pronouns, parts of surnames, and what joins them, in Dutch, French, English and German.
_FUNCTION = """
de het een der den des dat die dit deze wie wat mijn mij me mn jouw jou je uw zijn zij ze hij haar hen hun
ik ons onze wij we van vande vanden vander op onder over te ten ter tot aan bij in uit naar met voor en of
als ook is was heb heeft hebben had mag mogen wil weten zal kan moet heet heten woont wonen werkt komt
niet geen alle al el er nu nog vroeger vorige andere eigen le la les un une du au aux et ou mon ma mes ton
ta tes son sa ses notre nos votre vos leur leurs qui que avec chez dans sur pas ne the an my your his her
its our their and or from with who that this at not no das ein eine einen einem einer mein meine meinen
meiner dein deine sein seine ihr ihre unser unsere von vom zu zum zur und oder mit bei im am nicht kein
keine
"""
# Who somebody is to somebody, in the same languages.
_RELATION = """
zus zuster zusje broer broertje moeder mama mam vader papa ouder ouders man vrouw echtgenoot echtgenote ex
exman exvrouw buurman buurvrouw buren buur zoon zoontje dochter dochtertje kind kinderen oom nonkel tante
neef nicht neefje nichtje vriend vriendin vrienden partner opa oma grootvader grootmoeder kleinzoon
kleindochter schoonmoeder schoonvader schoonbroer schoonzus schoonzoon schoondochter stiefvader
stiefmoeder stiefzoon stiefdochter pleegmoeder pleegvader plusmama pluspapa collega baas werkgever
huisbaas verhuurder kennis begeleider dokter huisarts dhr mevr mevrouw meneer mijnheer heer dame familie
gezin soeur sœur frère frere mère mere maman père pere parents parent mari femme époux épouse fils fille
oncle cousin cousine neveu nièce voisin voisine ami amie copain copine compagnon compagne conjoint
grand-mère grand-père belle-mère beau-père monsieur madame famille patron propriétaire collègue médecin
sister brother mother mum mom mummy father dad daddy husband wife spouse neighbour neighbor son daughter
child children uncle aunt nephew niece friend boyfriend girlfriend grandmother grandfather stepmother
stepfather mr mrs ms miss family colleague landlord employer boss doctor schwester bruder mutter vater
mann frau ehemann ehefrau nachbar nachbarin sohn tochter onkel neffe nichte freund freundin großmutter
großvater herr kollege kollegin vermieter chef arzt ärztin
"""
FUNCTION_WORDS, RELATION_WORDS = frozenset(_FUNCTION.split()), frozenset(_RELATION.split())
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_OWNED = re.compile(r"['’]s$", re.IGNORECASE)  # `Rita's` is about Rita
_RUN = re.compile("(?:[^\\W\\d_][\u0300-\u036f]*)+")  # letters, with accents written apart
_JOINED = re.compile(r"[\s'’-]*")
SHORTEST, SHORTEST_PLAIN = 3, 4  # shorter words are not guessed at; nor are three letters without a capital


def names_of(described: str) -> set[str]:
    """The words by which the described person is called, in any case of letters.

    Whom nobody named (`de buurman`) is called as described: only those very words are left out.
    """
    words = [_OWNED.sub("", word) for word in _WORD.findall(described)]
    names = {word for word in words if len(word) > 1 and not _is_ordinary(word)}
    if names:
        return names
    is_told = any(_parts(word) & RELATION_WORDS for word in words)
    return {" ".join(described.split())} if is_told else set()


def _is_ordinary(word: str) -> bool:
    folded = word.lower()
    return folded in RELATION_WORDS or _parts(word) <= FUNCTION_WORDS | RELATION_WORDS


def _parts(word: str) -> set[str]:
    """`ex-man` is made of two words."""
    return {part for part in re.split(r"['’-]", word.lower()) if len(part) > 1}


# ---------------------------------------------------------------- found again in a text
@dataclass(frozen=True)
class Mention:
    """Where a text names somebody."""

    name: str
    start: int
    end: int


def mentions(text: str, names: Iterable[str]) -> list[Mention]:
    """Where these names stand in a text, without counting capitals, accents and slips of spelling.

    A name is likened as the search for persons does it: `Ritha`, `RITA` and `Rïta` are Rita, `Peters` is
    Peeters. What is no name (`de buurman`) counts in its own words only.
    """
    runs = list(_RUN.finditer(text))
    found = [mention for name in names for mention in _mentions(text, runs, name)]
    return sorted(found, key=lambda mention: (mention.start, -mention.end, mention.name))


def _mentions(text: str, runs: list[re.Match[str]], name: str) -> Iterator[Mention]:
    parts = [found[0] for found in _RUN.finditer(name)]
    is_described = " " in name
    joined = fold("".join(parts))
    for at, run in enumerate(runs):
        if not is_described and len(parts) > 1 and fold(run[0]) == joined:
            yield Mention(name, run.start(), run.end())
            continue
        those = runs[at : at + len(parts)]
        if len(those) < len(parts) or not _stand_together(text, those):
            continue
        pairs = zip(those, parts, strict=True)
        if all(
            fold(one[0]) == fold(part) or (not is_described and _alike(one[0], part)) for one, part in pairs
        ):
            yield Mention(name, run.start(), those[-1].end())


def _stand_together(text: str, runs: list[re.Match[str]]) -> bool:
    between = (text[a.end() : b.start()] for a, b in pairwise(runs))
    return all(_JOINED.fullmatch(gap) for gap in between)


def _alike(word: str, name: str) -> bool:
    """Whether a word is this name with a slip. Without a capital it must sound the same as well."""
    if min(len(word), len(name)) < SHORTEST or word.lower() in FUNCTION_WORDS | RELATION_WORDS:
        return False
    one, other = fold(word), fold(name)
    ratio, is_heard = fuzz.ratio(one, other), sound(one) == sound(other)
    if word[0].isupper():
        return ratio >= NAME_ALONE or (is_heard and ratio >= NAME_WITH_BIRTH)
    return min(len(word), len(name)) >= SHORTEST_PLAIN and is_heard and ratio >= NAME_ALONE


def without(text: str, names: Iterable[str], instead: str) -> str:
    """A text with something else where these names stood."""
    kept, at = [], 0
    for mention in mentions(text, names):
        if mention.start < at:
            continue
        kept += [text[at : mention.start], instead]
        at = mention.end
    return "".join((*kept, text[at:]))
