"""What a model that learns nothing gives for pictures: computed once, and kept in a file that several processes share.

Concerns kept apart: what is cut off a model, and what learns from this, is told by `frozen`; here it is computed.
"""

from __future__ import annotations

import functools
import json
import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidycnn.core.budget import GIGABYTE, available_memory, disk_place, is_on_disk
from tidycnn.core.errors import ImageFileError, InputError, StoreError, warn
from tidycnn.core.folders import library_versions
from tidycnn.core.preprocessing import is_storable
from tidycnn.core.progress import track
from tidycnn.core.signals import heeding_signals
from tidycnn.core.slots import VERSION, SlotFile, file_bytes
from tidycnn.core.store import hash_bytes
from tidycnn.core.types import OnError
from tidycnn.images.decode import decoder_versions
from tidycnn.images.table import with_facts
from tidycnn.model.described import hash_model
from tidycnn.train.loops import recovering
from tidycnn.train.precision import Precision, computing_in

# Pictures that go through the model at once. What it gives for one may differ in the last bits with what goes beside
# it, so that always the same ones go together.
_BLOCK = 32
_TIMED = 2


class KeptOutputs:
    """What a model that learns nothing gives for each picture of a flow, in each of some passes.

    Attributes
    ----------
    failed
        The rows whose picture could not be read, with the error.
    """

    def __init__(
        self,
        model: Any,
        flow: Any,
        *,
        passes: int = 1,
        precision: Precision = "float32",
        on_error: OnError | None = None,
    ) -> None:
        self.model, self.flow, self.precision = model, flow, precision
        self._on_error: OnError = on_error or flow.on_error
        self.passes = passes if flow.generator.is_augmenting else 1
        self.failed: dict[int, ImageFileError] = {}
        shape = model.compute_output_shape((1, *flow.image_shape))
        self._shapes = [tuple(each[1:]) for each in (shape if isinstance(shape, list) else [shape])]
        self._ends = np.cumsum([math.prod(each) for each in self._shapes])

    @property
    def size(self) -> int:
        """How many numbers there are for a picture."""
        return int(self._ends[-1])

    @functools.cached_property
    def _rows(self) -> _Rows:
        return _Rows(self._name, self.size, self.flow.n * self.passes, np.dtype(self.precision))

    def count_missing(self) -> int:
        """Count the blocks of which something is to be computed, without making room for them."""
        if not is_on_disk("features", self._name):
            return self.passes * math.ceil(int(self.flow.n) / _BLOCK)
        return sum(1 for _ in self.missing())

    def missing(self) -> Iterator[tuple[int, NDArray[Any]]]:
        """Give the blocks of which something is to be computed: the pass, and the rows of the flow."""
        for number in range(self.passes):
            for start in range(0, self.flow.n, _BLOCK):
                rows = np.arange(start, min(start + _BLOCK, self.flow.n))
                slots = [self._slot(number, row) for row in rows if int(row) not in self.failed]
                if any(self._rows.find(slot) is None for slot in slots):
                    yield number, rows

    def pictures(self, number: int, rows: NDArray[Any]) -> NDArray[Any]:
        """Give the pictures of a block, as many as any block has; those that cannot be read are blank."""
        x, failed = self.flow.render(rows, number, on_error=self._on_error)
        places = np.delete(np.arange(len(rows)), [place for place, _ in failed])
        self.failed |= {int(rows[place]): error for place, error in failed}
        block = np.zeros((_BLOCK, *self.flow.image_shape), dtype=x.dtype)
        block[places] = x
        return block

    def keep(self, number: int, rows: NDArray[Any], outputs: Sequence[NDArray[Any]]) -> None:
        """Keep what the model gave for a block."""
        flat = np.concatenate([np.asarray(each).reshape(_BLOCK, -1) for each in outputs], axis=1)
        for place, row in enumerate(rows):
            if int(row) not in self.failed:
                self._rows.fill(self._slot(number, row), flat[place])

    def read(self, rows: NDArray[Any], number: int = 0) -> list[NDArray[np.float32]]:
        """Give the outputs of rows in a pass, each of the model's as one array; passes come again in turn."""
        found = [self._rows.find(self._slot(number % self.passes, row)) for row in rows]
        if any(each is None for each in found):
            raise StoreError(
                "What the frozen layers gave is gone: its file was changed while it was in use.",
                hint="The same call computes it again.",
            )
        stacked = np.stack([each for each in found if each is not None]) if found else np.empty((0, self.size))
        parts = np.split(stacked.astype(np.float32), self._ends[:-1], axis=1)
        return [part.reshape(len(rows), *shape) for part, shape in zip(parts, self._shapes, strict=True)]

    def _slot(self, number: int, row: int) -> int:
        return number * int(self.flow.n) + int(row)

    @functools.cached_property
    def _name(self) -> str:
        """Name the file by all that decides what stands in it."""
        flow = self.flow
        preprocessing = flow.preprocessing
        told: dict[str, Any] = {
            "form": [VERSION, _BLOCK, self.precision, self.passes, library_versions(), decoder_versions()],
            "model": hash_model(self.model),
            "preprocessing": preprocessing.to_dict(),
            # Of a function of the user's own the name tells nothing.
            "own": None if is_storable(preprocessing.preprocessing_function) else [id(self)],
            "images": _contents_of(flow),
        }
        if flow.generator.is_augmenting:
            told |= {"generator": flow.generator.to_dict(), "seed": flow.seed}
        return hash_bytes(json.dumps(told, sort_keys=True, default=str).encode())


def compute_missing(
    outputs: Sequence[KeptOutputs], *, progress: bool = True, heed: Callable[[], None] | None = None
) -> None:
    """Compute what is missing of what one model gives, block by block: whoever is killed goes on from there.

    `heed` is called behind each block, and may note that it is to end.
    """
    asked = [(each, number, rows) for each in outputs for number, rows in each.missing()]
    if not asked:
        return
    model, precision = outputs[0].model, outputs[0].precision
    with (
        heeding_signals() as signals,
        signals.waiting(),
        recovering(model),
        computing_in(model, precision),
        track("Frozen layers", sum(len(rows) for *_, rows in asked), shown=progress) as task,
    ):
        for each, number, rows, x in _rendered(asked):
            given = model.predict_on_batch(x)
            each.keep(number, rows, given if isinstance(given, list | tuple) else [given])
            task.advance(len(rows))
            if heed is not None:
                heed()
            signals.check()


def time_missing(outputs: Sequence[KeptOutputs]) -> tuple[float, list[NDArray[Any]]]:
    """Measure how many seconds it will take to compute what is missing, and give what the model gave for a block."""
    first, model = outputs[0], outputs[0].model
    making, computing = [], []
    given: Any = None
    with recovering(model), computing_in(model, first.precision):
        for _ in range(_TIMED + 1):
            begun = time.perf_counter()
            x = first.pictures(0, np.arange(min(_BLOCK, first.flow.n)))
            made = time.perf_counter()
            given = model.predict_on_batch(x)
            making.append(made - begun)
            computing.append(time.perf_counter() - made)
    # The first block is compiled; pictures are made while the block before them is computed.
    block = max(statistics.median(taken[1:]) for taken in (making, computing))
    missing = sum(each.count_missing() for each in outputs)
    seconds = missing * block + max(0.0, computing[0] - block) if missing else 0.0
    return seconds, list(given) if isinstance(given, list | tuple) else [given]


def _rendered(asked: Sequence[tuple[KeptOutputs, int, NDArray[Any]]]) -> Iterator[tuple[Any, ...]]:
    """Give the blocks with their pictures, which are made while the block before them is computed."""
    ahead: Any = None
    with ThreadPoolExecutor(1, thread_name_prefix="tidycnn-frozen") as pool:
        for i, block in enumerate(asked):
            outputs, number, rows = block
            is_here = outputs.flow.needs_main_thread
            x = outputs.pictures(number, rows) if is_here or ahead is None else ahead.result()
            following = asked[i + 1] if i + 1 < len(asked) else None
            ahead = None
            if following is not None and not following[0].flow.needs_main_thread:
                # The thread speaks the language of the one that asks.
                make = functools.partial(copy_context().run, following[0].pictures, *following[1:])
                ahead = pool.submit(make)
            yield *block, x


def _contents_of(flow: Any) -> list[str]:
    """Name what each picture of a flow is made of: the hash of its file, or of the array that it is of."""
    if not flow.is_of_files:
        given = flow.given_hash()
        return [f"{given}:{i}" for i in range(flow.n)]
    hashes = with_facts(flow.images, column="hash")["hash"]
    return [str(content) for content in hashes]


class _Rows:
    """Rows of numbers in a file, or in memory where the disk has no room for them."""

    def __init__(self, name: str, length: int, n: int, dtype: np.dtype[Any]) -> None:
        shapes = [(length,)] * n
        self._dtype, self._size = dtype, file_bytes(shapes, dtype)
        self._memory: dict[int, NDArray[Any]] = {}
        self._file: SlotFile | None = None
        self._is_writing = True
        try:
            self._file = SlotFile(disk_place("features", name, self._size, self._check), shapes, dtype)
        except (OSError, InputError) as error:
            self._stay_in_memory(error)

    def find(self, row: int) -> NDArray[Any] | None:
        """Give a row where it is there."""
        kept = self._memory.get(row)
        return kept if kept is not None or self._file is None else self._file.find(row)

    def fill(self, row: int, values: NDArray[Any]) -> None:
        """Keep a row."""
        values = values.astype(self._dtype)
        if self._file is not None and self._is_writing:
            try:
                self._file.fill(row, values)
                return
            except OSError as error:
                self._stay_in_memory(error)
        self._memory[row] = values

    def _check(self, limit: float) -> None:
        if self._size > limit:
            raise InputError(
                f"What the frozen layers give takes {self._size / GIGABYTE:,.2f} GB, and {limit / GIGABYTE:,.2f} GB "
                "are allowed (half of the free disk).",
                hint="Let TIDYCNN_CACHE name a folder with more room, or take fewer `augment_passes` (0: none).",
            )

    def _stay_in_memory(self, error: OSError | InputError) -> None:
        """Go on in memory; the error is raised where half of that is too little."""
        self._is_writing = False
        if self._size > available_memory() / 2:
            raise error
        if isinstance(error, OSError):
            reason = error.strerror or str(error)
            warn(f"What the frozen layers give cannot be written ({reason.lower()}): it stays in memory.")
