"""Reading money received out of a spreadsheet, or an export of a bank or a payment service. Pure.

    table     a file as text, rows of cells and headings
    headings  what columns are called, by banks and payment services, in five languages
    cells     a day, an amount, as people write them
    reading   the layout of a file (guessed, or chosen), and each row as a line, or with the reason why it is none

Note [Guesses are shown]
    What a file does not say by itself is guessed: which column is what, whether the day or the month comes first,
    which sign parts decimals. All of it is shown over the rows as they are read, and can be chosen otherwise, before
    anything is imported. A row that can be read in no way or in two is left out and says why; it is never bent.
"""

from quests.spreadsheet.cells import DayOrder
from quests.spreadsheet.headings import ColumnRole
from quests.spreadsheet.reading import Choices, Foreign, MoneyOut, Preview, RevenueLine, SheetRow, preview
from quests.spreadsheet.table import BYTES_MAX, COLUMNS_MAX, LINES_MAX, Table, parse

__all__ = [
    "BYTES_MAX",
    "COLUMNS_MAX",
    "LINES_MAX",
    "Choices",
    "ColumnRole",
    "DayOrder",
    "Foreign",
    "MoneyOut",
    "Preview",
    "RevenueLine",
    "SheetRow",
    "Table",
    "parse",
    "preview",
]
