import Platform

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The files of the page, which are embedded in the program.
enum Assets {
  static func file(_ name: String) -> MapResponse? {
    if let script = script(name) {
      return MapResponse(200, "text/javascript; charset=utf-8", script)
    }
    return switch name {
    case "style.css": MapResponse(200, css, PackageResources.style_css)
    case "panels.css": MapResponse(200, css, PackageResources.panels_css)
    case "icon.svg": MapResponse(200, "image/svg+xml", PackageResources.icon_svg)
    case "basemap.bin":
      MapResponse(
        200, "application/octet-stream", PackageResources.basemap_bin_gz,
        headers: [("Content-Encoding", "gzip")])
    default: nil
    }
  }

  private static func script(_ name: String) -> [UInt8]? {
    switch name {
    case "app.js": PackageResources.app_js
    case "basemap.js": PackageResources.basemap_js
    case "boot.js": PackageResources.boot_js
    case "box.js": PackageResources.box_js
    case "canvas.js": PackageResources.canvas_js
    case "clusters.js": PackageResources.clusters_js
    case "colours.js": PackageResources.colours_js
    case "details.js": PackageResources.details_js
    case "empty.js": PackageResources.empty_js
    case "facts.js": PackageResources.facts_js
    case "filters.js": PackageResources.filters_js
    case "findings.js": PackageResources.findings_js
    case "footprint.js": PackageResources.footprint_js
    case "hover.js": PackageResources.hover_js
    case "keys.js": PackageResources.keys_js
    case "legend.js": PackageResources.legend_js
    case "locator.js": PackageResources.locator_js
    case "map.js": PackageResources.map_js
    case "net.js": PackageResources.net_js
    case "overlay.js": PackageResources.overlay_js
    case "paths.js": PackageResources.paths_js
    case "photos.js": PackageResources.photos_js
    case "pictures.js": PackageResources.pictures_js
    case "points.js": PackageResources.points_js
    case "share.js": PackageResources.share_js
    case "sheet.js": PackageResources.sheet_js
    case "signin.js": PackageResources.signin_js
    case "stack.js": PackageResources.stack_js
    case "store.js": PackageResources.store_js
    case "strip.js": PackageResources.strip_js
    case "syncs.js": PackageResources.syncs_js
    case "text.js": PackageResources.text_js
    case "tree.js": PackageResources.tree_js
    case "url.js": PackageResources.url_js
    default: nil
    }
  }

  private static let css = "text/css; charset=utf-8"
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
