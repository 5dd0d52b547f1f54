import ArgumentParser
import GeoFormats

/// What a file for clients holds.
struct PageOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "HTML, KMZ: with the thumbnails of the photos, from the picture cache; missing ones are read from their sites."
    ))
  var thumbnails = false

  @Option(
    name: .customLong("max-size"),
    help: ArgumentHelp(
      "HTML, KMZ: leave out thumbnails, evenly, so that the file is no larger. Default: 25 MB.",
      valueName: "SIZE"))
  var maxSize: String?

  @Flag(
    name: .customLong("with-paths"),
    help: "HTML, KMZ: also write site names, whole folders, URLs and serial numbers.")
  var withPaths = false

  var words: PageWords {
    PageWords(thumbnails: thumbnails, maxSize: maxSize, withPaths: withPaths)
  }
}

/// The values of ``PageOptions`` as they were typed.
struct PageWords: Equatable {
  var thumbnails = false
  var maxSize: String?
  var withPaths = false

  /// Refuses what the format does not support.
  func check(for format: OutputFormat) throws {
    for (isSet, option) in [
      (thumbnails, "--thumbnails"), (maxSize != nil, "--max-size"), (withPaths, "--with-paths"),
    ] where isSet && !format.isPage {
      throw CommandFailure.usage(
        "\(option) is not supported for \(format.rawValue)", advice: "-o flight.html \(option)")
    }
    if maxSize != nil, !thumbnails {
      throw CommandFailure.usage(
        "--max-size needs --thumbnails: photos are never left out",
        advice: "--thumbnails --max-size \(maxSize ?? "")")
    }
    _ = try largest
  }

  /// Bytes; nil: the default.
  var largest: Int64? {
    get throws {
      guard let maxSize else { return nil }
      guard let bytes = PictureCacheOption.bytes(maxSize), bytes > 0 else {
        throw CommandFailure.usage(
          "--max-size “\(maxSize)” is not a size", advice: "--max-size 10M")
      }
      return bytes
    }
  }
}
