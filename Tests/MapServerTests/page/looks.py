"""Phone and keyboard use, contrast, names for screen readers, and pictures of the page in all sizes, light and dark."""
import pathlib

from browser import Browser
from served import Server

from painted import show_pictures
from reach import choose_flight
from scenes import Inspection, say

# Text against what lies behind it (WCAG 2.1, 1.4.3). Pictures and the map itself are looked at by their tokens below.
CONTRAST = """(() => {
  const rgb = text => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  // Every colour that may lie behind: a picture below something translucent is white and black.
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, alpha = 1] = rgb(getComputedStyle(at).backgroundColor);
      if (alpha === 1) return [[r, g, b]];
      if (alpha > 0.5) return [0, 255].map(under => [r, g, b].map(c => c * alpha + under * (1 - alpha)));
    }
    return [[255, 255, 255]];
  };
  const low = [], names = [];
  let texts = 0;
  for (const element of document.querySelectorAll("body *")) {
    const style = getComputedStyle(element);
    if (!element.checkVisibility({ visibilityProperty: true }) || style.visibility === "hidden") continue;
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (own && !element.matches(":disabled, .hidden, .leaflet-control *, noscript, option")) {
      texts++;
      const value = Math.min(...behind(element).map(colour => ratio(rgb(style.color), colour)));
      if (value < 4.5) low.push(`${element.tagName} ${element.id} ${element.className}: ${value.toFixed(2)}`);
    }
    if (element.matches("button, input, select, a") && !(element.ariaLabel || element.textContent.trim()
      || element.labels?.length)) names.push(element.outerHTML.slice(0, 80));
  }
  const root = getComputedStyle(document.documentElement);
  const token = name => { const hex = root.getPropertyValue(name).trim().replace(/^#(.)(.)(.)$/, "#$1$1$2$2$3$3");
    return [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16)); };
  for (const [front, back, least] of [["--cluster-ink", "--cluster", 4.5], ["--map-label", "--land", 4.5], ["--map-label", "--sea", 4.5],
    ["--fix-fixed", "--land", 3], ["--fix-float", "--land", 3], ["--fix-single", "--land", 3], ["--fix-none", "--land", 3],
    ...[1, 2, 3, 4, 5, 6].map(i => [`--cat-${i}`, "--land", 3]), ["--line-strong", "--surface", 3]]) {
    const value = ratio(token(front), token(back));
    if (value < least) low.push(`${front} on ${back}: ${value.toFixed(2)}`);
  }
  return { low, names, texts, wide: document.documentElement.scrollWidth > innerWidth };
})()"""


async def readable(page, what):
    found = await page.run(CONTRAST)
    assert found["texts"] > 20, f"{what}: {found['texts']} texts"
    assert not found["low"], f"{what}: contrast below 4.5: {found['low']}"
    assert not found["names"], f"{what}: controls without a name: {found['names']}"
    assert not found["wide"], f"{what}: the page is wider than its window"


async def shots(scene, folder):
    """Each size, light and dark: the world, a flight with details, the filter; looked at by people."""
    folder = pathlib.Path(folder)
    for width, height in [(1400, 900), (800, 600), (390, 844)]:
        for dark in (False, True):
            with Server(scene.program, scene.index, environment=scene.environment) as server:
                async with Browser(width, height, dark=dark) as page:
                    name = f"{width}x{height}-{'dark' if dark else 'light'}"
                    await page.open(server.url)
                    await page.ready(Inspection.LOCATED)
                    await show_pictures(page)
                    await page.until("document.documentElement.dataset.world", "the base map")
                    theme = await page.run("document.documentElement.dataset.theme")
                    assert theme == ("dark" if dark else "light"), theme
                    await page.drawn()
                    await readable(page, name)
                    await page.shot(folder / f"map-{name}-all.png")
                    if width < 641:
                        await page.run("document.getElementById('side-button').click()")
                        await page.shot(folder / f"map-{name}-sites.png")
                        await readable(page, f"{name}, sites")
                    await choose_flight(page, Inspection.ORBIT if dark else Inspection.SURVEY)
                    await page.until("document.querySelectorAll('.frame').length > 2", "frames")
                    await page.run("document.getElementById('strip').scrollLeft = 0")
                    await page.press_on(".frame[aria-posinset='2']")
                    await page.until("document.getElementById('facts').children.length > 8", "facts")
                    await page.until("document.querySelector('#picture img[data-large]')?.complete", "the preview")
                    await page.run("new Promise(done => setTimeout(done, 300))")
                    await readable(page, f"{name}, details")
                    await page.shot(folder / f"map-{name}-photo.png")
                    await page.press("Escape")
                    await page.press_on("#filter-button")
                    await readable(page, f"{name}, filters")
                    await page.shot(folder / f"map-{name}-filter.png")
                    assert not page.complaints, page.complaints
    say("text has a contrast of 4.5:1 and every control a name, at three sizes, light and dark")


async def by_touch(scene):
    """A box by one finger; details as a sheet that a swipe closes."""
    with Server(scene.program, scene.index, environment=scene.environment) as server:
        async with Browser(390, 844, touch=True) as page:
            await page.open(server.url)
            await page.ready(Inspection.LOCATED)
            await page.run("document.getElementById('box-tool').click()")
            await page.until("!document.getElementById('hint').hidden", "what to do")
            await page.finger((20, 120), (370, 500))
            box = await page.until("document.querySelector('[name=bbox]').value", "a box by touch")
            assert await page.run("document.getElementById('box-tool').getAttribute('aria-pressed')") == "false", "one box ends the tool"
            wanted = int(scene.gpsindex("query", f"--bbox={box}", "--count"))
            await page.ready(wanted)
            await page.run("document.querySelector('#filters button[type=reset]').click()")
            await page.ready(Inspection.LOCATED)
            small = await page.run("""[...document.querySelectorAll("#bar > button, #tools button, #strip-choice button")]
                .filter(e => e.checkVisibility()).map(e => [e.id || e.textContent, e.getBoundingClientRect().height]).filter(([, h]) => h < 40)""")
            assert not small, f"small targets: {small}"
            await page.run("document.querySelector('.frame').click()")
            await page.until("!document.getElementById('details').hidden", "details")
            top = await page.run("document.getElementById('details').getBoundingClientRect().top")
            assert top > 250, f"the sheet leaves the map free above {top}"
            await page.finger((195, top + 20), (195, top + 200))
            await page.until("document.getElementById('details').hidden", "details closed by a swipe")
            assert not page.complaints, page.complaints
    say("on a phone: a box by one finger, the details as a sheet")
