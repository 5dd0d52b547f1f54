#!/usr/bin/env python3
"""pyogrio, GeoPandas and DuckDB on the index. Usage: python_tools.py INDEX COUNT.

Each opens the file as it is; counts, types and coordinates must agree with each other.
"""

import sqlite3
import sys

import duckdb
import geopandas
import pyogrio

path, located = sys.argv[1], int(sys.argv[2])
layers = {name: kind for name, kind in pyogrio.list_layers(path)}
assert layers["photos"] == "Point Z" and layers["folders"] == "Polygon", layers
assert layers["tracks"] == "LineString", layers

photos = geopandas.read_file(path, layer="photos")
placed = photos[photos.geometry.notna()]
assert len(placed) == located, len(placed)
assert photos.crs.to_epsg() == 4326, photos.crs
assert str(photos["taken_at"].dtype).startswith("datetime64") and "UTC" in str(photos["taken_at"].dtype)
assert photos["size"].dtype == "int64" and photos["alt_m"].dtype == "float64"
assert (placed.geometry.x == placed["lon"]).all() and (placed.geometry.y == placed["lat"]).all()
named = geopandas.read_file(path, layer="photos_named")
assert len(named) == len(photos)
assert (named["path"] == named["folder"] + "/" + named["file"]).all(), named["path"].head()
assert (named[named.geometry.notna()].geometry.to_wkb().tolist() == placed.geometry.to_wkb().tolist())
folders = geopandas.read_file(path, layer="folders")
assert folders["located_count"].sum() == located
assert len(geopandas.read_file(path, layer="tracks")) == len(folders)
box = tuple(folders.total_bounds)
assert len(geopandas.read_file(path, layer="photos", bbox=box)) == located
print(f"pyogrio {pyogrio.__version__} with GDAL {pyogrio.__gdal_version_string__}, "
      f"GeoPandas {geopandas.__version__}: ok")

# DuckDB's spatial extension comes from PyPI here; without it there is nothing to be said.
try:
    import duckdb_extension_spatial  # noqa: F401
except ImportError:
    sys.exit("duckdb-extension-spatial is not installed")
database = duckdb.connect()
folder = duckdb_extension_spatial.__path__[0]
import glob  # noqa: E402
(extension,) = glob.glob(f"{folder}/**/spatial.duckdb_extension*", recursive=True)
if extension.endswith(".gz"):
    import gzip, os, shutil, tempfile  # noqa: E401, E402
    plain = os.path.join(tempfile.mkdtemp(), "spatial.duckdb_extension")
    with gzip.open(extension) as source, open(plain, "wb") as target:
        shutil.copyfileobj(source, target)
    extension = plain
database.execute(f"LOAD '{extension}'")
count, west, east = database.execute(
    "SELECT count(geom), min(ST_X(geom)), max(ST_X(geom)) FROM ST_Read(?, layer='photos')", [path]
).fetchone()
row = sqlite3.connect(f"file:{path}?mode=ro", uri=True).execute(
    "SELECT count(lon), min(lon), max(lon) FROM photos").fetchone()
assert (count, west, east) == row, (count, west, east, row)
print(f"DuckDB {duckdb.__version__} with spatial: ok")
