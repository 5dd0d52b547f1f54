// The photos of an index inside a box, as GeoJSON on standard output.
//
//   photo-query index.gpkg 8.4 47.3 8.6 47.5
import Foundation
import GeoFormats
import PhotoIndex
import PhotoModel

let arguments = CommandLine.arguments
let edges = arguments.dropFirst(2).compactMap(Double.init)
guard edges.count == 4 else {
  print("usage: photo-query INDEX WEST SOUTH EAST NORTH")
  exit(64)
}

let index = try IndexReader(path: arguments[1])
var filter = PhotoFilter()
filter.box = BoundingBox(west: edges[0], south: edges[1], east: edges[2], north: edges[3])

for folder in try index.folders(filter) {
  FileHandle.standardError.write(Data("\(folder.site)/\(folder.folder): \(folder.photos)\n".utf8))
}

var writer = makeWriter(.geojson) { bytes in
  try FileHandle.standardOutput.write(contentsOf: Data(bytes))
}
try writer.begin()
try index.photos(filter, detail: .shown) { try writer.write($0) }
try writer.end()
