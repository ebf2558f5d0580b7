"""The names in how somebody is described: `my sister Rita Maes` is called Rita and Maes, never `my`.

Words that every text holds would black out whole packages; a name typed in lower case is a name still. So
what counts is every word but those of ordinary language, not the words with a capital.
"""

import re

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
