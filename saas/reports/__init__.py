"""What an organization reads and takes out: reports on goals, usage and tokens as CSV, NDJSON and PDF; the audit log.

Owns ReportFile, a PDF that is too long to wait for. Reads the rooms below, owns none of their figures.

Words
    report   a table of lines with a short summary, listed in `saas.reports.table`
    span     whole days of the organization's time zone, the first and the last included
    file     a finished PDF, kept for an hour

Invariants
    reports stop with the license's `reports`, nothing else stops them
    CSV and NDJSON are written as they are read and hold every line; a cell never begins a formula
    a file is built once per person, report and span, however often it is asked for
"""
