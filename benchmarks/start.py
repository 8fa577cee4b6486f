"""How long it takes to start: `import tidycnn`, `tidycnn --help`, `library(tidycnn)`, each in a new process."""

import shutil
import statistics
import subprocess
import sys
import time

REPEATS = 5
COMMANDS = {
    "python (alone)": [sys.executable, "-c", ""],
    "import tidycnn": [sys.executable, "-c", "import tidycnn"],
    "tidycnn --help": [sys.executable, "-m", "tidycnn", "--help"],
    "R (alone)": ["Rscript", "-e", "invisible()"],
    "library(tidycnn)": ["Rscript", "-e", "library(tidycnn)"],
}


def seconds(command: list[str]) -> float:
    """Run a command once."""
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


print(f"{'what':<20} {'median s':>9} {'least':>7} {'most':>7}")
for what, command in COMMANDS.items():
    if shutil.which(command[0]):
        runs = [seconds(command) for _ in range(REPEATS)]
        print(f"{what:<20} {statistics.median(runs):>9.2f} {min(runs):>7.2f} {max(runs):>7.2f}")
