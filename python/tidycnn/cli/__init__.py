"""The command line: `tidycnn images|train|evaluate|predict|sitrep`.

`commands` says what there is and calls the public functions that a person would call, `options` reads and writes
what the commands share, `process` turns what happens into messages and an exit status.
"""

from tidycnn.cli.process import main as main
