#!/usr/bin/env python3
"""Whether the document of a KMZ is valid by the schema of OGC KML 2.2, which the package fastkml brings:
kml_schema.py FILE.kmz …; prints one line per violation, at most twenty. Exit code 1 with any."""
import pathlib
import sys
import zipfile

import fastkml
from lxml import etree

schema = etree.XMLSchema(etree.parse(str(pathlib.Path(fastkml.__file__).parent / "schema/ogckml22.xsd")))
bad = 0
for name in sys.argv[1:]:
    document = etree.fromstring(zipfile.ZipFile(name).read("doc.kml"), etree.XMLParser(huge_tree=True))
    if not schema.validate(document):
        bad += 1
        for error in list(schema.error_log)[:20]:
            print(f"{name}: line {error.line}: {error.message[:300]}")
sys.exit(1 if bad else 0)
