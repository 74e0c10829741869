"""Pages in a real browser: headless Chromium, where it and Playwright are installed."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WIDTHS, SCHEMES = (375, 1440), ("light", "dark")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def browser_or_skip() -> Iterator[Any]:
    """A browser for a whole file of tests."""
    if BROWSER is None:
        pytest.skip("no browser: Chromium is not installed")
    if find_spec("playwright") is None or find_spec("axe_playwright_python") is None:
        pytest.skip("no browser: playwright or axe-playwright-python is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(browser: Any, path: Path, *, width: int = 1440, scheme: str = "light", script: bool = True) -> Iterator[Any]:
    """A page, which must fetch nothing and complain of nothing."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        java_script_enabled=script,
        reduced_motion="reduce",
    )
    page = context.new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    yield page
    assert heard == []
    assert {url.partition("#")[0] for url in asked if not url.startswith(("data:", "blob:"))} == {path.as_uri()}
    context.close()


def violations(page: Any) -> list[str]:
    """What axe finds wrong, each with the first element it concerns."""
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8") + "\n;0")
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]} {each['nodes'][0]['failureSummary']}" for each in found]


def sideways(page: Any) -> int:
    """Pixels by which the whole page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
