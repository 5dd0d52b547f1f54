"""The page of a link: the photos of one filter, until the link is revoked."""
import json

from browser import Browser
from served import Server

from scenes import say

TEXT = "document.body.innerText"
ENDED = "This link was revoked, or it has expired. Ask its owner for a new one."


async def check_links(scene):
    folder = json.loads(scene.gpsindex("folders", "--site", "flights", "--json"))[0]["folder"]
    count = int(scene.gpsindex("query", "--site", "flights", "--folder", folder, "--count"))
    assert 0 < count < scene.count
    pit, coast = (scene.gpsindex("share", "add", name, "--site", "flights", "--folder", folder).strip() for name in ("pit", "coast"))
    with Server(scene.program, scene.index, "--share", environment=scene.environment) as server:
        async with Browser() as page:
            await page.open(server.root + pit)
            await page.ready(count)
            await page.until("document.querySelectorAll('.flight').length === 1", "its flight")
            assert await page.run("document.getElementById('title').textContent") == "pit"
            address = await page.run("location.href")
            assert "share" not in address, address
            assert await page.run("document.querySelectorAll('#tree button').length") == 0, "a sync can be started"
            assert await page.run("getComputedStyle(document.querySelector('.command')).display") == "none"
            names = await page.run("[...document.querySelectorAll('.site, [name=site] option')].map(e => e.dataset.site ?? e.value)")
            assert set(names) == {"pit", ""}, names
            say(f"a link shows its {count} photos, its name, and neither site nor syncs")
            await details(scene, page)
            assert not [u for u in page.requests if "/map/events" in u], "it asks for syncs"
            assert not page.complaints, page.complaints
            await changes(scene, server, page, pit, coast, count)


async def details(scene, page):
    await page.run("document.getElementById('strip').focus()")
    await page.press("Home", "Enter")
    await page.until("document.getElementById('details-title').textContent.length > 1", "details")
    text = await page.until("(t => t.includes('fields') && t)(document.getElementById('details').innerText)", "all fields")
    assert "Copy path" not in text and "Copy URL" not in text and "Download" not in text, text
    fields = await page.run("document.getElementById('fields').textContent")
    for word in ["flights", "serial_number", "file://", scene.folder.name]:
        assert word not in fields, fields
    say("its details hide paths, URLs and serial numbers")
    await page.press("Escape")
    await page.run("document.querySelector('.flight').click()")
    await page.until("document.querySelectorAll('.flight[aria-selected=true]').length === 1", "the flight as a filter")
    assert await page.run("document.documentElement.dataset.ready") != "0"
    await page.run("document.querySelector('#filters button[type=reset]').click()")
    say("a flight of it can be chosen")


async def changes(scene, server, page, pit, coast, count):
    # Another address of the same page.
    await page.run(f"location.hash = '{coast[1:]}'")
    await page.until("document.getElementById('title')?.textContent === 'coast'", "the other link")
    await page.ready(count)
    await page.open("about:blank")
    await page.open(server.url)
    await page.ready(scene.count)
    assert await page.run("document.getElementById('title').textContent") == "gpsindex"
    say("the owner's address shows everything again")
    await page.open("about:blank")
    await page.open(server.root + pit)
    await page.until("document.getElementById('title')?.textContent === 'pit'", "the link again")
    await page.ready(count)
    scene.gpsindex("share", "revoke", "pit")
    await page.run("import('/assets/net.js').then(net => net.askJSON('/map/config').catch(() => {}))")
    await page.until(f"{TEXT}.trim() === '{ENDED}'", "the end of the link")
    for address in [server.root + "/", server.root + pit]:
        await page.open("about:blank")
        await page.open(address)
        await page.until(f"document.getElementById('say')?.textContent === '{ENDED}'", f"the end at {address}")
    say("a revoked link ends an open page, a reload, and the link itself with one sentence")
