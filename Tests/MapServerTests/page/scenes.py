"""Indexes for the tests of the page, made by the programs themselves from photos with known contents."""
import json
import math
import os
import pathlib
import shutil
import sqlite3
import subprocess

HOSTILE = [
    b"<img src=x onerror=alert(1)>.jpg", b"\"><script>alert(2)<script>.jpg", b"'-alert(3)-'.jpg",
    "\u202egpj.exe.jpg".encode(), b"javascript:alert(4).jpg", b"\xff\xfe<b>\xc3.jpg", b"a\x01b\nc.jpg",
    b"&lt;svg onload=alert(5)&gt;.jpg", "\u2028\u2066x.jpg".encode(), b"${alert(6)}{{7*7}}.jpg",
]


def say(what):
    print(f"ok  {what}", flush=True)


class Programs:
    """The programs, with an index of their own."""

    def __init__(self, programs, folder, name="index"):
        self.programs, self.folder = programs, pathlib.Path(folder)
        self.program = f"{programs}/gpsindex"
        self.index = f"{folder}/{name}.gpkg"
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}

    def gpsindex(self, *arguments):
        done = subprocess.run([self.program, *arguments, "--index", self.index, "-q"], check=True,
                              env=self.environment, capture_output=True)
        return done.stdout.decode()

    def generate(self, name, photos, folders, layout="native", size=30000):
        subprocess.run([f"{self.programs}/site-generator", "--out", self.folder / name, "--photos", str(photos),
                        "--size", str(size), "--folders", str(folders), "--layout", layout], check=True,
                       stdout=subprocess.DEVNULL)
        return self.folder / name


class Scene(Programs):
    """A site of ordinary photos, and one whose folders and files have hostile names."""

    def __init__(self, programs, folder):
        super().__init__(programs, folder)
        self.generate("flights", 600, 6)
        self.gpsindex("sync", f"{folder}/flights")
        located = json.loads(self.gpsindex("query", "-f", "geojson"))
        self.odd = pathlib.Path(folder, "odd")
        paths = [pathlib.Path(folder, "flights", f["properties"]["path"]) for f in located["features"]]
        self.sample = paths[0]
        for number, name in enumerate(HOSTILE):
            target = os.path.join(os.fsencode(self.odd), name + b".d")
            os.makedirs(target)
            shutil.copy2(paths[number * 7], os.path.join(target, name))
        self.gpsindex("sync", str(self.odd))
        self.count = int(self.gpsindex("query", "--count"))


def without_exif(photo):
    """The bytes of a JPEG without its APP segments."""
    data, at, out = photo.read_bytes(), 2, b"\xff\xd8"
    while data[at] == 0xFF and data[at + 1] != 0xDA:
        length = int.from_bytes(data[at + 2:at + 4], "big")
        if not 0xE0 <= data[at + 1] <= 0xEF:
            out += data[at:at + 2 + length]
        at += 2 + length
    return out + data[at:at + 40000]


class Inspection(Programs):
    """A survey, the orbit of a tower with 60 photos on 30 spots, photos without a position, and one whose file is gone."""

    ORBIT, SURVEY, NOWHERE = "tower", "survey", "2022-08-01_phones"
    LOCATED, MISSING = 140, 12

    def __init__(self, programs, folder):
        super().__init__(programs, folder, "inspection")
        generated = self.generate("plain", 140, 1)
        photos = sorted(generated.rglob("*.JPG"))
        site = self.folder / "works"
        self.copy(photos[:60], site / self.ORBIT)
        self.copy(photos[60:140], site / self.SURVEY)
        os.makedirs(site / self.NOWHERE)
        for number in range(12):
            (site / self.NOWHERE / f"IMG_{number:04}.JPG").write_bytes(without_exif(photos[number]))
        self.gpsindex("sync", str(site))
        self.place()

    @staticmethod
    def copy(photos, folder):
        os.makedirs(folder)
        for photo in photos:
            shutil.copy2(photo, folder / photo.name)

    def place(self):
        """Positions, times and attitudes that the generator has no words for: in the columns and in the R*Trees."""
        index = sqlite3.connect(self.index)
        # They need functions that only writers of GeoPackages have.
        for name, in index.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            index.execute(f'DROP TRIGGER "{name}"')
        for folder, where in [(self.ORBIT, self.orbit), (self.SURVEY, self.survey)]:
            number, = index.execute("SELECT id FROM folders WHERE path = ?", [folder]).fetchone()
            rows = [fid for fid, in index.execute("SELECT fid FROM photos WHERE folder_id = ? ORDER BY file", [number])]
            for k, fid in enumerate(rows):
                values = where(k)
                names = ", ".join(f"{name} = ?" for name in values)
                index.execute(f"UPDATE photos SET {names} WHERE fid = ?", [*values.values(), fid])
                index.execute("INSERT OR REPLACE INTO rtree_photos_geom VALUES (?, ?, ?, ?, ?)",
                              [fid, values["lon"], values["lon"], values["lat"], values["lat"]])
            index.execute("""UPDATE folders SET (min_x, min_y, max_x, max_y) = (SELECT min(lon), min(lat), max(lon), max(lat)
                             FROM photos WHERE folder_id = folders.id) WHERE id = ?""", [number])
            index.execute("INSERT OR REPLACE INTO rtree_folders_geom SELECT id, min_x, max_x, min_y, max_y FROM folders WHERE id = ?",
                          [number])
        self.gone, = index.execute("SELECT file FROM photos WHERE fid = ?", [rows[40]]).fetchone()
        index.execute("UPDATE photos SET flag_bits = flag_bits | 512, flags = 'file-gone' WHERE fid = ?", [rows[40]])
        index.commit()
        index.close()

    @staticmethod
    def when(k):
        local = f"2024-07-03T11:{12 + k // 20:02}:{k % 20 * 3:02}"
        return {"taken_local": local, "taken_at": f"2024-07-03T09:{12 + k // 20:02}:{k % 20 * 3:02}.000Z", "utc_offset": 120}

    @classmethod
    def orbit(cls, k):
        angle = k % 30 / 30 * 2 * math.pi
        return {"lat": 52.2214 + 60 / 111320 * math.cos(angle), "lon": 12.4133 + 60 / 68200 * math.sin(angle),
                "alt_m": 466.2 + k // 30 * 20, "alt_ref": "sea-level", "rel_alt_m": 41.2 + k // 30 * 20,
                "yaw": (math.degrees(angle) + 180) % 360, "yaw_source": "gimbal", "pitch": -10, "fix": "fixed",
                "rtk_std_lon": 0.012, "rtk_std_lat": 0.009, "rtk_std_h": 0.027, "focal_35": 24, **cls.when(k)}

    @classmethod
    def survey(cls, k):
        row, column = divmod(k, 20)
        return {"lat": 52.2240 + row * 9 / 111320, "lon": 12.4143 + (column if row % 2 == 0 else 19 - column) * 12 / 68200,
                "alt_m": 506.2, "alt_ref": "sea-level", "rel_alt_m": 81.2, "yaw": 90 if row % 2 == 0 else 270,
                "yaw_source": "gimbal", "pitch": -90, "fix": ["fixed", "fixed", "float", "single"][k % 4], "focal_35": 24,
                "rtk_flag": [50, 50, 34, 16][k % 4],
                **cls.when(k + 100)}
