"""The page as a reviewer meets it, in Debian's Chromium."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright
from typer.testing import CliRunner

from extractor.cli import app
from extractor.review.server import _listener as listening
from extractor.review.server import app as application
from tests.review import makers
from tests.review.makers import sit

CHROMIUM = "/usr/bin/chromium"
EVIL = '<script>document.body.dataset.pwned = 1</script><img src=x onerror="document.body.dataset.pwned = 1">\'"></textarea></pre>&amp; \U0001f9ca\n'
ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not Path(CHROMIUM).is_file(), reason="needs Chromium from Debian's packages (apt-get install chromium)")


class Server:
    """``extractor review`` in a process of its own."""

    def __init__(self, out: Path, *options: str) -> None:
        command = [sys.executable, "-m", "extractor", "review", str(out), "--no-browser", *options]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        assert self.address.startswith("http://127.0.0.1:"), self.process.communicate()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.kill()

    def kill(self) -> str:
        """End it at once; what it wrote."""
        self.process.kill()
        return "".join(self.process.communicate())


class Thread:
    """The same in a thread of this process, which starts at once."""

    def __init__(self, out: Path) -> None:
        self.desk = sit(out)
        self.address = ""
        listener = listening("127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{listener.getsockname()[1]}/t0ken/"
        self.server = uvicorn.Server(uvicorn.Config(application(self.desk, "t0ken"), lifespan="off", log_level="error", access_log=False))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [listener]}, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.should_exit = self.server.force_exit = True
        self.thread.join(10)
        self.desk.journal.close()


@pytest.fixture
def server(out: Path) -> Iterator[Thread]:
    started = Thread(out)
    yield started
    started.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(15_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def ready(page: Page, address: str) -> None:
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_selector("body[data-ready]")


def cell(page: Page, name: str) -> str:
    return page.locator(f"#tables section[aria-label=lesions] .cell[aria-label^='{name}']").get_attribute("aria-label") or ""


def test_open_find_correct_undo_survive_a_kill_export_evaluate(out: Path, tmp_path: Path, page: Page) -> None:
    with Server(out, "--reviewer", "anna") as server:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        ready(page, server.address)

        page.keyboard.press("l")
        page.fill("#list-find", "B")
        expect(page.locator("#charts li")).to_have_count(1)
        page.locator("#charts button").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#chart-name")).to_have_text("B")

        expect(page.locator(":focus")).to_have_attribute("data-cell", '["patients","B",""]')
        for _ in range(2):  # the patient's row, the session's, the lesion's
            page.keyboard.press("J")
        expect(page.locator(":focus .title")).to_have_text("left retroperitoneum (2020-03-10)")
        for _ in range(6):
            page.keyboard.press("ArrowDown")
        expect(page.locator(":focus")).to_have_attribute("aria-label", re.compile("^coverage: adequate, confidence"))
        page.keyboard.press("Enter")
        expect(page.locator("mark.now").first).to_be_visible()
        assert "6 mm" in page.locator("mark.now").all_inner_texts()

        page.keyboard.press("c")
        page.keyboard.type("inad")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#toast")).to_have_text("coverage corrected: saved")
        assert cell(page, "coverage") == "coverage: inadequate, corrected by anna"
        page.keyboard.press("u")
        expect(page.locator("#toast")).to_have_text("Undone: saved")
        assert cell(page, "coverage").startswith("coverage: adequate, confidence")
        page.keyboard.press("c")
        page.select_option("#edit-value", "inadequate")
        page.click("#editor button[type=submit]")
        expect(page.locator("#toast")).to_have_text("coverage corrected: saved")

        told = server.kill()
        page.keyboard.press("a")
        expect(page.locator("#alert")).to_contain_text("not saved yet")
        page.keyboard.press("l")
        expect(page.locator("#alert")).to_contain_text("The server does not answer")
        page.keyboard.press("Escape")
        assert "psoas" not in told
        assert all(url.startswith(server.address) for url in asked if not url.startswith("data:"))

    context = page.context
    page.close()
    page = context.new_page()
    with Server(out, "--reviewer", "anna") as server:
        ready(page, f"{server.address}#B")
        assert cell(page, "coverage") == "coverage: inadequate, corrected by anna"
        page.keyboard.press("f")
        expect(page.locator("#chart-name")).not_to_have_text("B")

    run = CliRunner()
    labels = tmp_path / "labels"
    assert run.invoke(app, ["review", "export", str(out), "--to", "labels", "--out", str(labels)]).exit_code == 0
    result = run.invoke(app, ["evaluate", str(out), str(labels), "--rounds", "10", "--json", str(tmp_path / "found.json")])
    assert result.exit_code == 0, result.output
    assert '"labeled": "inadequate"' in (tmp_path / "found.json").read_text(encoding="utf-8")


def test_marks_drops_and_adding_from_the_keyboard(server: Thread, page: Page) -> None:
    ready(page, f"{server.address}#A")
    page.locator("mark", has_text="6 mm").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#words .rule")).to_contain_text("found by measures#margin")
    expect(page.locator("#words .link", has_text="smallest margin")).to_have_count(1)
    page.locator("#words .link", has_text="smallest margin").press("Enter")
    expect(page.locator(":focus")).to_have_attribute("aria-label", re.compile("^smallest margin, mm: 6"))
    page.keyboard.press("]")
    expect(page.locator("#note-title")).to_contain_text("2020-06-12")
    before = page.locator("mark.drop").count()
    page.keyboard.press("d")
    expect(page.locator("#drops")).to_have_attribute("aria-pressed", "true")
    assert before == 0
    expect(page.locator("#words li").first).to_contain_text("ablation zone passed over: overlaps zones#zone.ablation")
    page.keyboard.press("Enter")
    expect(page.locator("mark.now", has_text="ablation zone").first).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("[")
    page.keyboard.press("/")
    page.keyboard.type("every side")
    page.keyboard.press("Enter")
    page.keyboard.press("m")
    expect(page.locator("#toast")).to_contain_text("Marked for smallest margin")
    assert page.locator("mark.now", has_text="every side").count() == 1
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.select_option("#add-table", "complications")
    page.select_option("#add-term", "pain")
    page.locator("#add-term_text").press("Enter")
    expect(page.locator("#toast")).to_have_text("Row added: saved")
    expect(page.locator("#tables section[aria-label=complications] .title")).to_contain_text("pain")
    page.keyboard.press("X")
    expect(page.locator("#tables section[aria-label=complications] .row.out")).to_have_count(1)
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()


def test_a_note_of_five_megabytes_full_of_script_tags_is_text(made: Path, tmp_path: Path, page: Page) -> None:
    out = makers.copy(made, tmp_path)
    text = EVIL * (5_000_000 // len(EVIL)) + "The zebra finding stands last.\n"
    with (out / "notes.csv").open("a", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerow(["A-n9", "A", "2020-09-01", "clinic", "x:1", "0", text])
    server = Thread(out)
    ready(page, f"{server.address}#A")
    page.locator("#events button", has_text="2020-09-01").click()
    expect(page.locator("#note-title")).to_contain_text("2020-09-01")
    expect(page.locator(".piece").first).to_contain_text("<script>document.body.dataset.pwned")
    page.locator("#tables section[aria-label=lesions] .cell").first.focus()
    page.keyboard.press("ArrowDown")
    page.locator("#events button", has_text="2020-09-01").click()
    page.keyboard.press("/")
    page.fill("#find-text", "zebra finding")
    page.keyboard.press("Enter")
    expect(page.locator("#find-count")).to_have_text("1 found")
    page.locator("#mark").click()
    expect(page.locator("#toast")).to_contain_text("Marked for")
    assert page.evaluate("document.body.dataset.pwned") is None
    assert page.locator("#text script, #text img").count() == 0
    assert page.evaluate("document.querySelector('#text').textContent.length") > 4_900_000
    marks = [m for r in server.desk.state("A").live("lesions") for c in r.cells.values() for m in c.marks]
    assert [(m.text, text[m.start : m.end]) for m in marks] == [("zebra finding", "zebra finding")]
    server.close()


class _Other(BaseHTTPRequestHandler):
    """A page of another origin that knows the address all the same."""

    def __init__(self, target: str, *given: object) -> None:
        self.target = target
        super().__init__(*given)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        script = f"""<!doctype html><script>
          Promise.allSettled([fetch("{self.target}api/charts"), fetch("{self.target}api/charts", {{mode: "no-cors"}}),
            fetch("{self.target}api/decide", {{method: "POST", mode: "no-cors", body: '{{"chart":"A","kind":"complete"}}'}})])
            .then((all) => document.title = all.map((x) => x.status).join());</script>"""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(script.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_another_page_is_refused_though_it_knows_the_address(server: Thread, page: Page) -> None:
    other = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Other, server.address))
    threading.Thread(target=other.serve_forever, daemon=True).start()
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.goto(f"http://127.0.0.1:{other.server_port}/")
    page.wait_for_function("document.title !== ''")
    assert page.title() == "rejected,rejected,rejected"
    assert len([url for url in failed if url.startswith(server.address)]) == 3
    other.shutdown()
    assert server.desk.journal.entries == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_usable_at_375_pixels_and_its_text_stands_out(server: Thread, browser: Browser, scheme: str) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 760}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    ready(page, f"{server.address}#A")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.locator("#tables section[aria-label=lesions] .cell[aria-label^=coverage]").click()
    expect(page.locator("mark.now").first).to_be_in_viewport()
    page.click("#panes [data-pane=rows]")
    expect(page.locator("#text")).to_be_hidden()
    weak = page.evaluate(CONTRAST)
    assert weak == []
    unnamed = page.evaluate(
        "[...document.querySelectorAll('button, input, select')].filter(n => !(n.ariaLabel || n.textContent.trim() || n.labels?.length)).map(n => n.outerHTML)"
    )
    assert unnamed == []
    context.close()


CONTRAST = """() => {
  const rgb = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = (c) => { const [r, g, b] = rgb(c).map((v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
  const ground = (n) => { for (; n; n = n.parentElement) { const c = getComputedStyle(n).backgroundColor; if ((rgb(c)[3] ?? 1) > .99) return c; } return "rgb(255, 255, 255)"; };
  return [...document.querySelectorAll("header *, #panes *, #tables *, #list *")].filter((n) => n.checkVisibility() && !n.disabled && [...n.childNodes].some((c) => c.nodeType === 3 && c.data.trim()))
    .map((n) => { const a = light(getComputedStyle(n).color), b = light(ground(n)); return [n.outerHTML.slice(0, 80), (Math.max(a, b) + .05) / (Math.min(a, b) + .05)]; })
    .filter(([, ratio]) => ratio < 4.5);
}"""
