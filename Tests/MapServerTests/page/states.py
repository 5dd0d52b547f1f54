"""What the page keeps in its address, and what it says when something is empty or fails."""
import json

from browser import Browser
from served import Server

from reach import TITLE, choose_flight
from scenes import Inspection, Programs, say

HEADER = "document.querySelector('#total').textContent"


async def address(page):
    """A reload shows the same: window, filters, selection, colours, layers."""
    await choose_flight(page, Inspection.SURVEY)
    await page.run("(s => { s.value = 'altitude'; s.dispatchEvent(new Event('change')) })(document.getElementById('colour'))")
    await page.run("document.getElementById('show-paths').click()")
    await page.run("document.querySelector('[data-strip=flight]').click()")
    await page.run("document.getElementById('zoom-in').click()")
    await page.until("document.querySelectorAll('.frame').length > 2", "frames")
    await page.press_on(".frame[aria-posinset='2']")
    title = await page.until(f"!document.getElementById('details').hidden && {TITLE}", "details")
    await page.run("new Promise(done => setTimeout(done, 500))")
    before = await page.run("location.hash")
    for part in ["map=", "colour=altitude", "photo=", "folder=survey", "layers=dirs", "strip=flight"]:
        assert part in before, f"{part} is not in {before}"
    header = await page.run(HEADER)
    await page.send("Page.reload")
    await page.ready(80)
    await page.until(f"{TITLE} === {json.dumps(title)}", "the same details")
    await page.run("new Promise(done => setTimeout(done, 500))")
    assert await page.run(HEADER) == header
    assert await page.run("[document.getElementById('colour').value, document.getElementById('show-paths').checked]") == ["altitude", False]
    after = await page.run("location.hash")
    assert after == before, f"{before} became {after}"
    await page.press_on("#close")
    await page.until("document.getElementById('details').hidden", "closed")
    await page.run("history.back()")
    await page.until(f"!document.getElementById('details').hidden && {TITLE} === {json.dumps(title)}", "Back opens them again")
    await page.press("Escape")
    say("a reload shows the same window, filters, photo, colours and layers; Back works")
    # The tree keeps the siblings of the chosen flight; a second click shows all again.
    flights = await page.run("document.querySelectorAll('.flight[role=treeitem]').length")
    assert flights == 3, f"{flights} flights while one is chosen"
    assert await page.run("document.querySelectorAll('.flight[aria-selected=true]').length") == 1
    await page.press_on(".flight[aria-selected=true]")
    await page.ready(Inspection.LOCATED)
    await page.run("document.activeElement.blur()")
    await page.press("/")
    assert await page.run("document.activeElement.id") == "search"
    await page.press("t", "o", "w")
    await page.until("document.querySelectorAll('.flight[role=treeitem]').length === 1", "the flight that is searched for")
    await page.press("x")
    await page.until("document.getElementById('tree').textContent.includes('No site or flight matches')", "that none matches")
    await page.press("Escape")
    await page.until("document.querySelectorAll('.flight[role=treeitem]').length === 3", "all flights")
    say("the tree keeps siblings, and can be searched")
    # Fit: the view moves on request.
    await page.run("document.activeElement.blur()")
    was = await page.run("location.hash")
    await page.press("f")
    await page.until(f"location.hash !== {json.dumps(was)}", "the fitted map")
    say("F fits the map to the selection")


async def colours(page):
    """The legend's numbers add up to the photos in view, in every mode."""
    for mode in ["flight", "site", "fix"]:
        await page.run(f"(s => {{ s.value = '{mode}'; s.dispatchEvent(new Event('change')) }})(document.getElementById('colour'))")
        await page.drawn()
        total = await page.run("[...document.querySelectorAll('#scale .count')].reduce((sum, e) => sum + Number(e.textContent.replaceAll(',', '')), 0)")
        shown = await page.run("parseInt(document.getElementById('strip-title').textContent.replaceAll(',', ''))")
        assert total == shown == 140, f"{mode}: {total} in the legend, {shown} in the filmstrip"
    rows = await page.run("[...document.querySelectorAll('#scale .line')].map(e => e.textContent)")
    assert rows == ["RTK fixed100", "RTK float20", "single20", "none0"], rows
    for mode, words in [("altitude", ["41 m", "81 m", "above take-off"]), ("time", ["2024-07-03"])]:
        await page.run(f"(s => {{ s.value = '{mode}'; s.dispatchEvent(new Event('change')) }})(document.getElementById('colour'))")
        await page.drawn()
        text = await page.run("document.getElementById('scale').textContent")
        assert all(word in text for word in words), f"{mode}: {text}"
    await page.run("(s => { s.value = 'flight'; s.dispatchEvent(new Event('change')) })(document.getElementById('colour'))")
    say("colours by flight, site, fix, altitude and time; the legend's numbers add up")


async def findings(page):
    """The worst finding of each photo, as /map/findings has it; its text in the details; the choice survives a reload."""
    await page.run("(s => { s.value = 'finding'; s.dispatchEvent(new Event('change')) })(document.getElementById('colour'))")
    answer = json.loads(await page.run("fetch('/map/findings?').then(a => a.text())"))
    levels, worst, texts = ["error", "warning", "note"], {}, {}
    for feature in answer["features"]:
        found = feature["properties"]
        for photo in found["ids"]:
            worst[photo] = min(worst.get(photo, 3), levels.index(found["severity"]))
            texts.setdefault(photo, []).append(f"{found['title']}: {found['text']}")
    assert worst, "the scene has no finding"
    located = await page.run("(async () => (await import('/assets/store.js')).state.points.id)().then(ids => [...ids])")
    counts = [sum(worst.get(photo, 3) == level for photo in located) for level in range(4)]
    wanted = [f"{name}{count}" for name, count in zip(["errors", "warnings", "notes", "none"], counts)]
    rows = "[...document.querySelectorAll('#scale .line')].map(e => e.textContent)"
    await page.until(f"JSON.stringify({rows}) === {json.dumps(json.dumps(wanted, separators=(',', ':')))}", f"the legend {wanted}")
    photo = next(photo for photo in located if photo in worst)
    await page.run(f"import('/assets/store.js').then(m => m.set({{ photo: {int(photo)} }}))")
    await page.until(f"document.getElementById('warning').textContent.includes({json.dumps(texts[photo][0])})", "the finding in the details")
    await page.until("location.hash.includes('colour=finding')", "the address")
    await page.send("Page.reload")
    await page.ready(len(located))
    await page.until(f"JSON.stringify({rows}) === {json.dumps(json.dumps(wanted, separators=(',', ':')))}", "the same after a reload")
    await page.until(f"document.getElementById('warning').textContent.includes({json.dumps(texts[photo][0])})", "the finding in the details")
    await page.press("Escape")
    await page.run("(s => { s.value = 'flight'; s.dispatchEvent(new Event('change')) })(document.getElementById('colour'))")
    say(f"colours by finding: {wanted} as /map/findings has them, with their texts in the details")


async def trouble(page):
    """Failures say what to do, and no promise stays without an answer."""
    await page.run("(f => { f.value = 'yesterdayish'; f.dispatchEvent(new Event('input', {bubbles: true})) })(document.querySelector('[name=since]'))")
    await page.until("!document.getElementById('refusal').hidden && document.getElementById('refusal').textContent.includes('yesterdayish')",
                     "what is wrong with the filter")
    page.complaints = [c for c in page.complaints if "400 (Bad Request)" not in c]
    await page.run("document.querySelector('#filters button[type=reset]').click()")
    await page.until("document.getElementById('refusal').hidden", "no refusal")
    await page.run("(f => { f.value = 'DJI*'; f.dispatchEvent(new Event('input', {bubbles: true})) })(document.querySelector('[name=camera]'))")
    await page.run("(f => { f.value = '9000'; f.dispatchEvent(new Event('input', {bubbles: true})) })(document.querySelector('[name=low]'))")
    await page.until("document.getElementById('empty').textContent.includes('Without Altitude 9000..: 140 photos.')", "which filter removes most")
    await page.run("[...document.querySelectorAll('#empty button')].find(b => b.textContent === 'Remove this filter').click()")
    await page.ready(Inspection.LOCATED)
    assert await page.run("document.getElementById('empty').hidden")
    await page.run("document.querySelector('#filters button[type=reset]').click()")
    await page.until("document.querySelectorAll('.chip').length === 0", "no filters")
    say("an invalid filter says what is wrong, and an empty result which filter removes most")
    await page.send("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1, uploadThroughput=-1)
    await page.run("(f => { f.value = 'tower'; f.dispatchEvent(new Event('input', {bubbles: true})) })(document.querySelector('[name=folder]'))")
    await page.until("!document.getElementById('banner').hidden && document.getElementById('banner').textContent.includes('gpsindex serve')",
                     "that the server is gone")
    await page.send("Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1, uploadThroughput=-1)
    await page.press_on("#banner-retry")
    await page.ready(60)
    assert await page.run("document.getElementById('banner').hidden")
    await page.run("document.querySelector('#filters button[type=reset]').click()")
    await page.ready(Inspection.LOCATED)
    page.complaints = [c for c in page.complaints if "ERR_INTERNET_DISCONNECTED" not in c]
    assert not page.complaints, page.complaints
    say("a server that is gone is said, and Retry asks again")


async def empty(binaries, folder):
    programs = Programs(binaries, folder, "nothing")
    nothing = programs.folder / "nothing"
    nothing.mkdir()
    programs.gpsindex("sync", str(nothing))
    with Server(programs.program, programs.index, environment=programs.environment) as server:
        async with Browser() as page:
            await page.open(server.url)
            await page.until("(e => e && !e.hidden && e.textContent.includes('gpsindex site add'))(document.getElementById('empty'))",
                             "the commands for an empty index")
            assert not page.complaints, page.complaints
    say("an empty index says how to fill it")
