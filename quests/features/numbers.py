"""A number of a text with the words around it."""

from dataclasses import dataclass
from decimal import Decimal

from quests.features.knowledge import Lexicon
from quests.features.tokens import Token

NEAR = 6
"""Words on either side of a number that may say what it is."""


@dataclass(frozen=True)
class Number:
    """A number with the words around it: nearest first, within its clause."""

    token: Token
    value: Decimal
    before: list[Token]
    after: list[Token]
    sentence: set[str]
    in_title: bool
    money: bool
    percent: bool
    earlier: str = ""

    def meanings(self, lexicon: Lexicon, *, after: bool = True, before: bool = True) -> list[set[str]]:
        """Return what the words around it mean, those behind it first."""
        near = [*(self.after if after else []), *(self.before if before else [])]
        return [lexicon.words.of(token.key) for token in near]


def words_near(text: list[Token], places: range, token: Token) -> list[Token]:
    """Return the tokens of the same clause up to the next number, or to a colon with words before it."""
    found: list[Token] = []
    for place in places:
        other = text[place]
        if other.clause != token.clause or other.value is not None:
            break
        if other.key == ":" and found:
            break
        if other.key != ":":
            found.append(other)
    return found
