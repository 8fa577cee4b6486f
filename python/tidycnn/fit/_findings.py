"""What is found before a fit: by rules of its own, and by hearing what the rules of the fit itself say."""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

import pandas as pd

from tidycnn.core.errors import TidycnnError, TidycnnWarning, warn
from tidycnn.core.frames import columns_of
from tidycnn.fit._spoken import recognise, spell
from tidycnn.fit._texts import TEXTS

Severity: TypeAlias = Literal["error", "warning", "note"]

_SEVERITIES = ("error", "warning", "note")
# Where the first sentence of a message ends, behind which stands what to do.
_END = re.compile(r"(?<=[\w)%'`])\. (?=[A-Z`])")


class Finding(NamedTuple):
    """One thing that was found: what was checked, how bad it is, what it is, and what to do."""

    check: str
    severity: Severity
    message: str
    remedy: str = ""


def find(key: str, severity: Severity, **values: str) -> Finding:
    """Make a finding of one of our texts."""
    return Finding(TEXTS[key].check, severity, *spell(key, **values))


def findings_frame(findings: Sequence[Finding]) -> pd.DataFrame:
    """Give findings as a frame, the worst first, each once."""
    ordered = sorted(dict.fromkeys(findings), key=lambda finding: _SEVERITIES.index(finding.severity))
    return pd.DataFrame(ordered, columns=columns_of("findings"), dtype=object)


def warn_of(findings: Sequence[Finding]) -> None:
    """Warn of what is probably a mistake."""
    for finding in findings:
        if finding.severity == "warning":
            warn(f"{finding.message} {finding.remedy}".strip())


@contextlib.contextmanager
def hearing(check: str, found: list[Finding]) -> Iterator[None]:
    """Add to `found` what the code inside the block warns of, and the error that ends it; other warnings go on."""
    said: list[warnings.WarningMessage] = []
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            yield
    except TidycnnError as error:
        found.append(_heard(check, "error", error.message, error.hint or ""))
    finally:
        for warning in said:
            if isinstance(warning.message, TidycnnWarning):
                message, *remedy = _END.split(str(warning.message), maxsplit=1)
                found.append(_heard(check, "warning", f"{message}." if remedy else message, *remedy))
            else:
                warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


def _heard(check: str, severity: Severity, message: str, remedy: str = "") -> Finding:
    known = recognise(f"{message} {remedy}".strip())
    return Finding(known[0], severity, *known[1]) if known else Finding(check, severity, message, remedy)
