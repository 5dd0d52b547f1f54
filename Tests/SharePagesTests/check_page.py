#!/usr/bin/env python3
"""Pages for clients in a real Chromium, from disk, with the network off (`make test-share`): check_page.py PROGRAMS OUT

Writes pictures of the page into OUT.
"""
import asyncio
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS.parent / "Support/MapClient"), str(TESTS / "MapServerTests/page")]
from browser import Browser  # noqa: E402
from looks import readable  # noqa: E402
from painted import PAINT  # noqa: E402
from scenes import HOSTILE, Inspection, Programs, Scene, say  # noqa: E402


class Page(Browser):
    """A browser without a network, at a file."""

    async def file(self, path):
        await self.send("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1, uploadThroughput=-1)
        await self.open(pathlib.Path(path).as_uri())

    def harmless(self, path):
        asked = [u for u in self.requests if not u.startswith(("data:", "blob:"))]
        assert asked == [pathlib.Path(path).as_uri()], f"requests: {asked}"
        assert not self.dialogs, f"a name ran as a script: {self.dialogs}"
        assert not self.complaints, f"the browser complains: {self.complaints}"

    async def pictures(self):
        """How many pictures of the filmstrip are painted."""
        return await self.run("[...document.querySelectorAll('.frame img')].filter(i => i.complete && i.naturalWidth > 0).length")


def export(programs, name, *arguments):
    path = programs.folder / name
    programs.gpsindex("export", "--thumbnails", *arguments, "-o", str(path))
    return path


LEGEND = "[...document.querySelectorAll('#scale .line .count')].reduce((sum, e) => sum + Number(e.textContent.replaceAll(',', '')), 0)"


async def hostile(folder, programs):
    scene = Scene(programs, folder)
    # Two names that make one end of a script together.
    odd = os.path.join(folder, "slash")
    os.makedirs(os.path.join(odd, "a<", "script><img src=x onerror=alert(9)>"))
    shutil.copy2(scene.sample, os.path.join(odd, "a<", "script><img src=x onerror=alert(9)>", "one.jpg"))
    scene.gpsindex("sync", odd)
    scene.count = int(scene.gpsindex("query", "--count"))
    for name, more in [("hostile.html", []), ("hostile-paths.html", ["--with-paths"])]:
        path = export(scene, name, *more)
        async with Page() as page:
            await page.file(path)
            await page.ready(scene.count)
            assert await page.run(LEGEND) == scene.count
            await page.run("document.getElementById('strip').focus()")
            await page.press("End", "Enter")
            names = []
            for _ in range(len(HOSTILE) + 2):
                await page.until("document.getElementById('details-title').textContent !== '…'", "a name")
                names.append(await page.run("document.getElementById('details-title').textContent"))
                await page.press("ArrowLeft")
            assert sum("alert" in n or "\\u{" in n for n in names) >= 7, names
            assert await page.run("document.querySelectorAll('#details b, #details script, #strip b, #strip script, #hover script, svg').length") == 0
            page.harmless(path)
    say(f"{scene.count} photos with hostile names: 0 requests, no script of a name ran")


async def inspection(folder, programs, out):
    scene = Inspection(programs, folder)
    path = export(scene, "flight.html")
    total = scene.LOCATED
    async with Page(1400, 900) as page:
        await page.file(path)
        await page.ready(total)
        await page.until("document.documentElement.dataset.world === 'ready'", "the base map")
        assert f"{total} photos on the map · {scene.MISSING} without position" in await page.run("document.getElementById('when').textContent")
        assert await page.run(LEGEND) == total
        await page.until("document.getElementById('strip-title').textContent === '140 photos in view'", "all photos in view")
        await page.until("[...document.querySelectorAll('.frame img')].length >= 8", "pictures")
        await page.drawn()
        assert await page.pictures() >= 8
        await readable(page, "the page, light")
        await page.shot(out / "share-light.png")
        # Every photo of the orbit, by the keyboard.
        await page.run("document.getElementById('strip').focus()")
        await page.press("Home", "Enter")
        seen = set()
        for _ in range(total):
            seen.add(await page.run("document.getElementById('details-title').textContent"))
            await page.press("ArrowRight")
        assert len(seen) == total, f"{len(seen)} photos by keyboard"
        assert await page.run("document.querySelector('#picture img')?.naturalWidth > 0")
        await page.shot(out / "share-details.png")
        await readable(page, "details, light")
        await page.press("Escape")
        # A stack by the mouse.
        stack = await page.run("(() => { const m = document.getElementById('map').getBoundingClientRect(); return [m.x, m.y, m.width, m.height] })()")
        await walk_stacks(page, stack)
        await page.run("document.querySelector('[data-strip=none]').click()")
        await page.until(f"document.getElementById('strip-title').textContent === '{scene.MISSING} photos without position'", "the others")
        assert "no Exif data" in await page.until("document.querySelector('.frame .none')?.textContent", "a reason")
        page.harmless(path)
    say(f"{total} photos: counts, details, every photo by keyboard, a stack by mouse, {scene.MISSING} without position by name")
    for name, values in {"dark": {"width": 1400, "height": 900, "dark": True}, "phone": {"width": 390, "height": 844, "touch": True},
                         "phone-dark": {"width": 390, "height": 844, "touch": True, "dark": True}}.items():
        async with Page(**values) as page:
            await page.file(path)
            await page.ready(total)
            await page.until("document.documentElement.dataset.world === 'ready'", "the base map")
            await page.until("[...document.querySelectorAll('.frame img')].length >= 2", "pictures")
            await page.drawn()
            await readable(page, f"the page, {name}")
            await page.shot(out / f"share-{name}.png")
            await page.run("document.querySelectorAll('.frame')[2].click()")
            await page.until("document.querySelector('#picture img')?.naturalWidth > 0", "a picture")
            await readable(page, f"details, {name}")
            await page.shot(out / f"share-{name}-details.png")
            page.harmless(path)
    say("light, dark and phone: contrast at least 4.5, controls have names")
    await painted(path, total, out)
    await without_script(path, total, scene.MISSING)
    await printed(path, total, out)
    return scene, path


async def painted(path, total, out):
    """The picture of the documents: with painted thumbnails, as generated photos have grey ones."""
    async with Page(1400, 900) as page:
        await page.open("about:blank")
        pictures = await page.run(PAINT)
    numbers = iter(range(10 ** 6))
    text = re.sub('(?<=class="thumb64">)[^<]+', lambda _: pictures[next(numbers) % len(pictures)], path.read_text())
    copy = path.with_name("painted.html")
    copy.write_text(text)
    async with Page(1400, 900) as page:
        await page.file(copy)
        await page.ready(total)
        await page.until("document.documentElement.dataset.world === 'ready'", "the base map")
        await page.run("(c => { c.value = 'fix'; c.dispatchEvent(new Event('change')) })(document.getElementById('colour'))")
        await page.run("document.querySelectorAll('.frame')[5].click()")
        await page.until("document.querySelector('#picture img')?.naturalWidth > 0", "a picture")
        await page.drawn()
        await page.shot(out / "share.png")
        page.harmless(copy)


async def walk_stacks(page, box):
    """Clicks over the orbit until a stack opens: 60 photos stand on 30 spots."""
    x0, y0, width, height = box
    await page.press("f")
    for k in range(40, 960, 12):
        for part in (0.25, 0.35, 0.45, 0.55, 0.65, 0.75):
            x, y = x0 + width * k / 1000, y0 + height * part
            await page.mouse("mouseMoved", x, y)
            if await page.run("document.getElementById('map').classList.contains('pointing')"):
                await page.click(x, y)
                if not await page.run("document.getElementById('stack').hidden"):
                    title = await page.run("document.getElementById('stack-title').textContent")
                    assert title.endswith("photos at this spot"), title
                    assert await page.run("document.querySelectorAll('#stack-list img').length") >= 2
                    await page.press("Escape")
                    return
                await page.press("Escape", "f")
    raise AssertionError("no stack under the mouse")


async def without_script(path, located, missing):
    async with Page(1400, 900) as page:
        await page.send("Emulation.setScriptExecutionDisabled", value=True)
        await page.file(path)
        await asyncio.sleep(1)
        tree = await page.send("DOMSnapshot.captureSnapshot", computedStyles=[])
        names = [tree["strings"][n].lower() for n in tree["documents"][0]["nodes"]["nodeName"]]
        assert names.count("tr") == located + missing, names.count("tr")
        page.harmless(path)
    say("without JavaScript a table lists every photo")


async def printed(path, total, out):
    async with Page(1400, 900) as page:
        await page.file(path)
        await page.ready(total)
        await page.run("window.print = () => window.printed = document.querySelectorAll('#prints figure img').length")
        await page.run("document.getElementById('print').click()")
        assert await page.until("window.printed", "the print") == total
        page.harmless(path)
    say("the print lists every photo in view with its picture")


def archive(scene, schema_python):
    path = export(scene, "flight.kmz")
    names = zipfile.ZipFile(path).namelist()
    assert sum(n.endswith(".jpg") for n in names) == scene.LOCATED, len(names)
    told = subprocess.run(["ogrinfo", "-al", str(path)], check=True, capture_output=True, text=True).stdout
    assert "using driver `LIBKML' successful" in told, told[:200]
    points, paths = told.count("\n  POINT "), told.count("LINESTRING")
    assert points == scene.LOCATED and paths == 2, (points, paths)
    say(f"the KMZ opens in GDAL (LIBKML): {points} photos, {paths} paths")
    if schema_python:
        checker = pathlib.Path(__file__).parent / "kml_schema.py"
        hostile_path = path.with_name("hostile.kmz")
        other = Programs(scene.programs, scene.folder)
        export(other, "hostile.kmz", "--with-paths")
        done = subprocess.run([schema_python, str(checker), str(path), str(hostile_path)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        say("it is valid by the schema of OGC KML 2.2, also with hostile names")


async def main(programs, out, schema_python=None):
    out = pathlib.Path(out)
    out.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        await hostile(folder, programs)
        scene, _ = await inspection(folder, programs, out)
        archive(scene, schema_python)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
