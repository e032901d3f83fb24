"""The noun that is counted, and its singular and plural."""

from quests.features.knowledge import Language, Lexicon

WINDOW = 3
PLURAL_ENDINGS = {"en": ("s", "men", "people", "children"), "fr": ("s", "x"), "es": ("s",), "it": ("i", "e")}
NO_PLURAL = ("ss", "us", "is")


def head_noun(words: list[str], language: str, lexicon: Lexicon) -> str:
    """Return the noun that a number counts, among the words behind it; empty where there is none.

    German writes nouns with a capital; elsewhere a plural is looked for first, adjectives stand before or after it.
    """
    near: list[str] = []
    for word in words[:WINDOW]:
        if not word[0].isalpha() or word.casefold() in lexicon["stop"]:
            if near or not word[0].isalpha():
                break
            if word.casefold() in PASSED:
                continue
            break
        near.append(word)
    if not near:
        return ""
    if language == "de":
        return next((word for word in near if word[0].isupper()), near[0])
    plurals = [word for word in near if is_plural(word, language)]
    if language == "en":
        return plurals[0] if plurals else near[-1]
    return plurals[0] if plurals else near[0]


def is_plural(word: str, language: str) -> bool:
    """Return whether a word looks like several; German plurals have no ending that tells."""
    low = word.casefold()
    return len(low) > 2 and low.endswith(PLURAL_ENDINGS.get(language, ())) and not low.endswith(NO_PLURAL)


PASSED = frozenset(
    {
        *("new", "more", "handmade", "homemade", "small", "big", "large", "private", "extra", "additional", "billable"),
        *("regular", "paying", "active", "monthly", "weekly", "long-term", "average"),
        *("neue", "neuen", "neuer", "weitere", "zusätzliche"),
        *("nouveaux", "nouvelles", "nouveau", "petits", "petites", "grands", "grandes", "de", "d"),
        *("derniers", "dernières", "premiers", "premières", "prochains", "prochaines"),
        *("letzten", "nächsten", "ersten", "freien"),
        *("últimos", "últimas", "primeros", "primeras", "próximos", "próximas"),
        *("ultimi", "ultime", "primi", "prime", "prossimi", "prossime"),
        *("nuevos", "nuevas", "nuevo", "nueva", "nuovi", "nuove", "nuovo", "nuova", "of"),
    }
)
"""Words between a number and its noun."""


def forms(noun: str, language: Language, *, is_plural: bool = False) -> tuple[str, str] | None:
    """Return singular and plural of a noun; None where the language's rules do not tell.

    Only Italian needs to know which of them is given: `riparazione` is one, `torte` are several.
    """
    key = noun.casefold()
    known = language.nouns.get(key)
    if known:
        return known
    if language.code == "de":
        return _german(noun, language) or _german_ending(noun, is_plural=is_plural)
    if language.code == "it":
        return _italian_plural(noun) if is_plural else _italian(noun)
    return RULES[language.code](noun)


def _german(noun: str, language: Language) -> tuple[str, str] | None:
    """Return the forms of a compound by its last part: Töpferkurs like Kurs."""
    key = noun.casefold()
    for start in range(2, len(key) - 2):
        if pair := language.nouns.get(key[start:]):
            head = noun[:start]
            return head + pair[0].casefold(), head + pair[1].casefold()
    return None


def _german_ending(noun: str, *, is_plural: bool) -> tuple[str, str]:
    """Return the forms of a noun by its ending; both alike where that does not tell."""
    low = noun.casefold()
    if is_plural:
        if low.endswith("innen"):
            return noun[:-3], noun
        if low.endswith(("ungen", "heiten", "keiten", "schaften", "ionen")):
            return noun[:-2], noun
        return (noun[:-1] if low.endswith("en") else noun), noun
    if low.endswith("in"):
        return noun, noun + "nen"
    if low.endswith(("ung", "heit", "keit", "schaft", "ion", "tät")):
        return noun, noun + "en"
    return noun, noun + ("n" if low.endswith("e") else "")


def _english(noun: str) -> tuple[str, str]:
    low = noun.casefold()
    if low.endswith("ies") and len(low) > 4:
        return noun[:-3] + "y", noun
    if low.endswith(("sses", "shes", "ches", "xes", "zes")):
        return noun[:-2], noun
    if low.endswith("s") and not low.endswith(NO_PLURAL):
        return noun[:-1], noun
    if low.endswith(("s", "sh", "ch", "x", "z")):
        return noun, noun + "es"
    if low.endswith("y") and low[-2:-1] not in "aeiou":
        return noun, noun[:-1] + "ies"
    return noun, noun + "s"


def _french(noun: str) -> tuple[str, str]:
    low = noun.casefold()
    if low.endswith("eaux"):
        return noun[:-1], noun
    if low.endswith("s"):
        return noun[:-1], noun
    if low.endswith(("x", "z")):
        return noun, noun
    if low.endswith(("eau", "eu")):
        return noun, noun + "x"
    if low.endswith("al"):
        return noun, noun[:-1] + "ux"
    return noun, noun + "s"


def _spanish(noun: str) -> tuple[str, str]:
    low = noun.casefold()
    if low.endswith("iones"):
        return noun[:-5] + "ión", noun
    if low.endswith("ces"):
        return noun[:-3] + "z", noun
    if low.endswith(("ores", "ales", "eles", "iles", "dades", "anes")):
        return noun[:-2], noun
    if low.endswith("s"):
        return noun[:-1], noun
    if low.endswith("ión"):
        return noun, noun[:-3] + "iones"
    if low.endswith("z"):
        return noun, noun[:-1] + "ces"
    return noun, noun + ("s" if low[-1:] in "aeioué" else "es")


def _italian_plural(noun: str) -> tuple[str, str]:
    ending = {"e": "a", "i": "o"}.get(noun[-1:].casefold(), noun[-1:])
    return noun[:-1] + ending, noun


def _italian(noun: str) -> tuple[str, str]:
    low = noun.casefold()
    if low.endswith(("à", "ù", "è", "ò")) or not low.endswith(("o", "a", "e", "i")):
        return noun, noun
    if low.endswith(("io",)):
        return noun, noun[:-1]
    if low.endswith(("co", "go")):
        return noun, noun[:-1] + "hi"
    if low.endswith(("ca", "ga")):
        return noun, noun[:-1] + "he"
    if low.endswith("o"):
        return noun, noun[:-1] + "i"
    return noun, noun[:-1] + ("e" if low.endswith("a") else "i")


RULES = {"en": _english, "fr": _french, "es": _spanish}
