#!/usr/bin/env python3
"""The map in a real Chromium (`make test-map`): check_map.py FOLDER-OF-PROGRAMS PICTURE.png, or, for hostile names alone,
check_map.py FOLDER-OF-PROGRAMS

Photos with hostile names are indexed by the program itself; then the page is used as a person would.
"""
import asyncio
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Support/MapClient"))
from browser import Browser  # noqa: E402
from served import Server  # noqa: E402

HOSTILE = [
    b"<img src=x onerror=alert(1)>.jpg", b"\"><script>alert(2)<script>.jpg", b"'-alert(3)-'.jpg",
    "\u202egpj.exe.jpg".encode(), b"javascript:alert(4).jpg", b"\xff\xfe<b>\xc3.jpg", b"a\x01b\nc.jpg",
    b"&lt;svg onload=alert(5)&gt;.jpg", "\u2028\u2066x.jpg".encode(), b"${alert(6)}{{7*7}}.jpg",
]


def say(what):
    print(f"ok  {what}")


class Scene:
    """A site of ordinary photos, and one whose folders and files have hostile names."""

    def __init__(self, programs, folder):
        self.program = f"{programs}/gpsindex"
        self.index = f"{folder}/index.gpkg"
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        subprocess.run([f"{programs}/site-generator", "--out", f"{folder}/flights", "--photos", "600",
                        "--size", "30000", "--folders", "6", "--layout", "native"], check=True,
                       stdout=subprocess.DEVNULL)
        located = json.loads(self.first_sync(folder))
        self.odd = pathlib.Path(folder, "odd")
        paths = [pathlib.Path(folder, "flights", f["properties"]["path"]) for f in located["features"]]
        self.sample = paths[0]
        for number, name in enumerate(HOSTILE):
            target = os.path.join(os.fsencode(self.odd), name + b".d")
            os.makedirs(target)
            shutil.copy2(paths[number * 7], os.path.join(target, name))
        self.gpsindex("sync", str(self.odd))
        self.count = int(self.gpsindex("query", "--count"))

    def first_sync(self, folder):
        self.gpsindex("sync", f"{folder}/flights")
        return self.gpsindex("query", "-f", "geojson")

    def gpsindex(self, *arguments):
        done = subprocess.run([self.program, *arguments, "--index", self.index, "-q"], check=True,
                              env=self.environment, capture_output=True)
        return done.stdout.decode()


async def site_text(page, site):
    return await page.run(f"[...document.querySelectorAll('#sites li')].map(e => e.textContent)"
                          f".find(t => t.startsWith('{site}')) ?? ''")


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


async def check(scene, picture):
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
            await scenery(page, picture)
        await without_token(scene, server)
    await guarded(scene)


async def use(scene, server, page):
    # Draws a box in the middle of the map.
    await page.run("document.getElementById('draw').click()")
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
    rows = await page.until("document.querySelectorAll('#folders button').length", "the folders")
    seen = []
    for number in range(rows):
        name = await page.run(f"document.querySelectorAll('#folders button')[{number}].textContent")
        if not name.startswith("odd/"):
            continue
        await page.run(f"document.querySelectorAll('#folders button')[{number}].click()")
        await page.until("document.documentElement.dataset.ready === '1'", f"the one photo of {name!r}")
        await page.drawn()
        # The only photo, in the middle.
        middle = await page.run("(r => [r.x + r.width / 2, r.y + r.height / 2])"
                                "(document.getElementById('map').getBoundingClientRect())")
        await page.click(*middle)
        await page.until("!document.getElementById('details').hidden", f"the details of {name!r}")
        title = await page.run("document.getElementById('details-title').textContent")
        assert not any(ord(c) < 32 or c in "\u202e\u2028\u2066" for c in title), repr(title)
        seen.append(title)
        assert await page.run("document.querySelectorAll("
                              "'#side img, #side script, #details img, #details script, #details b, svg').length") == 0
        await page.run("document.getElementById('close').click()")
        await page.run("document.querySelector('#filters button[type=reset]').click()")
        await page.until(f"document.querySelectorAll('#folders button').length === {rows}", "all folders")
    assert len(seen) == len(HOSTILE), seen
    assert "<img src=x onerror=alert(1)>.jpg" in seen and "\\u{202e}gpj.exe.jpg" in seen
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
    await page.until("document.querySelector('#sites [data-state=running]') !== null", "the sync of another process")
    text = await site_text(page, "flights")
    assert f"process {running.pid}" in text, text
    running.send_signal(signal.SIGCONT)
    assert running.wait() == 0
    await page.until("document.querySelector('#sites [data-state=running]') === null", "its end")
    await page.until("[...document.querySelectorAll('#sites li')].some(e => e.textContent.includes('sync complete'))",
                     "that it is complete")
    say("a sync of another process is seen while it runs, and its end")
    # A sync that the page starts; a new photo appears on the map without a reload.
    shutil.copy2(scene.sample, scene.sample.with_name("ZZ_NEW.JPG"))
    await page.run("[...document.querySelectorAll('#sites li')].find(e => e.textContent.startsWith('flights'))"
                   ".querySelector('button').click()")
    await page.ready(scene.count + 1)
    say("a sync started from the page brings its photo to the map")


async def scenery(page, picture):
    """The picture of the documentation, with the site of ordinary photos."""
    await page.run("(f => { f.value = 'flights'; f.dispatchEvent(new Event('input', {bubbles: true})) })"
                   "(document.querySelector('[name=site]'))")
    await page.run("document.getElementById('show-tracks').click()")
    await page.until("document.querySelectorAll('#folders button').length === 6", "the folders of the flights")
    await page.run("document.querySelectorAll('#folders button')[1].click()")
    count = await page.until("document.querySelectorAll('#folders button').length === 1"
                             " && document.querySelector('#folders .count').textContent", "the folder alone")
    await page.ready(int(count))
    await page.drawn()
    # Finds a dot by its colour in the canvas.
    x, y = await page.run("""(() => {
        const canvas = document.querySelector(".leaflet-overlay-pane canvas"), place = canvas.getBoundingClientRect();
        const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height), dots = [];
        for (let i = 0; i < data.length; i += 4)
            if (data[i] === 196 && data[i + 1] === 61 && data[i + 2] === 18 && data[i + 3] === 255) dots.push(i / 4);
        const dot = dots[dots.length >> 1];
        return [place.x + dot % width, place.y + Math.floor(dot / width)]; })()""")
    await page.click(x, y)
    await page.until("!document.getElementById('details').hidden", "the details of a dot")
    await page.drawn()
    await page.shot(picture)
    say(f"{picture}")


async def without_token(scene, server):
    async with Browser() as page:
        await page.open(server.root + "/")
        await page.ready()
        await page.until("document.querySelector('#sites button') !== null", "the sites")
        await page.run("document.querySelector('#sites button').click()")
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


def main():
    programs, *picture = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="gpsindex-map") as folder:
        scene = Scene(programs, folder)
        asyncio.run(check(scene, *picture) if picture else check_names(scene))
    print("the map passes all checks")


main()
