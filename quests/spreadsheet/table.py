"""A file as a table: its text, what separates its cells, its headings and its rows."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import StringIO

from quests.spreadsheet.cells import amount_of, numbers_of
from quests.spreadsheet.headings import is_heading
from saas.kernel.errors import Invalid

BYTES_MAX = 512 * 1024
LINES_MAX = 5000
COLUMNS_MAX = 60
LINES_LOOKED_AT = 20
"""How many lines decide by which character the file separates its columns, and where its headings are."""

SAVE_AS = "Save or export the list as CSV and try again."
KINDS = (
    (b"PK\x03\x04", "This is an Excel, Numbers or ZIP file, not a CSV."),
    (b"\xd0\xcf\x11\xe0", "This is an old Excel file, not a CSV."),
    (b"%PDF", "This is a PDF, not a CSV."),
    (b"\x89PNG", "This is a picture, not a CSV."),
    (b"\xff\xd8\xff", "This is a picture, not a CSV."),
    (b"GIF8", "This is a picture, not a CSV."),
)
"""How files begin that people take for a spreadsheet, and what to say."""

_CONTROLS = frozenset(map(chr, {*range(32)} - {9, 10, 13})) | {"\x7f"}


@dataclass(frozen=True)
class Table:
    """The rows of a file with the numbers of their lines, below its headings, which may be none.

    `fingerprint` is the same for the same file.
    """

    fingerprint: str
    headings: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    delimiter: str

    @property
    def width(self) -> int:
        """Return how many columns there are."""
        return max(len(self.headings), max(len(cells) for _, cells in self.rows))


def parse(content: bytes) -> Table:
    """Return the table in a file with commas, semicolons or tabs. Raises Invalid, in words, for what is none."""
    if len(content) > BYTES_MAX:
        raise Invalid(f"The file is too large: at most {BYTES_MAX // 1024} kB. Split it and import the parts.")
    text = _text(content)
    delimiter = _delimiter(text)
    rows = [(n, tuple(map(str.strip, row))) for n, row in _parsed(text, delimiter) if any(map(str.strip, row))]
    headings, rows = _headings(rows)
    if not rows:
        raise Invalid("The file is empty. Each line needs a date and an amount: 2026-11-30, 1500.00, Fair")
    if len(rows) > LINES_MAX:
        raise Invalid(f"The file has {len(rows):,} lines. Import at most {LINES_MAX:,} at once.")
    table = Table(sha256(content).hexdigest(), headings, tuple(rows), delimiter)
    if table.width > COLUMNS_MAX:
        raise Invalid(f"The file has {table.width} columns, at most {COLUMNS_MAX} can be read. {SAVE_AS}")
    return table


def _text(content: bytes) -> str:
    for beginning, words in KINDS:
        if content.startswith(beginning):
            raise Invalid(f"{words} {SAVE_AS}")
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROLS.isdisjoint(text):
            return text
    raise Invalid(f"The file is not text. {SAVE_AS}")


def _delimiter(text: str) -> str:
    """Return the character that cuts the most of the first lines into a day and an amount."""
    beginning = "\n".join(text.split("\n", LINES_LOOKED_AT)[:LINES_LOOKED_AT])
    return max(";\t,", key=lambda delimiter: _fitting(beginning, delimiter))


def _parsed(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    rows, number = [], 1
    try:
        for row in reader:
            rows.append((number, row))
            number = reader.line_num + 1
    except csv.Error as error:
        raise Invalid("The file is not a CSV: a line is too long or its quotes do not match.") from error
    return rows


def _fitting(text: str, delimiter: str) -> tuple[int, int]:
    """Return how many lines have a day and an amount when they are cut here, and how many are cut at all."""
    rows = [[*map(str.strip, row)] for _, row in _parsed(text, delimiter) if len(row) > 1]
    dated = [row for row in rows if any(numbers_of(cell) for cell in row)]
    return sum(1 for row in dated if any(_is_amount(cell) for cell in row)), len(rows)


def _is_amount(cell: str) -> bool:
    return amount_of(cell).value is not None


Rows = list[tuple[int, tuple[str, ...]]]


def _headings(rows: Rows) -> tuple[tuple[str, ...], Rows]:
    """Return the headings and what is below: a bank may write of the account above them."""
    for place, (_, cells) in enumerate(rows[:LINES_LOOKED_AT]):
        if is_heading(cells):
            return cells, rows[place + 1 :]
    if rows and not any(map(str.isdigit, "".join(rows[0][1]))):
        return rows[0][1], rows[1:]
    return (), rows


def cells_of(rows: Sequence[tuple[int, tuple[str, ...]]], column: int) -> list[str]:
    """Return the cells of a column that say something."""
    return [cells[column] for _, cells in rows if column < len(cells) and cells[column]]
