"""Say, by the exit status, whether this Python can hold the virtual environment: run as `python3 tools/python_fits.py`.

It must be 3.10 or newer, be able to make virtual environments, and have a shared library, which R loads.
"""

import sys


def reason_against():
    """Give the first reason why this Python does not fit, None where it does."""
    if sys.version_info < (3, 10):  # noqa: UP036 - older ones are asked too
        return "it is older than 3.10"
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return "it cannot make virtual environments (on Debian: apt-get install python3-venv)"
    return None if has_shared_library() else "it has no shared library, which R needs to load it"


def has_shared_library():
    """Tell whether libpython can be loaded, by its name or from the folder that Python was built for."""
    import ctypes
    import sysconfig

    if sys.platform == "win32":
        return True
    name = sysconfig.get_config_var("INSTSONAME") or ".a"
    if name.endswith(".a"):
        return False
    for candidate in (name, f"{sysconfig.get_config_var('LIBDIR')}/{name}"):
        try:
            ctypes.CDLL(candidate)
        except OSError:
            continue
        return True
    return False


if __name__ == "__main__":
    reason = reason_against()
    if reason:
        sys.exit(f"{sys.executable} does not fit: {reason}.")
    print(sys.executable)
