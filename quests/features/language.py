"""The language of a goal: English, German, French, Spanish or Italian."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import pycld2

from quests.features import knowledge
from quests.features.knowledge import LANGUAGES

TEXT_LENGTH_MAX = 600
"""Characters that are looked at: more of them tell nothing new."""

DEFAULT = "en"

SMALL_WORDS: dict[str, str] = {
    "en": "the of and our we with for from is are this new by sell buy pay save get my your an to a"
    " more open hire fund launch fill clear raise debt loan rent tax roof trip"
    " per each week month",
    "de": "der die das und für mit von im wir ein eine einen neue neuer neuen bis zum zur unser ich den dem auf mehr"
    " verkaufen kaufen bezahlen zahlen eröffnen einstellen sparen zweite zweiter schulden kredit miete steuer"
    " pro woche monat",
    "fr": "le la les des du de et pour avec un une nous nouveau nouvelle avant notre nos au aux sur dans en l d par"
    " plus vendre acheter payer ouvrir embaucher épargner rénover seconde deuxième dette dettes prêt loyer lancer"
    " par mois semaine",
    "es": "el la los las del y para con una nuevo nueva antes nuestro un por al mi en de que cada más"
    " vender comprar pagar abrir contratar ahorrar segunda segundo deuda deudas préstamo alquiler"
    " semana a",
    "it": "il la gli dei della e per con una nuovo nuova prima nostro un di del nel lo l entro che al più"
    " vendere comprare pagare aprire assumere risparmiare seconda secondo debito debiti prestito affitto"
    " ogni settimana mese a",
}
"""Small words, and what goals begin with; words of two or three languages count for each of them."""

NEIGHBOURS: dict[str, str] = {"gl": "es", "pt": "es", "ca": "es", "co": "it", "oc": "fr", "lb": "de", "nl": "de"}
"""Languages that the library takes short titles of ours for."""

LETTERS: dict[str, str] = {"de": "äöüß", "fr": "éèêëçœàâîôûù", "es": "ñíóá", "it": "ìò"}


def language_of(title: str, description: str = "") -> str:
    """Return the language of a goal's texts, `en` where they do not tell.

    Small words decide, and words that our own phrases use: a model of letters errs on titles of two words. Where they
    do not, the library tells.
    """
    text = f"{title}. {description}"[:TEXT_LENGTH_MAX].casefold()
    words = "".join(c if c.isalpha() else " " for c in text).split()
    scores = _scores(words)
    best, second = sorted(scores.values(), reverse=True)[:2]
    if best > second:
        return max(scores, key=scores.__getitem__)
    # Words alone: the library refuses control characters.
    _, _, guesses = pycld2.detect(" ".join(words), bestEffort=True)
    found = (NEIGHBOURS.get(code, code) for _, code, *_ in guesses)
    return next((code for code in found if code in LANGUAGES), DEFAULT)


def _scores(words: Sequence[str]) -> dict[str, int]:
    """Return how much speaks for each language: two for a small word, one for a letter or a word of its own."""
    known = _small_words()
    scores = dict.fromkeys(LANGUAGES, 0)
    for word in words:
        for language in known.get(word, ()):
            scores[language] += 2
    characters = set().union(*words)
    for language, letters in LETTERS.items():
        scores[language] += len(characters.intersection(letters)) + len(_own_words(language).intersection(words))
    return scores


@cache
def _own_words(code: str) -> frozenset[str]:
    """Return the words of a language's table that no other of our languages uses."""
    return _vocabulary(code).difference(*(_vocabulary(other) for other in LANGUAGES if other != code))


@cache
def _vocabulary(code: str) -> frozenset[str]:
    """Return the words that stand in a language's table, and its numbers."""
    text = "".join(c if c.isalpha() else " " for c in " ".join(_texts(knowledge.language(code).table)).casefold())
    return frozenset((*text.split(), *knowledge.lexicon().numbers[code]))


def _texts(table: Any) -> Iterator[str]:
    if isinstance(table, str):
        yield table
        return
    for value in table.values() if isinstance(table, dict) else table if isinstance(table, list) else ():
        yield from _texts(value)


@cache
def _small_words() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for language, words in SMALL_WORDS.items():
        for word in words.split():
            found.setdefault(word, []).append(language)
    return found
