"""How long `image_table()` takes over the blood cells of TIDYCNN_DATA: with nothing known of them, and again."""

import os
import sys
import tempfile
import time
from pathlib import Path

import tidycnn

data = Path(os.environ.get("TIDYCNN_DATA", "")) / "blood-cells"
if not os.environ.get("TIDYCNN_DATA") or not data.is_dir():
    sys.exit("Set TIDYCNN_DATA to a folder that holds `blood-cells`.")

with tempfile.TemporaryDirectory() as cache:
    os.environ["TIDYCNN_CACHE"] = cache
    for what in ("first", "again", "again"):
        started = time.perf_counter()
        images = tidycnn.image_table(data, progress=False)
        print(f"{what:<6} {len(images):,} images {time.perf_counter() - started:7.2f} s")
