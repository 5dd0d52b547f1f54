"""Drives a headless Chromium with the DevTools protocol (Debian: chromium, python3-websockets)."""
import asyncio
import base64
import json
import pathlib
import subprocess
import tempfile
import urllib.request

import websockets


class Browser:
    """Records the requests, messages and errors of the page."""

    def __init__(self, width=1280, height=800, calm=True, dark=False, touch=False):
        # With reduced motion, so that clicked elements do not move.
        self.size, self.calm, self.dark, self.touch = (width, height), calm, dark, touch
        # Answers of the test instead of the server's: functions from a path to (status, type, bytes), by the path's begin.
        self.answers = {}
        # Seconds that one command may take.
        self.patience = 60
        self.requests, self.dialogs, self.complaints = [], [], []

    async def __aenter__(self):
        self.profile = tempfile.TemporaryDirectory(prefix="gpsindex-browser")
        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
             "--no-first-run", "--disable-background-networking", "--disable-component-update",
             "--disable-sync", "--hide-scrollbars", "--password-store=basic",
             f"--user-data-dir={self.profile.name}", f"--window-size={self.size[0]},{self.size[1]}",
             "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port_file = pathlib.Path(self.profile.name, "DevToolsActivePort")
        for _ in range(300):
            if port_file.exists() and port_file.read_text().count("\n") >= 1:
                break
            await asyncio.sleep(0.1)
        port = port_file.read_text().split("\n")[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
            page = next(p for p in json.load(answer) if p["type"] == "page")
        self.socket = await websockets.connect(page["webSocketDebuggerUrl"], max_size=None)
        self.number, self.waiting = 0, {}
        self.reader = asyncio.create_task(self.read())
        for domain in ["Page", "Runtime", "Network", "Log"]:
            await self.send(f"{domain}.enable")
        width, height = self.size
        await self.send("Emulation.setDeviceMetricsOverride", width=width, height=height,
                        deviceScaleFactor=1, mobile=self.touch)
        await self.send("Emulation.setTouchEmulationEnabled", enabled=self.touch, maxTouchPoints=2)
        await self.send("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if self.dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if self.calm else "no-preference"}])
        # Violations of the security policy, from the start of every page.
        await self.send("Page.addScriptToEvaluateOnNewDocument", source="""
            addEventListener("securitypolicyviolation", e =>
                console.error("policy: " + e.violatedDirective + " " + e.blockedURI + " " + e.sample));""")
        return self

    async def __aexit__(self, *_):
        self.reader.cancel()
        await self.socket.close()
        self.process.terminate()
        self.process.wait()
        for _ in range(20):  # its helpers write a little longer
            try:
                self.profile.cleanup()
                break
            except OSError:
                await asyncio.sleep(0.1)

    async def read(self):
        async for text in self.socket:
            message = json.loads(text)
            if "id" in message:
                future = self.waiting.pop(message["id"])
                if not future.done():
                    future.set_result(message)
                continue
            method, values = message["method"], message["params"]
            if method == "Network.requestWillBeSent":
                self.requests.append(values["request"]["url"])
            elif method == "Fetch.requestPaused":
                asyncio.create_task(self.fulfil(values))
            elif method == "Page.javascriptDialogOpening":
                self.dialogs.append(values["message"])
                asyncio.create_task(self.send("Page.handleJavaScriptDialog", accept=False))
            elif method == "Runtime.exceptionThrown":
                self.complaints.append(values["exceptionDetails"].get("exception", {}).get(
                    "description", values["exceptionDetails"]["text"]))
            elif method == "Runtime.consoleAPICalled" and values["type"] in ("error", "warning"):
                self.complaints.append(" ".join(str(a.get("value", a.get("description"))) for a in values["args"]))
            elif method == "Log.entryAdded" and values["entry"]["level"] == "error":
                text = values["entry"]["text"] + " " + values["entry"].get("url", "")
                # That a photo has no preview is an answer; the page shows its thumbnail.
                if not ("404 (Not Found)" in text and text.endswith("/preview")):
                    self.complaints.append(text)

    async def answer(self, begin, make):
        """Answers requests whose path begins so; `make` gets the path."""
        self.answers[begin] = make
        await self.send("Fetch.enable", patterns=[{"urlPattern": f"*{path}*"} for path in self.answers])

    async def fulfil(self, values):
        path = "/" + values["request"]["url"].split("/", 3)[3]
        make = next((make for begin, make in self.answers.items() if path.startswith(begin)), None)
        if not make:
            await self.send("Fetch.continueRequest", requestId=values["requestId"])
            return
        status, kind, body = make(path)
        try:
            await self.send("Fetch.fulfillRequest", requestId=values["requestId"], responseCode=status,
                            responseHeaders=[{"name": "Content-Type", "value": kind}],
                            body=base64.b64encode(body).decode())
        except RuntimeError:  # the page no longer wants it
            pass

    async def send(self, method, **values):
        self.number += 1
        future = asyncio.get_running_loop().create_future()
        self.waiting[self.number] = future
        await self.socket.send(json.dumps({"id": self.number, "method": method, "params": values}))
        message = await asyncio.wait_for(future, self.patience)
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']}")
        return message["result"]

    async def open(self, url):
        await self.send("Page.navigate", url=url)

    async def run(self, script):
        """The value of an expression in the page; waits for promises."""
        result = await self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{script}: {result['exceptionDetails']}")
        return result["result"].get("value")

    async def until(self, script, what, seconds=20):
        for _ in range(int(seconds * 20)):
            value = await self.run(script)
            if value:
                return value
            await asyncio.sleep(0.05)
        raise AssertionError(f"{what}: still {await self.run(script)!r} after {seconds} s; {self.complaints}")

    async def ready(self, count=None):
        """Waits until the photos are on the map."""
        wanted = "document.documentElement?.dataset.ready"
        return await self.until(wanted if count is None else f"{wanted} === '{count}'", "photos on the map")

    async def drawn(self):
        """Waits until the page has drawn its current state."""
        await self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")

    async def mouse(self, kind, x, y, buttons=0):
        await self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, buttons=buttons,
                        button="left" if kind != "mouseMoved" or buttons else "none", clickCount=1)

    async def click(self, x, y):
        await self.mouse("mouseMoved", x, y)
        await self.mouse("mousePressed", x, y, 1)
        await self.mouse("mouseReleased", x, y)

    async def drag(self, start, end, steps=10):
        await self.mouse("mouseMoved", *start)
        await self.mouse("mousePressed", *start, 1)
        for i in range(1, steps + 1):
            await self.mouse("mouseMoved", start[0] + (end[0] - start[0]) * i / steps,
                             start[1] + (end[1] - start[1]) * i / steps, 1)
        await self.mouse("mouseReleased", *end)

    async def press(self, *keys):
        """Keys by their names in the standard (UI Events KeyboardEvent key Values)."""
        codes = {"Enter": 13, "Escape": 27, "Tab": 9, "ArrowRight": 39, "ArrowLeft": 37, "ArrowDown": 40, "ArrowUp": 38,
                 "Home": 36, "End": 35, "PageDown": 34, "PageUp": 33}
        for key in keys:
            values = {"key": key, "code": key, "windowsVirtualKeyCode": codes.get(key, ord(key[0].upper()))}
            text = {"text": "\r"} if key == "Enter" else {"text": key} if len(key) == 1 else {}
            await self.send("Input.dispatchKeyEvent", type="keyDown", **values, **text)
            await self.send("Input.dispatchKeyEvent", type="keyUp", **values)

    async def finger(self, start, end, steps=8):
        """A drag by one finger."""
        await self.send("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": start[0], "y": start[1]}])
        for i in range(1, steps + 1):
            await self.send("Input.dispatchTouchEvent", type="touchMove", touchPoints=[
                {"x": start[0] + (end[0] - start[0]) * i / steps, "y": start[1] + (end[1] - start[1]) * i / steps}])
        await self.send("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    async def press_on(self, selector):
        """Clicks the middle of an element with the mouse, once it stays where it is."""
        where = ("(e => e && e.checkVisibility() && (r => [r.x + r.width / 2, r.y + r.height / 2])(e.getBoundingClientRect()))"
                 f"(document.querySelector({json.dumps(selector)}))")
        await self.until(where, selector)
        await self.run(f"document.querySelector({json.dumps(selector)})?.scrollIntoView({{ block: 'nearest', inline: 'nearest' }})")
        last = None
        for _ in range(100):
            await self.drawn()
            place = await self.run(where)
            if place and place == last:
                return await self.click(*place)
            last = place
        raise AssertionError(f"{selector} does not stay in its place")

    async def shot(self, path):
        picture = await self.send("Page.captureScreenshot", format="png")
        pathlib.Path(path).write_bytes(base64.b64decode(picture["data"]))
