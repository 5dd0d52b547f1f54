import Platform

/// Script, style and base map of a page for clients. Most modules are those of the map page: links in Resources lead to them.
enum PageModules {
  private static let modules: [ModuleBundle.Module] = [
    .init(names: ["text"], source: PackageResources.text_js),
    .init(names: ["store"], source: PackageResources.store_js),
    .init(names: ["points"], source: PackageResources.points_js),
    .init(names: ["view"], source: PackageResources.view_js),
    .init(names: ["clusters"], source: PackageResources.clusters_js),
    .init(names: ["colours"], source: PackageResources.colours_js),
    .init(names: ["facts"], source: PackageResources.facts_js),
    .init(names: ["canvas"], source: PackageResources.canvas_js),
    .init(names: ["basemap"], source: PackageResources.basemap_js),
    .init(names: ["footprint"], source: PackageResources.footprint_js),
    .init(names: ["paths"], source: PackageResources.paths_js),
    // In place of the server, the filters and the box tool.
    .init(names: ["embedded", "net", "filters", "box"], source: PackageResources.embedded_js),
    .init(names: ["thumbnails", "pictures"], source: PackageResources.thumbnails_js),
    .init(names: ["photos"], source: PackageResources.photos_js),
    .init(names: ["overlay"], source: PackageResources.overlay_js),
    .init(names: ["locator"], source: PackageResources.locator_js),
    .init(names: ["hover"], source: PackageResources.hover_js),
    .init(names: ["details"], source: PackageResources.details_js),
    .init(names: ["strip"], source: PackageResources.strip_js),
    .init(names: ["legend"], source: PackageResources.legend_js),
    .init(names: ["stack"], source: PackageResources.stack_js),
    .init(names: ["keys"], source: PackageResources.keys_js),
    .init(names: ["sheet"], source: PackageResources.sheet_js),
    .init(names: ["map"], source: PackageResources.map_js),
    .init(names: ["client"], source: PackageResources.client_js),
  ]

  static var script: String { ModuleBundle(modules: modules).script }

  static var style: String {
    [PackageResources.style_css, PackageResources.panels_css, PackageResources.client_css]
      .map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
  }

  /// Natural Earth's land, borders and names (public domain), compressed by gzip, in base64.
  static var world: String { Base64.encode(PackageResources.basemap_bin_gz) }

  /// Bytes of all of it.
  static var size: Int64 {
    Int64(script.utf8.count + style.utf8.count + body.utf8.count)
      + Int64(PackageResources.basemap_bin_gz.count + 2) / 3 * 4 + 4096
  }

  static var body: String { String(decoding: PackageResources.client_html, as: UTF8.self) }
}
