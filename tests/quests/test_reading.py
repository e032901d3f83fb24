"""A spreadsheet, or an export of a bank, read as money received: what is guessed, what is left out and why."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quests.spreadsheet import (
    BYTES_MAX,
    LINES_MAX,
    Choices,
    ColumnRole,
    DayOrder,
    Foreign,
    MoneyOut,
    Preview,
    parse,
    preview,
)
from saas.kernel.errors import Invalid

pytestmark = pytest.mark.fast


def read(content: str | bytes, currency: str = "USD", **choices: Any) -> Preview:
    table = parse(content if isinstance(content, bytes) else content.encode())
    return preview(table, currency=currency, choices=Choices(**choices))


def said(sheet: Preview) -> list[str]:
    """Return each row as it is read, or its reason."""
    return [
        f"{row.line.received_on} {row.line.amount:.2f} {row.line.note}" if row.line else row.reason
        for row in sheet.rows
    ]


EXPORTS = {
    "Stripe": (
        "id,Type,Source,Amount,Fee,Net,Currency,Created (UTC),Available On (UTC),Description\n"
        'txn_1,charge,ch_1,"1,500.00",43.80,1456.20,usd,2026-11-03 10:12,2026-11-05 00:00,Catering\n'
        "txn_2,payout,po_1,-900.00,0.00,-900.00,usd,2026-11-04 10:12,2026-11-05 00:00,STRIPE PAYOUT\n",
        "USD",
        ["2026-11-03 1500.00 Catering", "money that went out"],
    ),
    "PayPal": (
        '"Datum","Uhrzeit","Zeitzone","Name","Typ","Status","Währung","Brutto","Gebühr","Netto","Transaktionscode"\n'
        '"03.11.2026","10:12:13","CET","Ann","Zahlung","Abgeschlossen","EUR","1.500,00","-37,70","1.462,30","5A"\n'
        '"04.11.2026","10:12:13","CET","Bea","Zahlung","Ausstehend","EUR","20,00","-0,90","19,10","5B"\n'
        '"05.11.2026","10:12:13","CET","Cem","Zahlung","Abgeschlossen","USD","20,00","-0,90","19,10","5C"\n',
        "EUR",
        ["2026-11-03 1500.00 Ann", "its state is “Ausstehend”", "the amount is in USD, not in EUR"],
    ),
    "Revolut": (
        "Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\n"
        "TOPUP,Current,2026-11-02 23:59:01,2026-11-03 00:00:01,Payment from Ann,80.00,0.00,GBP,COMPLETED,100.00\n"
        "CARD_PAYMENT,Current,2026-11-04 09:00:00,,Flour,-20.00,0.00,GBP,REVERTED,80.00\n",
        "GBP",
        ["2026-11-03 80.00 Payment from Ann", "its state is “REVERTED”"],
    ),
}


@pytest.mark.parametrize("source", EXPORTS)
def test_an_export_of_a_payment_service_is_known_by_its_headings(source: str) -> None:
    content, currency, expected = EXPORTS[source]
    sheet = read(content, currency)
    assert (sheet.source, said(sheet)) == (source, expected)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "Konto;DE12\nStand;30.11.2026\n\nBuchungstag;Valutadatum;Verwendungszweck;Betrag (EUR);Saldo\n"
            "03.11.26;04.11.26;Rechnung 7;1.234,50;9.000,00\n04.11.26;04.11.26;Miete;-800,00;8.200,00\n",
            ["2026-11-03 1234.50 Rechnung 7", "money that went out"],
        ),
        (
            "Date opération;Libellé;Débit;Crédit\n03/11/2026;VIREMENT ANN;;1 234,50\n13/11/2026;LOYER;-800,00;\n",
            ["2026-11-03 1234.50 VIREMENT ANN", "money that went out"],
        ),
        ("Fecha operación;Concepto;Importe\n13/11/2026;Factura 7;1.234,50 €\n", ["2026-11-13 1234.50 Factura 7"]),
        (
            "Data contabile;Data valuta;Descrizione;Importo\n13/11/2026;14/11/2026;Fattura 7;1.234,50\n",
            ["2026-11-13 1234.50 Fattura 7"],
        ),
        (
            "Date,Description,Money In,Money Out,Balance\n13/11/2026,Ann,20.00,,5\n14/11/2026,Rent,,9.00,5\n",
            ["2026-11-13 20.00 Ann", "money that went out"],
        ),
    ],
    ids=["German", "French", "Spanish", "Italian", "English"],
)
def test_statements_of_banks_are_read_in_five_languages(content: str, expected: list[str]) -> None:
    for encoded in (content.encode(), content.encode("cp1252"), b"\xff\xfe" + content.encode("utf-16-le")):
        assert said(read(encoded, "EUR")) == expected


def test_columns_without_a_known_heading_are_known_by_what_is_in_them() -> None:
    assert said(read("What,How much,When\nFair,1500.00,2026-11-03\n")) == ["2026-11-03 1500.00 Fair"]
    assert said(read("Fair,2026-11-03,1500.00\n")) == ["2026-11-03 1500.00 Fair"]


def test_what_is_chosen_wins_over_what_is_guessed() -> None:
    content = "Paid;Net;Gross;Booked\n03/11/2026;1.234;9;04/12/2026\n"
    roles = (ColumnRole.DATE, ColumnRole.AMOUNT, ColumnRole.NOTE, ColumnRole.IGNORE)
    assert said(read(content, roles=roles, days=DayOrder.MONTH_FIRST)) == ["2026-03-11 1234.00 9"]
    assert said(read(content, roles=roles, days=DayOrder.DAY_FIRST, decimal="."))[0].startswith(
        "“.” separates thousands"
    )
    out = "Buchungstag;Betrag;Saldo\n13.11.2026;-5,00;1\n"
    assert said(read(out, "EUR", out=MoneyOut.REFUND)) == ["2026-11-13 -5.00 "]
    foreign = "2026-11-13;5,00 €;\n"
    assert said(read(foreign)) == ["the amount is in €, not in USD"]
    assert said(read(foreign, foreign=Foreign.TAKE)) == ["2026-11-13 5.00 "]
    assert read("Date,Amount\n2026-11-13,5\n", roles=()).lines == ()


def test_rows_that_cannot_be_read_say_all_that_is_wrong_and_leave_the_others() -> None:
    sheet = read("2026-11-03,1500.00\nsoon,10.00\n2026-11-04,1_000\n,\n2026-02-30,\n31/31/2026,-5\n2026-11-05,0\n")
    assert said(sheet) == [
        "2026-11-03 1500.00 ",
        "“soon” is not a date like 2026-11-30 or 30/11/2026",
        "“1_000” is not an amount like 1500.00, $1,500.00 or 1.500,00 €",
        "there is no day “2026-02-30”, read as year/month/day; the amount is missing",
        "there is no day “31/31/2026”, read as day/month/year",
        "the amount is zero",
    ]
    assert [row.number for row in sheet.rows] == [1, 2, 3, 5, 6, 7]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1500.00", "1500.00"),
        ("$2,300.00", "2300.00"),
        ("(200.00)", "-200.00"),
        ("($2,300)", "-2300.00"),
        ("1.234,50 €", "1234.50"),
        ("€ -1.234.567,5", "-1234567.50"),
        ("-$80", "-80.00"),
        ("\u221280,10", "-80.10"),
        ("80.00-", "-80.00"),
        ("EUR 1\u00a0234,50", "1234.50"),
        ("1'234.50 CHF", "1234.50"),
        ("1,234", "1234.00"),
        ("1.234", "1234.00"),
        ("12,5", "12.50"),
        ("0.05", "0.05"),
    ],
)
def test_amounts_are_read_as_people_write_them(written: str, expected: str) -> None:
    for content in (f"2026-11-30;{written};Fair", f'2026-11-30,"{written}",Fair', f"2026-11-30\t{written}\tFair"):
        assert said(read(content, foreign=Foreign.TAKE)) == [f"2026-11-30 {expected} Fair"]


@pytest.mark.parametrize(
    "written",
    [
        *(
            "--5",
            "(-5)",
            "-5-",
            "1,23,456",
            "1.234.5",
            "0,125",
            "1,2345",
            "12.345,678",
            "$",
            "€5$",
            "1e3",
            "5%",
            "1 23",
        ),
        *("1 23", "", "1_000", "\u0661", "\uff15", "5" * 16, "1" * 13, "(5", "$2\u0000", "=5", "9" * 500),
    ],
)
def test_what_is_no_amount_is_left_out(written: str) -> None:
    with suppress(Invalid):  # no text at all
        assert read(f"2026-11-30;{written};Fair", foreign=Foreign.TAKE).lines == ()


@pytest.mark.parametrize("written", ["$2,300.00", "12,50", "1.234,50 €", "(2,300.00)", "12,50 €", "1,500"])
def test_an_amount_that_commas_cut_in_two_is_left_out(written: str) -> None:
    first, second = said(read(f"2026-11-30,{written},Fair\n2026-11-29,7.00,Fair"))
    assert "in quotes" in first and second == "2026-11-29 7.00 Fair"


def test_amounts_of_one_file_are_written_in_one_way() -> None:
    assert said(read("2026-11-29;1.234\n2026-11-30;12.50"))[1].startswith(
        "“.” separates decimals here and thousands in"
    )


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (("15/10/2026", "03/11/2026"), ["2026-10-15", "2026-11-03"]),
        (("10/15/2026", "03/11/2026"), ["2026-10-15", "2026-03-11"]),
        (("15.10.2026", "3.11.2026"), ["2026-10-15", "2026-11-03"]),
        (("2026/10/05", "05-05-2026"), ["2026-10-05", "2026-05-05"]),
    ],
)
def test_one_clear_day_says_how_all_days_of_the_file_are_written(days: tuple[str, str], expected: list[str]) -> None:
    for order in (days, days[::-1]):
        sheet = read("\n".join(f"{day};1.00" for day in order))
        assert sorted(str(line.received_on) for line in sheet.lines) == sorted(expected) and not sheet.unclear_day


def test_unclear_days_are_read_as_the_currency_suggests_and_named() -> None:
    for currency, day in (("USD", "2026-03-11"), ("EUR", "2026-11-03")):
        sheet = read("03/11/2026;1.00\n04/11/2026;1.00", currency)
        assert str(sheet.lines[0].received_on) == day and sheet.unclear_day == "03/11/2026"
    assert not read("03.11.2026;1.00", "USD").unclear_day
    mixed = said(read("15/10/2026;1\n14/10/2026;1\n10/15/2026;1\n"))
    assert mixed[2] == "there is no day “10/15/2026”, read as day/month/year"


@given(st.text(max_size=200) | st.text("0123456789.,;-/ €$()\n\"'", max_size=80))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_row_by_row_or_refused(text: str) -> None:
    with suppress(Invalid):
        sheet = read(text.encode("utf-8", "replace"))
        assert all((row.line is None) == bool(row.reason) for row in sheet.rows)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"date,amount\n", "empty"),
        (b"PK\x03\x04\x14\x00\x06\x00xl/media/picture.png", "Excel"),
        (b"%PDF-1.7\n\xe2\xe3", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"2026-11-03,1\x00", "not text"),
        (b"x" * (BYTES_MAX + 1), "too large"),
        (b"2026-11-03,1\n" * (LINES_MAX + 1), "5,001 lines"),
        (b'"2026-11-03,1\n' + b"a" * 200_000, "not a CSV"),
        (b"2026-11-03,1" + b"," * 500, "columns"),
    ],
    ids=lambda value: repr(value[:12]),
)
def test_what_is_no_list_is_refused_in_words(content: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        read(content)


def test_semicolons_tabs_a_byte_order_mark_and_commas_in_notes_are_fine() -> None:
    for content in (
        "\ufeff2026-11-03;1.50;Fair, and rain",
        '2026-11-03,1.50,"Fair, and rain"',
        "2026-11-03\t1.50\tFair, and rain",
    ):
        assert said(read(content)) == ["2026-11-03 1.50 Fair, and rain"]
    assert read("2026-11-03,=1+1,").lines == ()
