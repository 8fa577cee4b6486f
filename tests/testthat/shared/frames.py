"""What is wrong with the columns of a returned frame, by the table of core/frames. Tests of both languages use it."""

import pandas as pd

from tidycnn.core.frames import FEATURE_PREFIX, FRAMES, PREDICTION_PREFIX, frame_kind

PREFIXES = {"predictions": PREDICTION_PREFIX, "features": FEATURE_PREFIX}


def frame_makers():
    return sorted({name for kind in FRAMES.values() for name in kind.made_by})


def faults_of(columns, maker):
    (name,) = [name for name, kind in FRAMES.items() if maker in kind.made_by]
    kind = FRAMES[name]
    further = [column for column in columns if column not in kind.columns]
    faults = [f"lacks {column}" for column in kind.columns if column not in (*columns, *kind.may_lack)]
    if [column for column in columns if column in kind.columns] != [c for c in kind.columns if c in columns]:
        faults.append(f"has its columns in the order {columns}")
    prefix = PREFIXES.get(name)
    faults += [
        f"has {column}"
        for column in further
        if not kind.is_open or (column.startswith(".") and not (prefix and column.startswith(prefix)))
    ]
    told = frame_kind(pd.DataFrame(columns=columns))
    return faults + ([] if told == name else [f"is taken for {told}"])
