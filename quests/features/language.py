"""The language of a goal: English, German, French, Spanish or Italian."""

from functools import cache
from typing import TYPE_CHECKING

from quests.features.knowledge import LANGUAGES

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

TEXT_LENGTH_MAX = 600
"""Characters that are looked at: more of them tell nothing new."""

DEFAULT = "en"

SMALL_WORDS: dict[str, str] = {
    "en": "the of and our we with for from is are this new by sell buy pay save get my your an to a",
    "de": "der die das und für mit von im wir ein eine einen neue neuer neuen bis zum zur unser ich den dem auf",
    "fr": "le la les des du de et pour avec un une nous nouveau nouvelle avant notre nos au aux sur dans en l d par",
    "es": "el la los las del y para con una nuevo nueva antes nuestro un por al mi en de que cada",
    "it": "il la gli dei della e per con una nuovo nuova prima nostro un di del nel lo i l entro che al",
}
"""Words of two or three languages count for each of them."""

LETTERS: dict[str, str] = {"de": "äöüß", "fr": "éèêëçœàâîôûù", "es": "ñ¿¡íóá", "it": "ìò"}


def language_of(title: str, description: str = "") -> str:
    """Return the language of a goal's texts, `en` where they do not tell.

    Small words decide where they agree: a model of letters errs on titles of two words. Texts without a single word
    of a language are left to the model.
    """
    text = f"{title}. {description}"[:TEXT_LENGTH_MAX]
    if not any(word.isalpha() and len(word) > 1 for word in text.replace(".", " ").split()):
        return DEFAULT
    scores = _scores(text)
    best, second = sorted(scores.values(), reverse=True)[:2]
    if best > second:
        return max(scores, key=scores.__getitem__)
    return str(identifier().classify(text)[0])


def _scores(text: str) -> dict[str, int]:
    """Return how much speaks for each language: one for a small word, one for a letter that is its own."""
    words = "".join(c if c.isalpha() else " " for c in text.casefold()).split()
    known = _small_words()
    scores = dict.fromkeys(LANGUAGES, 0)
    for word in words:
        for language in known.get(word, ()):
            scores[language] += 2
    for language, letters in LETTERS.items():
        scores[language] += len(set(letters).intersection(text.casefold()))
    return scores


@cache
def _small_words() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for language, words in SMALL_WORDS.items():
        for word in words.split():
            found.setdefault(word, []).append(language)
    return found


@cache
def identifier() -> "LanguageIdentifier":
    """Return the model, restricted to our languages. Loading takes half a second, so `load` does it at the start.

    A restricted model keeps the whole one beside it, 20 MB a process: what we need becomes a model of its own.
    """
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    all_ = LanguageIdentifier.from_model_file(MODEL_FILE)
    all_.set_languages(list(LANGUAGES))
    return LanguageIdentifier(
        all_.nb_ptc, all_.nb_pc, all_.nb_classes, all_.tk_nextmove, all_.tk_output, tk_row=all_.tk_row
    )


def load() -> None:
    """Load the model, so that no request waits for it."""
    identifier()
