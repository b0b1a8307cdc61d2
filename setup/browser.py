"""Sees to it that the browser tests find a Chromium: Debian's, installed where we are root, or the machine's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
# With letters for Polish and Cyrillic, so that a picture of a page shows what a customer would read.
PACKAGES = ("chromium", "fonts-dejavu-core", "fonts-liberation")


def main() -> int:
    """Answer 0 when a Chromium is there or the run leaves it out, else 1 with the remedy."""
    if "browser" in os.environ.get("WITHOUT", "").replace(",", " ").split():
        print("setup: WITHOUT=browser: the tests that look at pages are left out")
        return 0
    if any(map(shutil.which, NAMES)) or install():
        return 0
    print("setup: the tests need Chromium, and this account may not install it.", file=sys.stderr)
    print(
        "setup: apt-get install chromium (as root), or leave it out: make test WITHOUT=browser",
        file=sys.stderr,
    )
    return 1


def install() -> bool:
    """Install Debian's Chromium, if we are root on a Debian; say whether it is there now."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print("setup: installing Debian's chromium", flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", *PACKAGES]):
        done = subprocess.run(
            ["apt-get", *step], env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        if done.returncode != 0:
            print((done.stdout + done.stderr).decode(errors="replace")[-2000:], file=sys.stderr)
    return any(map(shutil.which, NAMES))


if __name__ == "__main__":
    sys.exit(main())
