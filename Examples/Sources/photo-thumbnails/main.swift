// Writes the thumbnails of an index's local photos into a folder. Reads their bytes, not the files.
//
//   photo-thumbnails INDEX.gpkg FOLDER
import Foundation
import PhotoIndex
import PhotoModel
import Pictures

let arguments = CommandLine.arguments
guard arguments.count == 3 else {
  print("photo-thumbnails INDEX.gpkg FOLDER")
  exit(64)
}
let index = try IndexReader(path: arguments[1])
try index.photos(PhotoFilter()) { row in
  let plan = PicturePlan(row, .thumbnail)
  if let obstacle = plan.obstacle { return print("\(row.path): \(obstacle.message)") }
  guard let url = row.url.flatMap({ URL(string: $0) }), url.isFileURL else { return }
  let file = try FileHandle(forReadingFrom: url)
  let facts = try FileManager.default.attributesOfItem(atPath: url.path)
  let mtime = (facts[.modificationDate] as? Date)?.timeIntervalSince1970
  let now = ListedFile(
    name: plan.file.name, size: Int64(try file.seekToEnd()),
    mtime: mtime.map { Int64($0.rounded(.down)) })
  let reader = PictureReader(plan, file: now)
  while case let ranges = reader.nextRanges(), !ranges.isEmpty {
    for range in ranges {
      try file.seek(toOffset: UInt64(range.lowerBound))
      reader.receive(range, [UInt8](try file.read(upToCount: range.count) ?? Data()))
    }
  }
  switch reader.result() {
  case .success(let jpeg):
    try Data(jpeg).write(to: URL(filePath: "\(arguments[2])/\(row.id).jpg"))
  case .failure(let failure): print("\(row.path): \(failure.message)")
  }
}
