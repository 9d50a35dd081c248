"""The page of a run in a browser: sorting, contents, small and dark screens, print."""

import base64
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import Chromium, find_chromium
from page_run import make_page, make_run

pytestmark = pytest.mark.browser

TABLE = "document.querySelector('#momentum-table5 table')"
HEADINGS = f"[...{TABLE}.querySelectorAll('th[data-sort]')]"
EXTREMES = "Math.round(scrollY), innerHeight, document.documentElement.scrollHeight"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_page(make_run(tmp_path_factory.mktemp("page") / "tiny"))


@pytest.fixture(scope="module")
def started() -> Iterator[Chromium]:
    program = find_chromium()
    if program is None:
        # Where all is checked, a missing browser must not pass for a page that works.
        if os.environ.get("CI") == "true":
            pytest.fail("no chromium or google-chrome on the path, and CI is true")
        pytest.skip("needs chromium or google-chrome on the path")
    with Chromium(program) as browser:
        yield browser


@pytest.fixture
def browser(started: Chromium, page: Path) -> Chromium:
    """The page at a desk; reduced motion, so that jumps end at once."""
    emulate(started)
    started.open(page)
    return started


def emulate(browser: Chromium, **features: str) -> None:
    wanted = {"prefers-reduced-motion": "reduce"} | {
        k.replace("_", "-"): v for k, v in features.items()
    }
    named = [{"name": name, "value": value} for name, value in wanted.items()]
    browser.send("Emulation.setEmulatedMedia", features=named)


def column(browser: Chromium, place: int) -> list[str]:
    return browser.run(f"[...{TABLE}.tBodies[0].rows].map((row) => row.cells[{place}].textContent)")


def orders(browser: Chromium) -> dict[str, str]:
    """Labels of the columns that the table says it is sorted by."""
    return browser.run(
        f"Object.fromEntries({HEADINGS}.filter((one) => one.hasAttribute('aria-sort'))"
        ".map((one) => [one.textContent, one.getAttribute('aria-sort')]))"
    )


def click(browser: Chromium, element: str) -> None:
    """Click with the mouse in the middle of an element."""
    browser.run(f"{element}.scrollIntoView({{block: 'center', inline: 'center'}})")
    x, y = browser.run(
        f"(() => {{ const r = {element}.getBoundingClientRect();"
        " return [r.x + r.width / 2, r.y + r.height / 2]; })()"
    )
    for kind in ["mousePressed", "mouseReleased"]:
        browser.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)


def sort_button(label: str) -> str:
    return (
        f"{HEADINGS}.find((heading) => heading.textContent === '{label}').querySelector('button')"
    )


def test_no_errors_and_no_requests(browser: Chromium, page: Path) -> None:
    browser.run("scrollTo(0, document.body.scrollHeight)")
    browser.run("new Promise((done) => setTimeout(done, 300))")
    events: dict[str, list[Any]] = {}
    for event in browser.events:
        events.setdefault(event["method"], []).append(event["params"])
    for method in ["Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled"]:
        assert method not in events
    asked = {request["request"]["url"] for request in events["Network.requestWillBeSent"]}
    assert {url for url in asked if not url.startswith("data:")} == {page.resolve().as_uri()}


def test_clicks_sort_numbers_and_leave_missing_ones_last(browser: Chromium) -> None:
    before = [column(browser, place) for place in range(4)]
    assert orders(browser) == {}
    click(browser, sort_button("ours (sd)"))
    # 0.25 twice: in the order of the file, which VAR-N precedes FAVAR in.
    rising = ["DFM-N(1,1)", "VAR-N", "FAVAR", "standard <momentum> | other", "SV"]
    assert column(browser, 0) == rising
    assert column(browser, 2)[0] == "-0.50 (0.30)"
    assert column(browser, 2)[-1] == ""
    assert orders(browser) == {"ours (sd)": "ascending"}
    assert browser.run("document.getElementById('spoken').textContent") == (
        "Sorted by ours (sd), ascending"
    )
    click(browser, sort_button("ours (sd)"))
    falling = ["standard <momentum> | other", "VAR-N", "FAVAR", "DFM-N(1,1)", "SV"]
    assert column(browser, 0) == falling
    assert orders(browser) == {"ours (sd)": "descending"}
    click(browser, sort_button("ours (sd)"))
    assert [column(browser, place) for place in range(4)] == before
    assert orders(browser) == {}

    click(browser, sort_button("Failed fits"))
    assert column(browser, 1) == ["0 of 2", "0 of 12", "1 of 2", "2 of 2", ""]
    click(browser, sort_button("Another column 3"))
    assert column(browser, 8)[-1] == "inf"
    assert orders(browser) == {"Another column 3": "ascending"}
    click(browser, sort_button("Model"))
    assert column(browser, 0) == sorted(before[0], key=str.lower)


def test_the_keyboard_sorts(browser: Chromium) -> None:
    browser.run(f"{sort_button('printed')}.focus()")
    browser.press("Enter", "\r")
    assert column(browser, 3) == ["0.10", "0.20", "0.20", "9.00", ""]
    browser.press(" ", " ")
    assert column(browser, 3) == ["9.00", "0.20", "0.20", "0.10", ""]
    assert orders(browser) == {"printed": "descending"}
    browser.press("Tab")
    assert browser.run("document.activeElement.textContent") == "difference"
    shown = "getComputedStyle(document.activeElement)"
    assert browser.run(f"{shown}.outlineStyle !== 'none' && {shown}.outlineWidth !== '0px'")


def test_the_first_stop_skips_the_contents(browser: Chromium) -> None:
    browser.press("Tab")
    assert browser.run("document.activeElement.textContent") == "Skip to content"
    assert browser.run("document.activeElement.getBoundingClientRect().top") >= 0
    browser.press("Enter", "\r")
    assert browser.run("document.activeElement.id") == "main"


def test_the_contents_lead_to_their_places(browser: Chromium) -> None:
    links = browser.run("[...document.querySelectorAll('nav a')].map((link) => link.hash)")
    assert {"#claims", "#momentum", "#momentum-table5", "#momentum-figure-1"} <= set(links)
    for target in links:
        browser.run(f"document.querySelector('nav a[href=\"{target}\"]').click()")
        assert browser.run("location.hash") == target
        y, height, whole = browser.run(f"[{EXTREMES}]")
        top = browser.run(f"document.querySelector('{target}').getBoundingClientRect().top")
        assert abs(top) < 40 or y + height >= whole - 1, target


def test_the_contents_stay_in_sight_at_a_desk_and_fold_on_a_phone(
    browser: Chromium, page: Path
) -> None:
    browser.run("scrollTo(0, 3000)")
    assert browser.run("document.querySelector('nav').getBoundingClientRect().top") == 0
    assert browser.run("document.querySelector('nav details').open")
    browser.open(page, 360, 740)
    assert not browser.run("document.querySelector('nav details').open")


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_the_page_does_not_scroll_sideways(browser: Chromium, page: Path, width: int) -> None:
    browser.open(page, width, 740)
    assert browser.run("innerWidth") == width
    assert browser.run("document.documentElement.scrollWidth") <= width
    # What is wider scrolls in its own box, which the keyboard reaches.
    assert browser.run(
        "[...document.querySelectorAll('.box')].every("
        "(box) => box.tabIndex === 0 || box.scrollWidth <= box.clientWidth + 1)"
    )
    if width < 800:
        box = "document.querySelector('#momentum-table5 .box')"
        assert browser.run(f"{box}.scrollWidth > {box}.clientWidth")


def test_names_and_their_heading_stay_in_sight(browser: Chromium, page: Path) -> None:
    """What scrolls sideways goes on under them, whether names are short or long."""
    for kind in ["named", "worded"]:
        browser.open(page, 770, 740)
        browser.run(f"{TABLE}.classList.remove('named', 'worded'); {TABLE}.classList.add('{kind}')")
        before, after = (
            browser.run(
                f"{TABLE}.parentElement.scrollLeft = {left};"
                f"[{TABLE}.parentElement.scrollLeft, ...['thead th', 'thead th + th', 'tbody th']"
                f".map((one) => {TABLE}.querySelector(one).getBoundingClientRect().left)]"
            )
            for left in (0, 40)
        )
        moved = [a - b for a, b in zip(after, before, strict=True)]
        assert moved == [40, 0, -40, 0], kind


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(browser: Chromium, page: Path, scheme: str) -> None:
    emulate(browser, prefers_color_scheme=scheme)
    browser.open(page)

    def colour(element: str, name: str) -> list[float]:
        text = browser.run(f"getComputedStyle(document.querySelector('{element}')).{name}")
        return [int(part) for part in re.findall(r"\d+", text)[:3]]

    def luminance(rgb: list[float]) -> float:
        parts = [part / 255 for part in rgb]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    page_colour = colour("body", "backgroundColor")
    assert (luminance(page_colour) < 0.2) is (scheme == "dark")
    for element in ["h1", "main p", ".notes p", "main a", ".source", ".yes", ".no", ".open"]:
        bright, dull = sorted(
            [luminance(colour(element, "color")), luminance(page_colour)], reverse=True
        )
        assert (bright + 0.05) / (dull + 0.05) >= 4.5, element
    assert colour(".drawing", "backgroundColor") == [255, 255, 255]


def test_the_page_is_complete_without_its_script(browser: Chromium, page: Path) -> None:
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(page)
        assert len(column(browser, 0)) == 5
        assert browser.run("document.querySelectorAll('button').length") == 0
        assert browser.run("document.querySelector('nav details').open")
    finally:
        browser.send("Emulation.setScriptExecutionDisabled", value=False)


def test_figures_are_drawn(browser: Chromium) -> None:
    sizes = browser.run(
        "[...document.querySelectorAll('svg')].map((svg) => {"
        " const r = svg.getBoundingClientRect(); return [r.width, r.height]; })"
    )
    assert len(sizes) == 2
    for width, height in sizes:
        assert width > 300
        assert height / width == pytest.approx(0.5, abs=0.01)
    # Letters are copies of outlines: a copy of nothing has no size.
    assert browser.run(
        "[...document.querySelectorAll('svg use')].every((use) => {"
        " const r = use.getBoundingClientRect(); return r.width > 0 || r.height > 0; })"
    )


def test_the_page_prints(browser: Chromium) -> None:
    printed = browser.send("Page.printToPDF", preferCSSPageSize=True)
    data = base64.b64decode(printed["data"])
    assert data.startswith(b"%PDF")
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data)
    shapes = {float(width) > float(height) for width, height in boxes}
    assert shapes == {True, False}  # wide tables have pages on their side
    browser.send("Emulation.setEmulatedMedia", media="print")
    try:
        assert browser.run("getComputedStyle(document.querySelector('nav')).display") == "none"
        assert browser.run(
            "[...document.querySelectorAll('.box')].every("
            "(box) => getComputedStyle(box).overflow === 'visible')"
        )
        # On pages after its first a table has its headings again, but not the boxes of buttons.
        assert browser.run(
            "[...document.querySelectorAll('.sort')].every("
            "(button) => getComputedStyle(button).display === 'contents')"
        )
    finally:
        browser.send("Emulation.setEmulatedMedia", media="")
