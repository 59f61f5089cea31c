"""People at their desks: a served console, a real Chromium, and what each page did besides what was asked."""

import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, Page

_TAKEN_UP_S = 20.0
_REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (401|403|409|422)\b")


@dataclass
class Watch:
    """What pages must not do: errors in the console, broken scripts, requests to anybody else."""

    base: str
    problems: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        page.on("console", lambda one: self._said(one.type, one.text))
        page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        page.on("request", lambda one: self._asked(one.url))

    def _said(self, kind: str, text: str) -> None:
        # A page that refuses what was sent answers 401, 403, 409 or 422, and Chromium notes that in the console.
        if kind in {"error", "warning"} and not _REFUSED.match(text):
            self.problems.append(f"console: {text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.base + "/", "data:", "about:", "blob:")):
            self.problems.append(f"foreign: {url}")


@dataclass
class Desk:
    """A served console with a browser; ``keys`` by person."""

    base: str
    browser: Browser
    environment: dict[str, str]
    keys: dict[str, str]
    watch: Watch
    contexts: list[BrowserContext] = field(default_factory=list)

    def sit(self, person: str, *, script: bool = True, width: int = 1440, height: int = 900, **more: Any) -> Page:
        """Sign a person in and return their page."""
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=script, locale="zh-CN", **more
        )
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        self.watch.over(page)
        page.goto(f"{self.base}/login")
        page.fill("#key", self.keys[person])
        page.click("main button[type=submit]")
        page.wait_for_url(re.compile(r"^(?!.*/login)"))
        return page

    def go(self, page: Page, path: str) -> Page:
        """Go to a path of the console and return the page."""
        answer = page.goto(self.base + path)
        assert answer is not None
        assert answer.status == 200, f"{path}: {answer.status}"
        return page

    def wait_in_force(self, code: str, version: int) -> None:
        """Wait until the server has taken up a version of a list."""
        deadline = time.monotonic() + _TAKEN_UP_S
        while time.monotonic() < deadline:
            lists = httpx.get(f"{self.base}/readyz").json().get("lists", [])
            if {"code": code, "version": version} in lists:
                return
            time.sleep(0.1)
        raise AssertionError(f"{code} {version} did not come into force: {lists}")

    def run(self, *words: str) -> None:
        """Run a command of the program on the console's database."""
        command = [sys.executable, "-c", "from app.cli import main; main()", *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def sheet(path: Path, rows: list[list[Any]]) -> Path:
    """Write a workbook with one sheet 名单."""
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "名单"
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path
