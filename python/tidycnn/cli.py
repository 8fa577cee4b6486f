"""The command line: `tidycnn images|train|evaluate|predict|sitrep`."""


def main() -> None:
    """Run the command line."""
