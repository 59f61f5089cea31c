"""Where the machine has Chromium."""

import os
import shutil

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """Return the path of Chromium; ``CUTOFF_TEST_CHROMIUM`` names another one."""
    named = os.environ.get("CUTOFF_TEST_CHROMIUM")
    return named or next((path for name in _NAMES if (path := shutil.which(name))), None)
