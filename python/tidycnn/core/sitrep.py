"""The situation report as a frame."""

from __future__ import annotations

import pandas as pd

from tidycnn.core.checks import checked
from tidycnn.core.machine import Finding, findings


@checked
def tidycnn_sitrep() -> pd.DataFrame:
    """Report what is installed, what this machine can do, and what is wrong.

    TensorFlow is tried in a process of its own, so that a broken one does no harm here.

    Returns
    -------
    One row per part: `part`, `found`, `status` (`ok`, `note`, `problem`) and `advice`, what to do about it.

    Examples
    --------
    >>> tidycnn_sitrep().query("status == 'problem'")  # doctest: +SKIP
    """
    return pd.DataFrame(findings(), columns=list(Finding._fields))
