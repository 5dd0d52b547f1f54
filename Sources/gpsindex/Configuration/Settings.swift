import PhotoIndex
import PhotoModel
import PhotoSource

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The effective settings of a site: option, else environment, else the site's table in the file, else what `site add`
/// stored, else the file's defaults, else the built-in value.
struct Settings {
  let file: ConfigFile
  let environment: (String) -> String?

  struct Resolved: Equatable {
    var key: SettingKey
    var text: String?
    var origin: String
  }

  init(_ file: ConfigFile, environment: @escaping (String) -> String? = Environment.value) {
    self.file = file
    self.environment = environment
  }

  /// The configuration of this process.
  init(option: String?) throws {
    self.init(try ConfigFile.read(option: option, environment: Environment.value))
  }

  /// All settings except options, which override them.
  func settings(of site: SiteRecord) throws -> SiteSettings {
    var settings = SiteSettings()
    for resolved in try resolved(of: site) where resolved.origin != "default" {
      if let text = resolved.text {
        _ = try resolved.key.set(text, in: &settings, path: absolute(resolved.origin))
      }
    }
    settings.needsSSHProgram = site.settings.needsSSHProgram
    return settings
  }

  /// Each setting with its origin, in the order of ``SettingKey``.
  func resolved(of site: SiteRecord?) throws -> [Resolved] {
    let own = site.flatMap { site in file.sites.first { $0.name.hasSameBytes(as: site.name) } }
    return try SettingKey.allCases.filter { site == nil || $0.isOfSites }.map { key in
      if let text = environment(key.variable), !text.isEmpty {
        var trial = SiteSettings()
        if let wanted = key.set(text, in: &trial, path: { $0 }) {
          throw CommandFailure(
            .configuration, "\(key.variable)=\(text) is not \(wanted)",
            advice: "unset \(key.variable)")
        }
        return Resolved(key: key, text: text, origin: key.variable)
      }
      if let setting = own?.settings[key] {
        return Resolved(key: key, text: setting.text, origin: "\(file.path):\(setting.line)")
      }
      if let site, let text = key.text(in: site.settings) {
        return Resolved(key: key, text: text, origin: "index (site add or site set)")
      }
      if let setting = file.defaults[key] {
        return Resolved(key: key, text: setting.text, origin: "\(file.path):\(setting.line)")
      }
      return Resolved(key: key, text: key.defaultText, origin: "default")
    }
  }

  /// The form of progress output without an option.
  func progress() throws -> String {
    try resolved(of: nil).first { $0.key == .progress }?.text ?? "auto"
  }

  /// Paths in the file are relative to its folder, others to the current folder.
  private func absolute(_ origin: String) -> (String) throws -> String {
    let folder = file.path.lastIndex(of: "/").map { String(file.path[..<$0]) } ?? ""
    return { path in
      let isOfFile = origin.hasPrefix(file.path + ":")
      return isOfFile && !path.hasPrefix("/") && !path.hasPrefix("~/")
        ? "\(folder)/\(path)" : try Environment.absolute(path)
    }
  }

  /// The sites of the index and of the file. The location in the file takes precedence. Sites that are not in the index yet
  /// have the id 0.
  func sites(with known: [SiteRecord]) -> [SiteRecord] {
    var sites = known
    for own in file.sites {
      let location = own.location ?? ""
      if let at = sites.firstIndex(where: { $0.name.hasSameBytes(as: own.name) }) {
        if (try? located(own)) != sites[at].location { sites[at].location = location }
      } else {
        sites.append(SiteRecord(name: own.name, location: location))
      }
    }
    return sites.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// A site of the index or the file with its effective settings, and the settings of the index that are ignored
  /// (``SiteTrust``).
  /// - Throws: `IndexError` with `.notFound`.
  func site(
    named name: String, index: String
  ) throws -> (site: SiteRecord, foreign: [SettingKey], kept: SiteRecord) {
    let known = access(index, F_OK) == 0 ? try IndexReader(path: index).sites() : []
    let sites = sites(with: known)
    guard let found = sites.first(where: { $0.name.hasSameBytes(as: name) }) else {
      // The index's error when the file has no sites.
      if file.sites.isEmpty { _ = try IndexReader(path: index).site(named: name) }
      let names = sites.map(\.name)
      var error = IndexError(
        .notFound, "no site “\(name)” in \(index) or \(file.path)",
        advice: "one of: \(names.prefix(20).joined(separator: ", "))")
      error.wanted = name
      error.known = names
      throw error
    }
    let kept = try placed(found)
    var (site, foreign) = SiteTrust(index: index, environment: environment).own(kept)
    site.settings = try settings(of: site)
    return (site, foreign, kept)
  }

  /// `site` with its location in the form that the index stores; for a site in the file, that of the file.
  func placed(_ site: SiteRecord) throws -> SiteRecord {
    guard let own = file.sites.first(where: { $0.name.hasSameBytes(as: site.name) }) else {
      return site
    }
    var site = site
    do {
      site.location = try located(own)
    } catch let failure as PlaceError where failure.kind == .missing {
      // A folder that is not mounted, such as a card: the sync reports it.
      let folder = own.location.map { $0.hasPrefix("/") ? $0 : "" } ?? ""
      if folder.isEmpty { throw failure }
      site.location = folder
    } catch let failure as PlaceError where failure.kind == .invalid {
      throw CommandFailure(
        .configuration, "\(file.path), line \(own.line): \(failure.message)",
        advice: failure.advice)
    }
    return site
  }

  private func located(_ own: ConfigFile.Site) throws -> String {
    let folder = file.path.lastIndex(of: "/").map { String(file.path[..<$0]) } ?? "/"
    return try SitePlace.parse(
      own.location ?? "", folder: folder, home: environment("HOME")
    ).text
  }
}
