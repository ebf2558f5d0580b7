"""Short random numbers for speech: `D-7F3K-2Q9`. They say nothing and cannot be guessed from one another.

Thirty-two characters without I, L, O and U; the last one checks the others, so that a slip of the tongue is
noticed before a wrong file opens.
"""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SOUNDS_LIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
SIZE = 6


def new(prefix: str) -> str:
    """A new number; meeting an existing one has a chance of one in a thousand million, and is refused."""
    body = "".join(secrets.choice(ALPHABET) for _n in range(SIZE))
    return _written(prefix, body)


def _written(prefix: str, body: str) -> str:
    whole = body + _check(body)
    return f"{prefix}-{whole[:4]}-{whole[4:]}"


def _check(body: str) -> str:
    return ALPHABET[sum((2 * i + 3) * ALPHABET.index(ch) for i, ch in enumerate(body)) % 32]


def read(text: str) -> str | None:
    """The number that someone typed or spelled, in its usual form; None when it is none or has a slip."""
    bare = text.strip().upper().replace("-", "").replace(" ", "")
    if len(bare) != SIZE + 2 or bare[0] not in "DMV":
        return None
    whole = bare[1:].translate(_SOUNDS_LIKE)
    if any(ch not in ALPHABET for ch in whole) or _check(whole[:-1]) != whole[-1]:
        return None
    return _written(bare[0], whole[:-1])
