import Platform

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The files of the page, which are embedded in the program.
enum Assets {
  private static let script = "text/javascript; charset=utf-8"

  static func file(_ name: String) -> MapResponse? {
    switch name {
    case "app.js": MapResponse(200, script, PackageResources.app_js)
    case "points.js": MapResponse(200, script, PackageResources.points_js)
    case "layers.js": MapResponse(200, script, PackageResources.layers_js)
    case "panels.js": MapResponse(200, script, PackageResources.panels_js)
    case "syncs.js": MapResponse(200, script, PackageResources.syncs_js)
    case "filters.js": MapResponse(200, script, PackageResources.filters_js)
    case "signin.js": MapResponse(200, script, PackageResources.signin_js)
    case "style.css": MapResponse(200, "text/css; charset=utf-8", PackageResources.style_css)
    case "icon.svg": MapResponse(200, "image/svg+xml", PackageResources.icon_svg)
    case "coastline.json":
      MapResponse(200, "application/json", PackageResources.coastline_json)
    default: nil
    }
  }

  private static let html = "text/html; charset=utf-8"
  static var page: MapResponse { MapResponse(200, html, PackageResources.index_html) }
  static var signIn: MapResponse { MapResponse(200, html, PackageResources.signin_html) }
}

/// The map library, which the system provides (Debian: libjs-leaflet).
package struct Leaflet: Sendable {
  private let script: [UInt8]
  private let style: [UInt8]

  /// The folders of known packages, most likely first.
  package static let folders = [
    "/usr/share/javascript/leaflet", "/usr/share/nodejs/leaflet/dist",
    "/usr/local/share/javascript/leaflet", "/opt/homebrew/share/javascript/leaflet",
  ]

  /// - Returns: nil when none of the folders has it.
  package init?(folders: [String] = Leaflet.folders) {
    for folder in folders {
      let scripts = ["leaflet.min.js", "leaflet.js"].lazy.compactMap {
        wholeFile("\(folder)/\($0)")
      }
      if let script = scripts.first, let style = wholeFile("\(folder)/leaflet.css") {
        self.script = script
        self.style = style
        return
      }
    }
    return nil
  }

  func file(_ name: String) -> MapResponse? {
    switch name {
    case "leaflet.js": MapResponse(200, "text/javascript; charset=utf-8", script)
    case "leaflet.css": MapResponse(200, "text/css; charset=utf-8", style)
    default: nil
    }
  }
}

/// The bytes of a file below 4 MiB; nil when it cannot be read or is larger.
private func wholeFile(_ path: String) -> [UInt8]? {
  try? WholeFile.bytes(of: path, limit: 4 << 20)
}
