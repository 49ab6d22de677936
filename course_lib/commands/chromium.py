"""Where the browser for the browser tests is."""

import os
import shutil

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
MACOS = ("Google Chrome", "Chromium", "Microsoft Edge")
WINDOWS = (
    "Google\\Chrome\\Application\\chrome.exe",
    "Chromium\\Application\\chrome.exe",
    "Microsoft\\Edge\\Application\\msedge.exe",
)


def find_chromium():
    """The path of a Chromium, Chrome or Edge, or None. The environment variable COURSE_CHROMIUM names another one."""
    named = os.environ.get("COURSE_CHROMIUM")
    if named:
        return shutil.which(named)
    places = [*PROGRAMS, *(f"/Applications/{name}.app/Contents/MacOS/{name}" for name in MACOS)]
    for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        places += [os.path.join(os.environ[variable], path) for path in WINDOWS if variable in os.environ]
    return next((found for found in map(shutil.which, places) if found), None)
