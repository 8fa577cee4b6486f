"""How notebooks show an object: what it prints as, set as a small table."""

from __future__ import annotations

import html
import re

_GAP = re.compile(r"\s{2,}")


class ShownInNotebooks:
    """Gives an object that says what it is, in one line or a line for each thing, a form in HTML."""

    def _repr_html_(self) -> str:
        first, *rest = (html.escape(line.strip()) for line in repr(self).split("\n"))
        title = first.removeprefix("&lt;").removesuffix("&gt;")
        rows = [f"<tr>{''.join(f'<td>{cell}</td>' for cell in _GAP.split(line, 1))}</tr>" for line in rest]
        table = f"<table>{''.join(rows)}</table>" if rows else ""
        return f"<div><strong>{title}</strong>{table}</div>"
