"""Reports as PDF, drawn by ReportLab in Source Sans; `saas.reports.scripts` has fonts for all other scripts.

ReportLab and the fonts are loaded by those who draw: 0.2 s.
"""

from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any, NamedTuple

from saas.kernel import replica
from saas.kernel.replica import AsOf
from saas.reports.table import Cell, Column, InPdf, Report, Span
from saas.web.templatetags.components import label

CHARACTERS_MAX = 300
"""Of one cell: a longer text would not fit its page. The CSV has all of it."""

GREY, LINE, BAND, ACCENT = "#5b6472", "#d9dee5", "#f4f6f8", "#0b6e4f"
MARGIN, PADDING = 40, 6
"""Of the page, and what ReportLab leaves within its frame: both in points."""


def draw(report: Report, span: Span, *, made_at: datetime, progress: Callable[[int], None] = lambda _: None) -> bytes:
    """Return the report as a PDF; `progress` is called with how many lines were read so far."""
    with replica.reading():
        as_of = replica.as_of()
        figures = Figures(report.summary(span), report.bars(span) if report.bars else ())
    lines: list[Sequence[Cell]] = []
    for chunk in report.chunks(span):
        lines += chunk
        progress(len(lines))
    return _pdf(report, span, _made(span, made_at, as_of), figures, lines)


class Figures(NamedTuple):
    """What stands above the lines: figures with their names, and bars with theirs."""

    summary: Sequence[tuple[str, Cell]]
    bars: Sequence[tuple[str, Decimal]]


def _made(span: Span, made_at: datetime, as_of: AsOf | None) -> str:
    """Say when the PDF was made, and where it was read from a replica up to when everything is in it."""
    known = f", from figures as of {span.local(as_of.at):%-d %b %Y, %H:%M:%S}" if as_of else ""
    return f"made {_shown(span.local(made_at))}{known} ({span.zone.key})"


def _pdf(report: Report, span: Span, made: str, figures: Figures, lines: list[Sequence[Cell]]) -> bytes:
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.platypus import SimpleDocTemplate, Spacer

    from saas.reports.scripts import register_fonts

    register_fonts()
    title = f"{report.title} of {span.organization.name}"
    output = BytesIO()
    document = SimpleDocTemplate(
        output, pagesize=landscape(A4), title=title, author="Milepost", invariant=True,
        leftMargin=MARGIN - PADDING, rightMargin=MARGIN - PADDING, topMargin=MARGIN, bottomMargin=44,
    )  # fmt: skip
    width = document.width - 2 * PADDING
    body = _table(report.columns, lines, width) if lines else _text("There is nothing in these days.", 11)
    head = [_text(span.organization.name, 20, bold=True), _text(f"{report.title} · {_days(span)}", 11, colour=GREY)]
    flow = [*head, _summary(figures.summary), Spacer(0, 14), *_chart(figures.bars, width), body]
    foot = _footer(f"{title} · {made}")

    def first(canvas: Any, document: Any) -> None:
        _brand(canvas)
        foot(canvas, document)

    document.build(flow, onFirstPage=first, onLaterPages=foot)
    return output.getvalue()


def _days(span: Span) -> str:
    """Return "October 2026" of a whole month, else the first and the last day."""
    whole = span.first.day == 1 and (span.last - span.first).days + 1 == monthrange(*span.first.timetuple()[:2])[1]
    return f"{span.first:%B %Y}" if whole else f"{span.first:%-d %B %Y} to {span.last:%-d %B %Y}"


def _brand(canvas: Any) -> None:
    """Draw Milepost's sign and name in the upper right corner."""
    from saas.reports.scripts import BOLD

    right, top = canvas._pagesize[0] - MARGIN, canvas._pagesize[1] - MARGIN
    canvas.setFillColor(ACCENT)
    canvas.setFont(BOLD, 11)
    canvas.drawRightString(right, top - 12, "Milepost")
    sign = canvas.beginPath()
    left = right - canvas.stringWidth("Milepost", BOLD, 11) - 18
    points = ((0, 0), (0, 7.5), (5, 2.8), (11, 11), (11, 0))
    sign.moveTo(left + points[0][0], top - 13 + points[0][1])
    for x, y in points[1:]:
        sign.lineTo(left + x, top - 13 + y)
    canvas.setStrokeColor(ACCENT)
    canvas.setLineWidth(2.2)
    canvas.setLineJoin(1)
    canvas.setLineCap(1)
    canvas.drawPath(sign)


def _text(text: str, size: int, *, bold: bool = False, colour: str = "#1a1f27") -> Any:
    from xml.sax.saxutils import escape

    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    from saas.reports.scripts import BOLD, LEADING, PLAIN, ScriptText, is_plain

    font = BOLD if bold else PLAIN
    if not is_plain(text):
        return ScriptText(text, size, base=font, colour=colour, space_after=4)
    style = ParagraphStyle("text", fontName=font, fontSize=size, leading=size * LEADING, textColor=colour, spaceAfter=4)
    return Paragraph(escape(text), style)


def _summary(summary: Sequence[tuple[str, Cell]]) -> Any:
    """Return the figures above the lines, side by side."""
    from reportlab.platypus import Table

    from saas.reports.scripts import BOLD, PLAIN

    cells = [[_shown(value) for _, value in summary], [name for name, _ in summary]]
    look = [
        ("FONT", (0, 0), (-1, 0), BOLD, 15), ("FONT", (0, 1), (-1, 1), PLAIN, 9), ("TEXTCOLOR", (0, 1), (-1, 1), GREY),
        ("TEXTCOLOR", (0, 0), (-1, 0), ACCENT), ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 28), ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]  # fmt: skip
    return Table(cells, hAlign="LEFT", spaceBefore=10, style=look)


CHART_HEIGHT, LABELS_MAX = 130, 16


def _chart(bars: Sequence[tuple[str, Decimal]], width: float) -> list[Any]:
    """Return the bars as a drawing, with the names of at most LABELS_MAX of them; nothing where all are 0."""
    if not any(value for _, value in bars):
        return []
    from reportlab.graphics.charts.barcharts import VerticalBarChart
    from reportlab.graphics.shapes import Drawing
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import Spacer

    from saas.reports.scripts import PLAIN

    chart, every = VerticalBarChart(), -(-len(bars) // LABELS_MAX)
    chart.x, chart.y, chart.width, chart.height = 60, 20, width - 60, CHART_HEIGHT
    chart.data = [[float(value) for _, value in bars]]
    chart.bars[0].fillColor, chart.bars.strokeColor, chart.barWidth, chart.groupSpacing = HexColor(ACCENT), None, 8, 2
    chart.categoryAxis.categoryNames = [name if at % every == 0 else "" for at, (name, _) in enumerate(bars)]
    chart.valueAxis.labelTextFormat = lambda value: f"{value:,.0f}"
    chart.valueAxis.rangeRound = "both"
    chart.valueAxis.forceZero, chart.valueAxis.visibleGrid, chart.valueAxis.gridStrokeColor = 1, 1, HexColor(LINE)
    for axis in (chart.categoryAxis, chart.valueAxis):
        axis.strokeColor, axis.visibleTicks = HexColor(LINE), 0
        axis.labels.fontName, axis.labels.fontSize, axis.labels.fillColor = PLAIN, 8, HexColor(GREY)
    drawing = Drawing(width, CHART_HEIGHT + 26)
    drawing.add(chart)
    return [drawing, Spacer(0, 10)]


def _table(columns: Sequence[Column], lines: list[Sequence[Cell]], width: float) -> Any:
    from reportlab.platypus import LongTable

    from saas.reports.scripts import BOLD, PLAIN

    shown = [at for at, column in enumerate(columns) if column.in_pdf is not InPdf.LEFT_OUT]
    changes = [at for at in shown if columns[at].in_pdf is InPdf.CHANGES]
    shares = sum(columns[at].share for at in shown)
    widths = {at: width * columns[at].share / shares for at in shown}
    cells: list[list[Any]] = [[columns[at].name for at in shown]]
    cells += [
        [_cell(columns[at], line[at], widths[at]) for at in shown] for line in lines if all(line[at] for at in changes)
    ]
    total = _total(columns, lines)
    cells += [[_shown(total[at]) for at in shown]] if total else []
    look: list[Any] = [
        ("FONT", (0, 0), (-1, 0), BOLD, 9), ("FONT", (0, 1), (-1, -1), PLAIN, 9), ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TEXTCOLOR", (0, 0), (-1, 0), GREY), ("LINEBELOW", (0, 0), (-1, 0), 0.8, GREY),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, LINE), ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4), ("LEFTPADDING", (0, 0), (-1, -1), CELL_PADDING),
        ("ROWBACKGROUNDS", (0, 1), (-1, -1), ("white", BAND)), ("RIGHTPADDING", (0, 0), (-1, -1), CELL_PADDING),
        *(("ALIGN", (at, 0), (at, -1), "RIGHT") for at, column in enumerate(shown) if columns[column].figure),
    ]  # fmt: skip
    if total:
        look += [("FONT", (0, -1), (-1, -1), BOLD, 9), ("BACKGROUND", (0, -1), (-1, -1), "white")]
        look += [("LINEABOVE", (0, -1), (-1, -1), 0.8, GREY)]
    return LongTable(cells, colWidths=list(widths.values()), repeatRows=1, style=look)


CELL_PADDING = 6


def _total(columns: Sequence[Column], lines: list[Sequence[Cell]]) -> list[Cell]:
    """Return the last line: the sums of what adds up; nothing of a report, or of a line, that has none."""
    summed = {at for at, column in enumerate(columns) if column.in_pdf is InPdf.TOTAL}
    if not summed or len(lines) < 2:  # one line is its own total
        return []
    figures = {at: sum(Decimal(str(line[at] or 0)) for line in lines) for at in summed}
    whole = {at for at in summed if all(isinstance(line[at], int) for line in lines)}
    total: list[Cell] = [None] * len(columns)
    for at, figure in figures.items():
        total[at] = int(figure) if at in whole else Decimal(figure)
    total[0] = "Total"
    return total


def _cell(column: Column, value: Cell, room: float) -> Any:
    """Return what stands in a cell that is `room` wide."""
    match column.in_pdf:
        case InPdf.BAR:
            return _bar(int(str(value or 0)), room - 2 * CELL_PADDING)
        case InPdf.LABEL:
            return label(str(value))
        case _:
            return _fitted(_shown(value), room - 2 * CELL_PADDING)


BAR_HEIGHT, PERCENT_ROOM = 5, 34


def _bar(percent: int, width: float) -> Any:
    """Return a bar that is filled up to a percentage, and the figure beside it."""
    from reportlab.graphics.shapes import Drawing, Rect, String
    from reportlab.lib.colors import HexColor

    from saas.reports.scripts import PLAIN

    drawing, room = Drawing(width, 11), width - PERCENT_ROOM
    for wide, colour in ((room, LINE), (room * max(0, min(percent, 100)) / 100, ACCENT)):
        if wide > 0:
            drawing.add(Rect(0, 2, wide, BAR_HEIGHT, rx=2, ry=2, fillColor=HexColor(colour), strokeColor=None))
    drawing.add(String(width, 2, f"{percent:,} %", fontName=PLAIN, fontSize=9, textAnchor="end"))
    return drawing


def _shown(value: Cell) -> str:
    """Return a value as people read it, days and times as on the pages."""
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:,.2f}"
        case int():
            return f"{value:,}"
        case datetime():
            return f"{value:%-d %b %Y, %H:%M}"
        case date():
            return f"{value:%-d %b %Y}"
    return value[:CHARACTERS_MAX]


def _fitted(text: str, room: float) -> Any:
    """Return the text broken into lines that fit their column."""
    from reportlab.lib.utils import simpleSplit

    from saas.reports.scripts import PLAIN, ScriptText, is_plain

    if not is_plain(text):
        return ScriptText(text, 9)
    return "\n".join(simpleSplit(text, PLAIN, 9, room)) if len(text) > 8 else text


def _footer(text: str) -> Callable[[Any, Any], None]:
    from saas.reports.scripts import PLAIN, draw_line

    def foot(canvas: Any, document: Any) -> None:
        canvas.setFillColor(GREY)
        draw_line(canvas, MARGIN, 26, text, 8)
        canvas.setFont(PLAIN, 8)
        canvas.drawRightString(document.pagesize[0] - MARGIN, 26, f"Page {canvas.getPageNumber()}")

    return foot
