#!/usr/bin/env python3
"""Real QGIS on the index: layers, counts, types, styles, a box. Usage: qgis_layers.py INDEX COUNT.

Needs python3-qgis. Exits 1 with a line per finding.
"""

import os
import re
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("XDG_RUNTIME_DIR", "/tmp")

from qgis.core import (  # noqa: E402
    Qgis, QgsApplication, QgsExpression, QgsExpressionContext, QgsExpressionContextUtils, QgsFeatureRequest,
    QgsRectangle, QgsVectorLayer, QgsWkbTypes)

failures = []


def expect(what, found, wanted):
    if found != wanted:
        failures.append(f"{what}: {found!r}, expected {wanted!r}")


def tips(layer):
    """The map tip as it is shown for some features; every expression in it must hold."""
    for expression in re.findall(r"\[%(.*?)%\]", layer.mapTipTemplate(), re.S):
        parsed = QgsExpression(expression)
        expect(f"{layer.name()}: map tip {expression}", parsed.parserErrorString(), "")
    shown = []
    for feature in layer.getFeatures(QgsFeatureRequest().setLimit(20)):
        context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
        context.setFeature(feature)
        shown.append(QgsExpression.replaceExpressionText(layer.mapTipTemplate(), context))
    return shown


def main():
    path, located = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    app = QgsApplication([], False)
    app.initQgis()
    layers = {}
    for name, kind in (("photos", "PointZ"), ("photos_named", "PointZ"), ("folders", "Polygon"), ("tracks", "LineString"),
                       ("targets", "PointZ")):
        layer = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
        expect(f"{name} is valid", layer.isValid(), True)
        expect(f"{name} CRS", layer.crs().authid(), "EPSG:4326")
        expect(f"{name} type", QgsWkbTypes.displayString(layer.wkbType()), kind)
        # What the application does when a layer is added.
        _, found = layer.loadDefaultStyle()
        expect(f"{name} default style", found, True)
        layers[name] = layer
    photos = layers["photos"]
    shown = {name: tips(layer) for name, layer in layers.items()}
    expect("map tips of targets", all(re.search(r"[0-9.]+ m away.*height [0-9.]+ m", tip) for tip in shown["targets"]), True)
    expect("there are targets", len(shown["targets"]) > 0, True)
    with_place = sum(1 for feature in photos.getFeatures() if feature.hasGeometry())
    expect("photos with a position", with_place, located)
    symbol = photos.renderer().symbol()
    properties = symbol.symbolLayer(0).dataDefinedProperties()
    expressions = [properties.property(key).expressionString() for key in properties.propertyKeys()]
    expect("arrows are turned by yaw", any("yaw" in e and "coalesce" in e for e in expressions), True)
    expect("labels", photos.labelsEnabled() and photos.labeling().settings().fieldName, "file")
    expect("map tip", "file" in photos.mapTipTemplate(), True)
    named = layers["photos_named"]
    expect("names", [f.name() for f in named.fields()][:5], ["fid", "site", "folder", "file", "path"])
    expect("map tip of names", "path" in named.mapTipTemplate(), True)
    expect("every photo has a path", sum(1 for f in named.getFeatures() if f["path"]), photos.featureCount())
    expect("tracks have a colour", layers["tracks"].renderer().symbol().color().name(), "#00796b")
    box = layers["folders"].extent()
    middle = QgsRectangle(box.xMinimum(), box.yMinimum(), box.center().x(), box.center().y())
    inside = sum(1 for _ in photos.getFeatures(QgsFeatureRequest().setFilterRect(middle)))
    points = [f.geometry().asPoint() for f in photos.getFeatures() if f.hasGeometry()]
    expect("photos in a box", inside, sum(1 for point in points if middle.contains(point)))
    expect("named photos in a box",
           sum(1 for _ in named.getFeatures(QgsFeatureRequest().setFilterRect(middle))), inside)
    folders = list(layers["folders"].getFeatures())
    expect("counts of folders", sum(f["located_count"] for f in folders), located)
    expect("a track per folder", layers["tracks"].featureCount(), len(folders))
    print(f"QGIS {Qgis.QGIS_VERSION}: {photos.featureCount()} photos, {len(folders)} folders")
    print("\n".join(failures) or "ok", flush=True)
    # Taking QGIS's objects apart in Python's order of things crashes; nothing is left to be saved.
    os._exit(1 if failures else 0)


main()
