#!/usr/bin/env python3
"""Real QGIS on `gpsindex serve`, by OGC API Features: collections, pages, a box. Usage: qgis_features.py BIN INDEX COUNT.

Needs python3-qgis. Exits 1 with a line per finding.
"""

import os
import pathlib
import subprocess
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("XDG_RUNTIME_DIR", "/tmp")
# QGIS takes a proxy from the environment, for this machine, too.
for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
    os.environ.pop(name, None)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Support/MapClient"))
from served import Server  # noqa: E402
from qgis.core import (  # noqa: E402
    Qgis, QgsApplication, QgsFeatureRequest, QgsRectangle, QgsVectorLayer, QgsWkbTypes)

failures = []


def expect(what, found, wanted):
    if found != wanted:
        failures.append(f"{what}: {found!r}, expected {wanted!r}")


def counted(program, index, *arguments):
    return int(subprocess.run([program, "query", "--count", "--index", index, *arguments],
                              check=True, capture_output=True).stdout)


def main():
    folder, index, located = sys.argv[1], os.path.abspath(sys.argv[2]), int(sys.argv[3])
    program = f"{folder}/gpsindex"
    app = QgsApplication([], False)
    app.initQgis()
    with Server(program, index) as server:
        layers = {}
        # Small pages, so that QGIS has to follow the links from one to the next.
        for name, kind in (("photos", "Point"), ("folders", "Polygon")):
            layer = QgsVectorLayer(f"url='{server.root}/' typename='{name}' pageSize='250'", name, "OAPIF")
            expect(f"{name} is valid", layer.isValid(), True)
            expect(f"{name} CRS", layer.crs().authid() in ("OGC:CRS84", "EPSG:4326"), True)
            expect(f"{name} type", QgsWkbTypes.displayString(QgsWkbTypes.flatType(layer.wkbType())).replace("Multi", ""),
                   kind)
            layers[name] = layer
        photos = layers["photos"]
        points = [feature.geometry().asPoint() for feature in photos.getFeatures()]
        expect("photos over all pages", len(points), located)
        expect("fields", {"site", "path", "taken_at"} <= {field.name() for field in photos.fields()}, True)
        box = photos.extent()
        middle = QgsRectangle(box.xMinimum(), box.yMinimum(), box.center().x(), box.center().y())
        inside = sum(1 for _ in photos.getFeatures(QgsFeatureRequest().setFilterRect(middle)))
        corners = f"{middle.xMinimum()!r},{middle.yMinimum()!r},{middle.xMaximum()!r},{middle.yMaximum()!r}"
        expect("photos in a box", inside, counted(program, index, f"--bbox={corners}"))
        expect("folders", layers["folders"].isValid() and sum(1 for _ in layers["folders"].getFeatures()) > 0, True)
    print(f"QGIS {Qgis.QGIS_VERSION} over HTTP: {len(points)} photos, {inside} in a box")
    print("\n".join(failures) or "ok", flush=True)
    os._exit(1 if failures else 0)


main()
