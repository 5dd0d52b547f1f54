"""Every photo of an orbit, 60 photos on 30 spots, is reachable by mouse and by keyboard; pictures, details and filmstrip."""
import json
import urllib.parse

from scenes import Inspection, say

TITLE = "(t => t === '…' ? '' : t)(document.getElementById('details-title').textContent)"
ITEMS = """Promise.all([import("/assets/photos.js"), import("/assets/overlay.js")]).then(([photos, overlay]) => {
  const stage = document.getElementById("map").getBoundingClientRect();
  return photos.drawnItems().map(item => [item, overlay.containerPoint(item.x, item.y)])
    .filter(([, at]) => at.x > 0 && at.y > 0 && at.x < stage.width && at.y < stage.height)
    .map(([item, at]) => ({ kind: item.kind, count: item.count, x: stage.x + at.x, y: stage.y + at.y })); })"""


async def choose_flight(page, name):
    await page.press_on(f".flight[title={json.dumps(name)}]")
    count = await page.run(f"document.querySelector('.flight[title={json.dumps(name)}] .count').textContent")
    await page.ready(int(count))
    await page.drawn()
    return int(count)


async def by_mouse(page):
    assert await choose_flight(page, Inspection.ORBIT) == 60
    items = await page.run(ITEMS)
    assert sum(item["count"] for item in items) == 60, items
    found = set()
    for item in items:
        assert item["kind"] == 1, f"a stack at this zoom: {item}"
        for row in range(item["count"]):
            await page.click(item["x"], item["y"])
            await page.until("!document.getElementById('stack').hidden", "the list of a stack")
            rows = await page.run("document.querySelectorAll('#stack-list button').length")
            assert rows == item["count"], f"{rows} rows for {item}"
            name = await page.until("(n => n !== '…' && n)(document.querySelectorAll('#stack-list .name')"
                                    f"[{row}].textContent)", "the name of a row")
            await page.press_on(f"#stack-list li:nth-child({row + 1}) button")
            await page.until(f"{TITLE} === {json.dumps(name)} && !document.getElementById('details').hidden", f"the details of {name}")
            found.add(name)
            await page.press_on("#close")
            await page.until("document.getElementById('details').hidden", "closed details")
            # Opening details may have moved the map.
            if row + 1 < item["count"] or item is not items[-1]:
                await page.run("document.getElementById('fit').click()")
                await page.drawn()
    assert len(found) == 60, f"{len(found)} of 60 photos by mouse"
    say("all 60 photos of an orbit open by mouse, from 30 stacks")


async def by_keyboard(page):
    await page.run("new Promise(done => setTimeout(done, 300))")
    await page.send("Page.reload")
    await page.ready(60)
    await page.press("Tab")
    assert await page.run("document.activeElement.className") == "skip", "the first Tab leads to the skip link"
    await page.press("Enter")
    assert await page.run("document.activeElement.id") == "strip", "the skip link leads to the photos"
    await page.press("Home", "Enter")
    found, last = [], None
    for _ in range(60):
        name = await page.until(f"(t => t !== {json.dumps(last)} && !document.getElementById('details').hidden && t)({TITLE})",
                                "the next photo's details")
        found.append(last := name)
        await page.press("ArrowRight")
    assert len(set(found)) == 60, f"{len(set(found))} of 60 photos by keyboard"
    assert await page.run("document.getElementById('next').disabled"), "the last photo has no next one"
    active = await page.run("(s => document.getElementById(s.getAttribute('aria-activedescendant'))?.getAttribute('aria-posinset'))"
                            "(document.getElementById('strip'))")
    assert active == "60", f"screen readers hear of photo {active}"
    await page.press("Escape")
    assert await page.run("document.getElementById('details').hidden"), "Esc closes the details"
    say("all 60 photos of an orbit open by keyboard, in the order of time")


async def details(page):
    await page.run("document.querySelector('[data-strip=flight]').click()")
    await page.run("document.getElementById('strip').scrollLeft = 0")
    await page.press_on(".frame[aria-posinset='1']")
    facts = await page.until("(f => f.includes('11:12:00') && f)(document.getElementById('facts').textContent)", "facts")
    for part in ["2024-07-03 11:12:00", "UTC+02:00", "09:12:00 UTC", "41.2 m above take-off", "466.2 m above sea level",
                 "180° S, pitch −10°", "RTK fixed", "σ 1.5 cm horizontal, 2.7 cm vertical", "12.5 m, 3 s after", "DJI FC6310R"]:
        assert part in facts, f"{part!r} is not in {facts!r}"
    assert await page.run("document.getElementById('place').textContent") == "1 of 60"
    assert await page.run("document.getElementById('previous').disabled")
    await page.press_on("#next")
    await page.until("document.getElementById('place').textContent === '2 of 60'", "the next photo")
    await page.run("document.activeElement.blur()")
    await page.press("ArrowLeft")
    await page.until("document.getElementById('place').textContent === '1 of 60'", "the previous photo by its key")
    await page.press(".")
    await page.until("document.getElementById('place').textContent === '2 of 60'", "the next photo by its key")
    assert not await page.run("document.getElementById('all').open"), "other fields are folded"
    fields = await page.run("document.querySelectorAll('#fields dt').length")
    assert fields >= 25, f"{fields} fields"
    say("details: the answers first, other fields folded; previous and next by buttons and keys")
    title = await page.run(TITLE)
    await page.send("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    for name, wanted in [("Copy path", f"works/{Inspection.ORBIT}/{title}"), ("Copy URL", "file://")]:
        await page.run(f"[...document.querySelectorAll('#actions button')].find(b => b.textContent === '{name}')?.click()")
        got = await page.until(f"navigator.clipboard.readText().then(t => t.includes({json.dumps(wanted)}) && t)", f"{name}: {wanted}")
        assert got.endswith(urllib.parse.quote(title) if "URL" in name else title), got
    say("path and URL of a photo are copied")


async def pictures(page, jpeg):
    """The server's own pictures are another test's; here they are answered as it does, one of them missing."""
    asked = []
    await page.run("document.querySelector('[data-strip=view]').click()")
    await page.run("document.getElementById('fit').click()")
    await page.run("new Promise(done => setTimeout(done, 400))")
    missing = await page.run("import('/assets/store.js').then(({ state }) => state.points.id[state.points.order[2]])")

    def make(path):
        asked.append(path)
        return (404, "application/json", b"{}") if path.startswith(f"/photos/{missing}/") else (200, "image/jpeg", jpeg)
    config = json.loads(await page.run("fetch('/map/config').then(a => a.text())"))
    await page.answer("/photos/", make)
    await page.answer("/map/config", lambda _: (200, "application/json", json.dumps({**config, "pictures": True}).encode()))
    # The browser holds pictures of the server.
    await page.send("Network.setCacheDisabled", cacheDisabled=True)
    await page.send("Page.reload")
    await page.ready()
    await page.until("document.querySelectorAll('.frame.pictured img').length > 3", "pictures in the filmstrip")
    await page.until("[...document.querySelectorAll('.frame')].some(f => f.dataset.id ==="
                     f" '{missing}' && f.textContent.includes('No picture'))",
                     "a quiet placeholder for a picture that is missing")
    assert not any("/preview" in path for path in asked), "previews only in the details"
    await page.press_on(".frame.pictured")
    await page.until("document.querySelector('#picture img')?.complete", "the picture of the details")
    assert await page.run("document.querySelector('#picture img').alt") == await page.run(TITLE), "its name is its text"
    asked.clear()
    # Scrolled through at once: only what stays in sight is asked for.
    await page.run("(s => { for (let x = 0; x < s.scrollWidth; x += 400) s.scrollLeft = x; s.scrollLeft = s.scrollWidth })"
                   "(document.getElementById('strip'))")
    await page.until("[...document.querySelectorAll('.frame.pictured')].some(f => f.getAttribute('aria-posinset') === f.getAttribute('aria-setsize'))",
                     "the last picture")
    assert len({path.split("/")[2] for path in asked}) < 30, f"{len(asked)} pictures for a screen of them"
    elements = await page.run("document.querySelectorAll('.frame').length")
    assert elements < 30, f"the filmstrip has {elements} elements"
    say("pictures: filmstrip, details, placeholders; only those in sight are asked for")
    page.complaints = [c for c in page.complaints if f"/photos/{missing}/" not in c]


async def linked(page):
    """Filmstrip, map and tree share hover and selection."""
    await page.run("document.querySelector('[data-strip=view]').click()")
    await page.run("document.getElementById('strip').scrollLeft = 0")
    await choose_flight(page, Inspection.SURVEY)
    items = [item for item in await page.run(ITEMS) if item["kind"] == 0]
    assert len(items) == 80, f"{len(items)} dots of a survey"
    await page.mouse("mouseMoved", items[0]["x"], items[0]["y"])
    await page.until("document.querySelector('.frame.hovered') !== null || !document.getElementById('hover').hidden", "a hovered frame")
    await page.until("document.querySelector('#hover .name')?.textContent.endsWith('.JPG')", "the card with the photo's name")
    await page.click(items[0]["x"], items[0]["y"])
    title = await page.until(f"!document.getElementById('details').hidden && {TITLE}", "details by a click on a dot")
    await page.until("document.querySelector('.frame.current')?.getAttribute('aria-selected') === 'true'", "its frame")
    label = await page.run("document.querySelector('.frame.current').getAttribute('aria-label')")
    await page.press_on("#close")
    say(f"a dot is one photo: hover shows its name, a click its details and its frame ({title}; {label})")
    # Without a position, and a file that is gone.
    await page.run("document.querySelector('#filters button[type=reset]').click()")
    await page.ready(Inspection.LOCATED)
    await page.run("document.querySelector('[data-strip=none]').click()")
    await page.until("document.getElementById('strip-title').textContent === '12 photos without position'", "photos without position")
    reason = await page.until("document.querySelector('.frame .none')?.textContent", "their reason")
    assert "Exif" in reason, reason
    await page.press_on(".frame[aria-posinset='1']")
    await page.until("document.getElementById('warning').textContent.includes('No position')", "the reason in the details")
    await page.press_on("#close")
    assert await page.run("[...document.querySelectorAll('.flight small')].some(s => s.textContent.includes('12 without position'))")
    await page.run("document.querySelector('[data-strip=view]').click()")
    gone = await page.until("import('/assets/store.js').then(({ state }) => state.points.id[state.points.marks.findIndex(m => m & 8)])",
                            "the photo whose file is gone")
    await page.run(f"import('/assets/store.js').then(s => s.set({{ photo: {gone} }}))")
    await page.until("document.getElementById('warning').textContent.includes('deletion guard')", "what the deletion guard keeps")
    await page.until("document.querySelector('.frame.current.gone') !== null", "its frame, dashed")
    await page.press_on("#close")
    say("photos without position are listed with their reason; a photo whose file is gone is marked")


