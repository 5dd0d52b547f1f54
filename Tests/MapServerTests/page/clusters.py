"""Everything drawn adds up to the number in the header, at every zoom."""
import subprocess

from browser import Browser
from served import Server

from scenes import Programs, say

# All items of a zoom, and what is wrong with them; then those near the window, which must hold every photo in it.
CHECK = """(async zoom => {
  const [photos, { PHOTO }, map, { state }] = await Promise.all(
    ["photos", "clusters", "map", "store"].map(name => import(`/assets/${name}.js`)));
  const index = photos.clusterIndex(), seen = new Uint8Array(index.n);
  let sum = 0, wrong = 0;
  for (const item of index.items(zoom)) {
    const members = index.members(item);
    sum += item.count;
    if (item.count !== (index.count ? members.reduce((all, i) => all + index.count[i], 0) : members.length)) wrong++;
    if (item.kind === PHOTO && item.count !== 1) wrong++;
    for (const i of members) if (seen[i]++) wrong++;
  }
  return { sum, wrong, lost: seen.indexOf(0) >= 0 };
})"""

DRAWN = """(async () => {
  const [photos, map, { state }] = await Promise.all(["photos", "map", "store"].map(name => import(`/assets/${name}.js`)));
  const index = photos.clusterIndex(), items = photos.drawnItems(), isVisible = map.isInView(), seen = new Uint8Array(index.n);
  let sum = 0, twice = 0, overlaps = 0, lost = 0;
  for (const item of items) {
    sum += item.count;
    for (const i of index.members(item)) if (seen[i]++) twice++;
  }
  for (let i = 0; i < index.n; i++) if (isVisible(i) && !seen[i]) lost++;
  const zoom = Number(new URLSearchParams(location.hash.slice(1)).get("map").split("/")[0]), scale = 256 * 2 ** zoom;
  const large = items.filter(item => item.kind > 0);
  for (let a = 0; a < Math.min(large.length, 800); a++) for (let b = 0; b < a; b++)
    if (Math.hypot(large[a].x - large[b].x, large[a].y - large[b].y) * scale < large[a].r + large[b].r) overlaps++;
  return { sum, twice, lost, overlaps, zoom, all: items.length,
           header: Number(document.querySelector("#total b").textContent.replaceAll(",", "")) };
})()"""


async def check_sums(programs, index, count):
    with Server(programs.program, index, environment=programs.environment) as server:
        async with Browser() as page:
            await page.open(server.url)
            await page.ready()
            header = await page.until("Number(document.querySelector('#total b')?.textContent.replaceAll(',', ''))", "the header")
            assert header == count, f"the header says {header} of {count}"
            for zoom in range(21):
                result = await page.run(f"{CHECK}({zoom})")
                assert result == {"sum": count, "wrong": 0, "lost": False}, f"{count} photos, zoom {zoom}: {result}"
            # And as the page itself draws them, zooming into the middle of what there is.
            windowed = count > 5000
            for _ in range(19):
                await page.drawn()
                await page.until("new URLSearchParams(location.hash.slice(1)).get('map')", "the address")
                await page.run("new Promise(done => setTimeout(done, 260))")
                result = await page.run(DRAWN)
                assert result["header"] == count, result
                assert not result["twice"] and not result["lost"] and not result["overlaps"], result
                if not windowed or result["zoom"] < 6:
                    assert result["sum"] == count, result
                if result["zoom"] >= 20:
                    break
                await page.run("document.getElementById('zoom-in').click()")
            assert result["zoom"] == 20, result
            assert not page.complaints, page.complaints
    say(f"{count} photos: clusters, stacks and dots add up to the header's number at zooms 0 to 20; each photo is in one")


async def check_clusters(binaries, folder):
    for count, folders in [(15, 1), (1590, 12)]:
        programs = Programs(binaries, folder, f"sums-{count}")
        site = programs.generate(f"sums-{count}", count, folders, "native" if count < 100 else "small", 0)
        programs.gpsindex("sync", str(site))
        await check_sums(programs, programs.index, int(programs.gpsindex("query", "--count")))
    programs = Programs(binaries, folder, "sums-100000")
    subprocess.run([f"{binaries}/index-generator", programs.index, "--sites", "80", "--drone"], check=True,
                   stdout=subprocess.DEVNULL)
    await check_sums(programs, programs.index, int(programs.gpsindex("query", "--count")))
