"""What columns are called in exports of banks and payment services: English, German, French, Spanish, Italian.

A heading is compared in lower case, without what stands in brackets and without a currency behind it. Of several
columns that could be the same, the one that stands first in `WORDS` is it: gross before net, booked before begun.
"""

import re
from collections.abc import Sequence
from enum import StrEnum


class ColumnRole(StrEnum):
    """What a column holds."""

    IGNORE = ""
    DATE = "date"
    AMOUNT = "amount"
    OUT = "out"
    NOTE = "note"
    CURRENCY = "currency"
    STATE = "state"


WORDS: dict[ColumnRole, tuple[str, ...]] = {
    ColumnRole.DATE: tuple(
        """
        completed date; date completed; completed on; completed; booking date; posting date; posted date; posted;
        transaction date; transaction posted; date; received on; paid on; payment date; day; created date; created;
        created utc; value date; date started; started date;
        buchungstag; buchungsdatum; buchung; datum; valutadatum; wertstellung; valuta datum; zahlungsdatum;
        date de comptabilisation; date de l'opération; date d'opération; date opération; date operation; date de
        transaction; date de valeur; date valeur;
        fecha de operación; fecha operación; f. operación; fecha contable; fecha; fecha de valor; fecha valor; f. valor;
        data contabile; data operazione; data di contabilizzazione; data registrazione; data; data valuta
        """.replace("\n", " ").split(";")
    ),
    ColumnRole.AMOUNT: tuple(
        """
        gross; amount; credit; credit amount; money in; paid in; deposits; deposit; received; sum; total; net; value;
        brutto; betrag; umsatz; haben; gutschrift; eingang; einzahlung; netto;
        brut; avant commission; montant; crédit; credit euros; net;
        bruto; importe; abono; abonos; haber; ingreso; ingresos; importe de la operación; neto;
        lordo; importo; avere; entrate; accrediti; accredito; netto
        """.replace("\n", " ").split(";")
    ),
    ColumnRole.OUT: tuple(
        """
        debit; debit amount; money out; paid out; withdrawals; withdrawal;
        soll; lastschrift; ausgang; auszahlung; belastung; débit; cargo; cargos; debe; gasto; gastos; dare; uscite;
        addebiti; addebito
        """.replace("\n", " ").split(";")
    ),
    ColumnRole.NOTE: tuple(
        """
        note; notes; description; details; name; payee; counterparty; customer; customer email; reference; memo;
        subject; narrative; transaction description; beneficiary; item title;
        notiz; beschreibung; verwendungszweck; beguenstigter/zahlungspflichtiger; begünstigter/zahlungspflichtiger; name
        zahlungsbeteiligter; zahlungsempfänger; empfänger; auftraggeber/empfänger; auftraggeber; zahlungspflichtiger;
        libellé; libelle; intitulé; nom; objet; description de l'opération;
        concepto; descripción; nombre; observaciones; beneficiario;
        descrizione; descrizione operazione; causale; nome; dettagli; controparte
        """.replace("\n", " ").split(";")
    ),
    ColumnRole.CURRENCY: (
        "currency",
        "währung",
        "waehrung",
        "devise",
        "divisa",
        "moneda",
        "valuta",
        "payment currency",
    ),
    ColumnRole.STATE: ("status", "state", "statut", "état", "estado", "stato"),
}

STATES_DONE = frozenset(
    " ".join(word.split())
    for word in """
    completed; complete; paid; succeeded; captured; available; settled; booked; posted; cleared; partially refunded;
    abgeschlossen; gebucht; bezahlt; terminé; effectué; payé; comptabilisé; completado; completada; pagado; realizado;
    completato; completata; pagato; eseguito; contabilizzato
    """.replace("\n", " ").split(";")
)
"""States in which money has come; any other leaves a row out."""

BALANCES = frozenset(
    ["balance", "saldo", "kontostand", "solde", "solde comptable", "running balance", "account balance"]
)

SOURCES: tuple[tuple[str, frozenset[str]], ...] = (
    ("Stripe", frozenset({"id", "amount", "fee", "net", "available on"})),
    ("Stripe", frozenset({"id", "amount", "amount refunded", "captured"})),
    ("Stripe", frozenset({"balance_transaction_id", "gross", "fee", "net"})),
    ("PayPal", frozenset({"gross", "fee", "net", "transaction id"})),
    ("PayPal", frozenset({"brutto", "gebühr", "netto", "transaktionscode"})),
    ("PayPal", frozenset({"avant commission", "commission", "net"})),
    ("PayPal", frozenset({"bruto", "comisión", "neto"})),
    ("PayPal", frozenset({"lordo", "tariffa", "netto"})),
    ("Revolut", frozenset({"started date", "completed date", "amount", "state"})),
    ("Revolut", frozenset({"date started", "date completed", "amount", "state"})),
)
"""Services by headings that all of their exports have."""

_RANKS = {
    role: {" ".join(word.split()): rank for rank, word in reversed([*enumerate(words)])}
    for role, words in WORDS.items()
}
_CURRENCY_BEHIND = re.compile(r"(?: in)? (?:usd|eur|gbp|chf|cad|aud|euros?)$")
_BRACKETS = re.compile(r"[(\[][^()\[\]]{0,40}[)\]]")
HEADING_MAX = 60


def normal(heading: str) -> str:
    """Return a heading as the tables have it: "Betrag (EUR)" and "Betrag in EUR" are "betrag"."""
    text = " ".join(_BRACKETS.sub(" ", heading[:HEADING_MAX].casefold()).replace("_", " ").split())
    return _CURRENCY_BEHIND.sub("", text)


def is_heading(cells: Sequence[str]) -> bool:
    """Return True if the cells name a day and an amount, and so are the headings of what is below."""
    names = [normal(cell) for cell in cells]
    return all(any(name in _RANKS[role] for name in names) for role in (ColumnRole.DATE, ColumnRole.AMOUNT))


def source_of(headings: Sequence[str]) -> str:
    """Return the service that wrote the headings, or an empty text."""
    names = {normal(heading) for heading in headings}
    return next((source for source, words in SOURCES if {normal(word) for word in words} <= names), "")


def has_balance(headings: Sequence[str]) -> bool:
    """Return True if there is a column of balances, as in a statement of an account."""
    return any(normal(heading) in BALANCES for heading in headings)


NOTES_MAX = 3


def roles_of(headings: Sequence[str]) -> list[ColumnRole]:
    """Return what each column holds, as far as its heading says: one day, one amount, up to three notes."""
    names = [normal(heading) for heading in headings]
    roles = [ColumnRole.IGNORE] * len(names)
    for role in ColumnRole:
        ranked = sorted((_RANKS[role][name], place) for place, name in enumerate(names) if name in _RANKS.get(role, {}))
        free = [place for _, place in ranked if roles[place] is ColumnRole.IGNORE]
        for place in free[: NOTES_MAX if role is ColumnRole.NOTE else 1]:
            roles[place] = role
    return roles
