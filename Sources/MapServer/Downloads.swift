import GeoFormats
import PhotoIndex
import PhotoModel

/// Downloads of matching photos as a file, in constant memory.
enum Downloads {
  static func answer(
    _ request: MapRequest, index: String, _ visible: Visible
  ) throws -> MapResponse {
    let filter = try visible.filter(request)
    let name = request.parameters.first { $0.name == "f" }?.value ?? "geojson"
    guard let format = OutputFormat(rawValue: name), let type = format.downloadType else {
      let names = OutputFormat.allCases.filter { $0.downloadType != nil }.map(\.rawValue).sorted()
        .joined(separator: ", ")
      throw BadRequest("f must be one of \(names)")
    }
    if filter.which != .located, format.needsPositions {
      throw BadRequest("\(format.rawValue) contains only photos with a position; try: f=csv")
    }
    var options = FormatOptions()
    options.includesReason = filter.which != .located
    // Report errors before the response begins.
    if !filter.sites.isEmpty, visible.share == nil {
      try IndexReader(path: index).confirmSites(of: filter)
    }
    let disposition = "attachment; filename=\"photos.\(format.rawValue)\""
    return MapResponse(
      200, type,
      .written { [options] sink, stop in
        let reader = try IndexReader.forResponse(index, until: stop)
        try reader.reading {
          var writer = makeWriter(format, options: options, sink: sink)
          try writer.begin()
          for pass in 0..<writer.passes {
            if pass > 0 { try writer.nextPass() }
            try reader.photos(filter, detail: .shown) { try writer.write(visible.shown($0)) }
          }
          try writer.end()
        }
      }, headers: [("Content-Disposition", disposition)])
  }
}
