"""`python -m tidycnn` is the command line."""

from tidycnn.cli import main

if __name__ == "__main__":
    main()
