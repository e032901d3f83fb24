"""Reports as PDF, drawn by ReportLab in Source Sans; `saas.reports.scripts` has fonts for all other scripts.

ReportLab and the fonts are loaded by those who draw: 0.2 s.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from saas.reports.table import Cell, Column, Report, Span, shown

CHARACTERS_MAX = 300
"""Of one cell: a longer text would not fit its page. The CSV has all of it."""

GREY, LINE, BAND, ACCENT = "#5b6472", "#d9dee5", "#f4f6f8", "#0b6e4f"


def draw(report: Report, span: Span, *, made_at: datetime, progress: Callable[[int], None] = lambda _: None) -> bytes:
    """Return the report as a PDF; `progress` is called with how many lines were read so far."""
    lines: list[Sequence[Cell]] = []
    for chunk in report.chunks(span):
        lines += chunk
        progress(len(lines))
    return _pdf(report, span, made_at, lines)


def _pdf(report: Report, span: Span, made_at: datetime, lines: list[Sequence[Cell]]) -> bytes:
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.platypus import SimpleDocTemplate, Spacer

    from saas.reports.scripts import register_fonts

    register_fonts()
    title = f"{report.title} of {span.organization.name}"
    output = BytesIO()
    document = SimpleDocTemplate(
        output, pagesize=landscape(A4), title=title, author="Milepost", invariant=True,
        leftMargin=40, rightMargin=40, topMargin=40, bottomMargin=44,
    )  # fmt: skip
    foot = f"{title} · made {shown(span.local(made_at))} ({span.zone.key})"
    body = _table(report.columns, lines, document.width) if lines else _text("There is nothing in these days.", 11)
    days = f"{span.first:%-d %B %Y} to {span.last:%-d %B %Y}"
    head = [_text(title, 20, bold=True), _text(days, 11, colour=GREY)]
    chart = _chart(report.bars(span), document.width) if report.bars else []
    flow = [*head, _summary(report, span), Spacer(0, 14), *chart, body]
    document.build(flow, onFirstPage=_footer(foot), onLaterPages=_footer(foot))
    return output.getvalue()


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


def _summary(report: Report, span: Span) -> Any:
    """Return the figures above the lines, side by side."""
    from reportlab.platypus import Table

    from saas.reports.scripts import BOLD, PLAIN

    summary = report.summary(span)
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

    shares = sum(column.share for column in columns)
    widths = [width * column.share / shares for column in columns]
    cells: list[list[Any]] = [[column.name for column in columns]]
    cells += [[_fitted(_shown(value), room) for value, room in zip(line, widths, strict=True)] for line in lines]
    look: list[Any] = [
        ("FONT", (0, 0), (-1, 0), BOLD, 9), ("FONT", (0, 1), (-1, -1), PLAIN, 9), ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TEXTCOLOR", (0, 0), (-1, 0), GREY), ("LINEBELOW", (0, 0), (-1, 0), 0.8, GREY),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, LINE), ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4), ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("ROWBACKGROUNDS", (0, 1), (-1, -1), ("white", BAND)),
        *(("ALIGN", (at, 0), (at, -1), "RIGHT") for at, column in enumerate(columns) if column.figure),
    ]  # fmt: skip
    return LongTable(cells, colWidths=widths, repeatRows=1, style=look)


def _shown(value: Cell) -> str:
    """Return a value as people read it."""
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:,.2f}"
        case int():
            return f"{value:,}"
    return shown(value)[:CHARACTERS_MAX]


def _fitted(text: str, room: float) -> Any:
    """Return the text broken into lines that fit their column."""
    from reportlab.lib.utils import simpleSplit

    from saas.reports.scripts import PLAIN, ScriptText, is_plain

    if not is_plain(text):
        return ScriptText(text, 9)
    return "\n".join(simpleSplit(text, PLAIN, 9, room - 10)) if len(text) > 8 else text


def _footer(text: str) -> Callable[[Any, Any], None]:
    from saas.reports.scripts import PLAIN, draw_line

    def foot(canvas: Any, document: Any) -> None:
        canvas.setFillColor(GREY)
        draw_line(canvas, document.leftMargin, 26, text, 8)
        canvas.setFont(PLAIN, 8)
        canvas.drawRightString(document.pagesize[0] - document.rightMargin, 26, f"Page {canvas.getPageNumber()}")

    return foot
