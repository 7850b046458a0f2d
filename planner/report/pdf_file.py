"""A document as a PDF of a few pages, tagged for readers of the screen."""

from __future__ import annotations

from pathlib import Path

from weasyprint import HTML
from weasyprint.urls import URLFetcher

from planner.case.whole import draft_of
from planner.report.document import Document
from planner.report.html_file import STYLE, html

_PRINT = """
@page { size: A4 landscape; margin: 11mm 12mm 13mm;
        @bottom-left { content: string(carried); width: 92%; font: 6.5pt "Liberation Sans", Arial; color: #4a5563; }
        @bottom-right { content: counter(page) " of " counter(pages); font: 7.5pt "Liberation Sans", Arial; color: #4a5563; } }
body { font-size: 9.5pt; max-width: none; padding: 0; }
h1 { font-size: 16pt; string-set: carried attr(data-carried); }
h2 { font-size: 11.5pt; margin: 9pt 0 3pt; break-after: avoid; }
section { break-inside: avoid; }
p, ul { margin: 3pt 0; }
table { font-size: 8pt; margin: 3pt 0; } th, td { padding: 2.2pt 5pt; } tr { break-inside: avoid; }
.tiles strong { font-size: 14pt; } .tiles li { font-size: 8pt; } .facts table { font-size: 7.5pt; }
.pair { flex-wrap: nowrap; gap: 6mm; } .pair > figure, .pair > div { flex: 1 1 0; }
.drawn { display: inline-block; width: 48.5%; margin-right: 1%; vertical-align: top; }
figure { margin: 2pt 0; } figcaption { font-size: 7.5pt; }
footer { display: none; }
"""


def write_pdf(document: Document, path: Path) -> None:
    """Write the PDF, with nothing fetched from a file or the network.

    Raises PlanFileError if it cannot be written.
    """
    page = HTML(
        string=html(document, STYLE + _PRINT, paper=True),
        url_fetcher=URLFetcher(allowed_protocols=("data",)),
    )
    with draft_of(path) as draft:
        page.write_pdf(str(draft), pdf_variant="pdf/ua-1")
