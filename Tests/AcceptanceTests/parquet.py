#!/usr/bin/env python3
"""The block of SQL in docs/team.md that writes GeoParquet, and its result in DuckDB, pyarrow and GeoPandas.

Usage: parquet.py INDEX FOLDER. Counts and boxes must be those of the index.
"""

import glob
import gzip
import os
import re
import shutil
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import duckdb_extension_spatial
import geopandas
import pyarrow.dataset
import pyarrow.parquet

index, folder = sys.argv[1], sys.argv[2]
page = (Path(__file__).resolve().parent.parent.parent / "docs/team.md").read_text()
block = re.search(r"```sql\n(.*?)```", page, re.S)[1]
shutil.rmtree(folder, ignore_errors=True)
sql = block.replace("index.gpkg", index).replace("'photos.parquet'", f"'{folder}'")
assert sql.count(index) == 1 and sql.count(folder) == 1, sql

(extension,) = glob.glob(f"{duckdb_extension_spatial.__path__[0]}/**/spatial.duckdb_extension*", recursive=True)
if extension.endswith(".gz"):
    plain = os.path.join(tempfile.mkdtemp(), "spatial.duckdb_extension")
    with gzip.open(extension) as source, open(plain, "wb") as target:
        shutil.copyfileobj(source, target)
    extension = plain
database = duckdb.connect()
database.execute(f"LOAD '{extension}'")
start = time.monotonic()
for statement in filter(str.strip, sql.split(";")):
    if not statement.strip().startswith(("INSTALL", "LOAD")):
        database.execute(statement)
seconds = time.monotonic() - start

with sqlite3.connect(f"file:{index}?mode=ro", uri=True) as source:
    count, west, south, east, north = source.execute(
        "SELECT count(*), min(lon), min(lat), max(lon), max(lat) FROM photos WHERE status = 0").fetchone()
    sites = source.execute("SELECT count(DISTINCT f.site_id) FROM photos p JOIN folders f ON f.id = p.folder_id WHERE status = 0").fetchone()[0]
box = (west, south, east, north)
files = sorted(glob.glob(f"{folder}/**/*.parquet", recursive=True))
size = sum(map(os.path.getsize, files))

found = database.execute(
    f"SELECT count(*), min(ST_X(geom)), min(ST_Y(geom)), max(ST_X(geom)), max(ST_Y(geom)), count(DISTINCT site) "
    f"FROM read_parquet('{folder}/**/*.parquet', hive_partitioning = true)").fetchone()
assert found[0] == count and found[1:5] == box and found[5] == sites, (found, count, box, sites)

rows = pyarrow.dataset.dataset(folder, format="parquet", partitioning="hive").count_rows()
assert rows == count, (rows, count)
metadata = pyarrow.parquet.read_schema(files[0]).metadata
assert b"geo" in metadata, "the files are no GeoParquet"

frames = [geopandas.read_parquet(file) for file in files]
total = sum(map(len, frames))
bounds = [frame.total_bounds for frame in frames]
got = (min(b[0] for b in bounds), min(b[1] for b in bounds), max(b[2] for b in bounds), max(b[3] for b in bounds))
assert total == count and got == box, (total, got, box)
assert frames[0].crs is None or frames[0].crs.to_epsg() == 4326 or frames[0].crs.to_authority() == ("OGC", "CRS84"), frames[0].crs

# Neighbours in a file are neighbours on the ground.
steps = frames[0].geometry.x.diff().abs() + frames[0].geometry.y.diff().abs()
spread = frames[0].geometry.x.max() - frames[0].geometry.x.min() + frames[0].geometry.y.max() - frames[0].geometry.y.min()
assert spread == 0 or steps.median() < spread / 20, (steps.median(), spread)
print(f"GeoParquet: {count} photos in {len(files)} files, {size / count:.0f} bytes per photo, {seconds:.1f} s; "
      f"DuckDB {duckdb.__version__}, pyarrow {pyarrow.__version__}, GeoPandas {geopandas.__version__} agree")
