// Where were these photos taken? Reads the few kilobytes that say so, not the files.
//
//   photo-position FILE …
import Foundation
import PhotoMetadata
import PhotoModel

for path in CommandLine.arguments.dropFirst() {
  let file = try FileHandle(forReadingFrom: URL(filePath: path))
  let size = try file.seekToEnd()
  var reader = MetadataReader(fileSize: Int64(size))
  let record = try reader.record { range in
    try file.seek(toOffset: UInt64(range.lowerBound))
    return [UInt8](try file.read(upToCount: range.count) ?? Data())
  }
  let answer =
    switch record.outcome {
    case .located(let position): "\(position.latitude) \(position.longitude)"
    case .withoutPosition(let reason): "no position: \(reason.rawValue)"
    case .failed(let failure): "failed: \(failure.rawValue)"
    }
  print("\(path): \(answer) (read \(reader.bytesAsked) of \(size) bytes)")
}
