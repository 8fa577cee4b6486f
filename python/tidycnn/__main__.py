"""`python -m tidycnn` is the command line."""

from tidycnn.cli import main

main()
