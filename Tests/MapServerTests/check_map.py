#!/usr/bin/env python3
"""The map in a real Chromium (`make test-map`): check_map.py FOLDER-OF-PROGRAMS FOLDER-OF-PICTURES; for the page without
clusters and looks, check_map.py FOLDER-OF-PROGRAMS --page; for links of `share add` alone, with --links; for hostile names alone,
check_map.py FOLDER-OF-PROGRAMS

Photos with hostile names are indexed by the program itself; then the page is used as a person would.
"""
import asyncio
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[2] / "Support/MapClient"),
                str(pathlib.Path(__file__).resolve().parent / "page")]
from browser import Browser  # noqa: E402
from clusters import check_clusters  # noqa: E402
from links import check_links  # noqa: E402
from served import Server  # noqa: E402
import looks  # noqa: E402
import reach  # noqa: E402
import states  # noqa: E402
from scenes import HOSTILE, Inspection, Scene, say  # noqa: E402


async def site_text(page, site):
    return await page.run(f"[...document.querySelectorAll('.site')].find(e => e.dataset.site === '{site}')?.textContent ?? ''")


async def check_names(scene):
    with Server(scene.program, scene.index, environment=scene.environment) as server:
        async with Browser() as page:
            await page.open(server.url)
            await page.ready(scene.count)
            await hostile(page)
            unharmed(server, page)


def unharmed(server, page):
    strangers = [u for u in page.requests if not u.startswith((server.root + "/", "data:image/"))]
    assert not strangers, f"requests to others: {strangers}"
    say(f"all {len(page.requests)} requests went to the server itself")
    assert not page.dialogs, f"a name ran as a script: {page.dialogs}"
    assert not page.complaints, f"the browser complains: {page.complaints}"
    say("no script of a name ran; the browser's console is empty")


async def check(scene):
    with Server(scene.program, scene.index, environment=scene.environment) as server:
        async with Browser() as page:
            await page.open(server.url)
            await page.ready(scene.count)
            say(f"{scene.count} photos are on the map")
            assert "token" not in await page.run("location.href"), "the token stays in the address"
            await use(scene, server, page)
            await hostile(page)
            await syncs(scene, server, page)
            await page.run("document.querySelector('#filters button[type=reset]').click()")
            await page.ready(scene.count + 1)
            unharmed(server, page)
        await without_token(scene, server)
    await guarded(scene)


async def use(scene, server, page):
    # Draws a box in the middle of the map.
    await page.run("document.getElementById('box-tool').click()")
    await page.drag((600, 200), (1000, 600))
    box = await page.until("document.querySelector('[name=bbox]').value", "a box")
    assert len(box.split(",")) == 4, box
    wanted = int(scene.gpsindex("query", f"--bbox={box}", "--count"))
    await page.ready(wanted)
    assert 0 < wanted < scene.count, f"{wanted} photos in the box"
    command = await page.run("document.getElementById('command').textContent")
    assert command == f"gpsindex query --bbox {box}", command
    say(f"a box that is drawn is --bbox: {wanted} photos, as the command line counts them")
    link = await page.run("document.querySelector('[data-format=geojson]').href")
    with urllib.request.urlopen(link) as answer:
        assert len(json.load(answer)["features"]) == wanted
    say("the download holds the selection")
    await page.run("document.querySelector('#filters button[type=reset]').click()")
    await page.ready(scene.count)
    await page.run("(f => { f.value = 'odd'; f.dispatchEvent(new Event('input', {bubbles: true})) })"
                   "(document.querySelector('[name=site]'))")
    await page.ready(len(HOSTILE))
    say(f"filters narrow the map: {len(HOSTILE)} photos of one site")
    await page.run("document.querySelector('#filters button[type=reset]').click()")
    await page.ready(scene.count)


async def hostile(page):
    flights = "[...document.querySelectorAll('.flight[role=treeitem]')]"
    # Names as the tree shows them: control characters by their code points.
    odd = await page.until(f"(f => f.length && f)({flights}.map(e => e.title).filter(t => t.includes('.jpg')))", "the folders")
    seen = []
    for number in range(len(odd)):
        row = f"{flights}.filter(e => e.title.includes('.jpg'))[{number}]"
        name = await page.run(f"{row}.title")
        await page.run(f"{row}.click()")
        await page.until("document.documentElement.dataset.ready === '1'", f"the one photo of {name!r}")
        await page.run("document.getElementById('fit').click()")
        await page.drawn()
        # The only photo.
        x, y = await page.run("(r => [r.x + r.width / 2, r.y + r.height / 2])(document.getElementById('map').getBoundingClientRect())")
        item, = await page.run(reach.ITEMS)
        assert abs(item["x"] - x) < 60 and abs(item["y"] - y) < 60, f"{item} is not in the middle"
        await page.mouse("mouseMoved", item["x"], item["y"])
        await page.until("!document.getElementById('hover').hidden && document.querySelector('#hover .name').textContent !== '…'", "its card")
        await page.click(item["x"], item["y"])
        await page.until("!document.getElementById('details').hidden", f"the details of {name!r}")
        title = await page.until("(t => t.includes('.jpg') && t)(document.getElementById('details-title').textContent)", "its name")
        assert not any(ord(c) < 32 or c in "\u202e\u2028\u2066" for c in title), repr(title)
        seen.append(title)
        assert await page.run("document.querySelectorAll('#tree img, #tree script, #details img:not([src^=\"/photos/\"]), #details script, #details b,"
                              " #hover b, #hover script, #strip b, #strip script, #chips script, svg').length") == 0
        await page.run("document.getElementById('close').click()")
        await page.run("document.querySelector('#filters button[type=reset]').click()")
        # The number of the one photo may stand there for a moment yet.
        await page.until("document.querySelectorAll('.flight[aria-selected=true]').length === 0 &&"
                         " document.documentElement.dataset.ready > 1", "all folders")
    assert len(seen) == len(HOSTILE), seen
    assert "<img src=x onerror=alert(1)>.jpg" in seen and "\\u{202e}gpj.exe.jpg" in seen, seen
    assert any("FF" in t and "<b>" in t for t in seen), seen
    say(f"{len(seen)} hostile names are shown as text")


async def syncs(scene, server, page):
    # A sync of another process, stopped during its run so that the page can be inspected.
    running = subprocess.Popen([scene.program, "sync", "flights", "--full", "--index", scene.index, "-q"],
                               env=scene.environment)
    for _ in range(200):
        if list(pathlib.Path(scene.index).parent.glob("*.lock")):
            break
        await asyncio.sleep(0.005)
    running.send_signal(signal.SIGSTOP)
    await page.until("document.querySelector('.site[data-state=running]') !== null", "the sync of another process")
    text = await site_text(page, "flights")
    assert f"process {running.pid}" in text, text
    running.send_signal(signal.SIGCONT)
    assert running.wait() == 0
    await page.until("document.querySelector('.site[data-state=running]') === null", "its end")
    await page.until("[...document.querySelectorAll('.site')].some(e => e.textContent.includes('sync complete'))",
                     "that it is complete")
    say("a sync of another process is seen while it runs, and its end")
    # A sync that the page starts; a new photo appears on the map without a reload.
    shutil.copy2(scene.sample, scene.sample.with_name("ZZ_NEW.JPG"))
    await page.run("[...document.querySelectorAll('.site')].find(e => e.dataset.site === 'flights').querySelector('button').click()")
    await page.ready(scene.count + 1)
    say("a sync started from the page brings its photo to the map")


async def without_token(scene, server):
    async with Browser() as page:
        await page.open(server.root + "/")
        await page.ready()
        await page.until("document.querySelector('.site button') !== null", "the sites")
        await page.run("document.querySelector('.site button').click()")
        await page.until("!document.getElementById('trouble').hidden", "the refusal")
        say("actions need the token")


async def guarded(scene):
    with Server(scene.program, scene.index, "--ask-token", environment=scene.environment) as server:
        async with Browser() as page:
            await page.open(server.root + "/")
            await page.until("document.getElementById('say') !== null", "the sign-in page")
            await page.open("about:blank")
            await page.open(server.url)
            await page.ready(scene.count + 1)
            assert "gpsindex-" not in await page.run("document.cookie"), "scripts can read the cookie"
            say("--ask-token: the address with the token signs in")


async def inspect(scene, pictures):
    """The page as somebody uses it who looks for photos."""
    jpeg = reach_jpeg(scene)
    with Server(scene.program, scene.index, environment=scene.environment) as server:
        async with Browser() as page:
            await page.open(server.url)
            await page.ready(Inspection.LOCATED)
            await states.colours(page)
            await states.findings(page)
            await reach.by_mouse(page)
            await reach.by_keyboard(page)
            await reach.details(page)
            await page.press_on("#close")
            await reach.linked(page)
            await states.address(page)
            await states.trouble(page)
            unharmed(server, page)
            await reach.pictures(page, jpeg)
            unharmed(server, page)
    await looks.by_touch(scene)
    await looks.shots(scene, pictures)


def reach_jpeg(scene):
    """A small picture: the first of the site."""
    return next((scene.folder / "works" / Inspection.SURVEY).iterdir()).read_bytes()


async def everything(programs, folder, pictures):
    await check_clusters(programs, folder)
    await states.empty(programs, folder)
    await inspect(Inspection(programs, folder), pictures)
    scene = Scene(programs, folder)
    await check_links(scene)
    await check(scene)


def main():
    programs, *pictures = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="gpsindex-map") as folder:
        if not pictures:
            asyncio.run(check_names(Scene(programs, folder)))
        elif pictures == ["--links"]:
            asyncio.run(check_links(Scene(programs, folder)))
        elif pictures == ["--page"]:
            asyncio.run(check(Scene(programs, folder)))
        else:
            asyncio.run(everything(programs, folder, *pictures))
    print("the map passes all checks")


main()
