/// The arguments that `serve` passes, as `name=value`.
struct Arguments {
  var index = ""
  var address = ""
  var port = 0
  /// The path of gpsindex, which runs syncs.
  var program = ""
  var isLoopback = false
  var protectsReading = false
  var names: [String] = []
  /// Watch all sites at this interval.
  var every: String?
  var tiles: String?
  var attribution: String?
  /// The value of `--picture-cache`.
  var pictureCache: String?
  /// The path of an MBTiles or PMTiles file.
  var basemap: String?
  /// Links are accepted.
  var acceptsShares = false
  /// The end of the `ssh -L` command that leads here from elsewhere.
  var tunnel: String?

  init?(_ words: some Sequence<String>) {
    for word in words {
      let sides = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = sides.count == 2 ? String(sides[1]) : ""
      switch sides[0] {
      case "index": index = value
      case "address": address = value
      case "port": port = Int(value) ?? -1
      case "program": program = value
      case "loopback": isLoopback = true
      case "guard": protectsReading = true
      case "name": names.append(value)
      case "every": every = value
      case "tiles": tiles = value
      case "attribution": attribution = value
      case "pictures": pictureCache = value
      case "basemap": basemap = value
      case "tunnel": tunnel = value
      case "share": acceptsShares = true
      default: return nil
      }
    }
    guard !index.isEmpty, !address.isEmpty, !program.isEmpty, 0...65_535 ~= port else { return nil }
  }
}
