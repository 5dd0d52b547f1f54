import Foundation
import PhotoMetadata
import PhotoModel
import Testing

@Suite(.enabled(if: Corpus.isPresent, "no photo corpus beside the package (GPSINDEX_PHOTOS)"))
struct CorpusTests {
  @Test func `dump`() throws {
    for file in try Corpus.files() {
      let bytes = try file.bytes()
      let run = Run(bytes)
      print("DUMP", file.format, file.path, run.record.verdict, run.record.position.map { "\($0.latitude),\($0.longitude)" } ?? "-", run.record.source?.rawValue ?? "-", run.record.altitude ?? -99999, run.record.flags.text, run.reader.bytesAsked, run.flights, run.record.takenLocal ?? "-", run.record.takenAt ?? 0, run.record.utcOffsetMinutes ?? -1, run.record.cameraModel ?? "-", run.record.gimbalYaw ?? -1, run.record.gimbalPitch ?? -1, "TRUTH", file.gps.map { "\($0.lat),\($0.lon),\($0.alt ?? -99999) \($0.source ?? "")" } ?? "none")
    }
  }
}
