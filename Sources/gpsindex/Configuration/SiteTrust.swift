import Platform
import PhotoIndex

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Decides which SSH settings of an index the user set on this machine.
///
/// An index may be foreign. Its keys, files and checks count only where `site add`, `sync LOCATION` or `site trust` recorded
/// them on this machine for this index, site and location: in ``TrustFile``, one line per setting.
struct SiteTrust {
  /// The settings that choose a key, a file, a check or a program.
  static let keys: [SettingKey] = [.identity, .knownHosts, .acceptNew, .transport]

  private let file: TrustFile
  private let index: String
  private let lines: Set<String>

  /// - Parameter index: its path; the file need not exist yet.
  init(index: String, environment: (String) -> String? = Environment.value) {
    file = TrustFile(environment: environment)
    self.index = Self.canonical(index)
    lines = Set(file.read() ?? [])
  }

  /// `site` without the settings that were not set on this machine, and the names of those.
  func own(_ site: SiteRecord) -> (site: SiteRecord, foreign: [SettingKey]) {
    // A local folder uses none of them.
    if site.location.hasPrefix("/") { return (site, []) }
    var own = site
    var foreign: [SettingKey] = []
    for key in Self.keys {
      guard let value = key.text(in: site.settings), !lines.contains(line(site, key, value)) else {
        continue
      }
      // A built-in value relaxes nothing and needs no message, but it does not override the configuration either.
      if value != key.defaultText { foreign.append(key) }
      let needsSSHProgram = own.settings.needsSSHProgram
      key.unset(in: &own.settings)
      // Of no matter for trust: any server can bring `auto` to that.
      own.settings.needsSSHProgram = needsSSHProgram
    }
    return (own, foreign)
  }

  /// A message about ignored settings; nil without any.
  /// - Parameter used: the effective settings; a setting with a value there needs no message.
  static func remark(
    _ foreign: [SettingKey], of site: SiteRecord, used: SiteSettings, index: String?
  ) -> String? {
    let missed = foreign.filter { $0.text(in: used) == nil }
    guard !missed.isEmpty else { return nil }
    let values = missed.map { "\($0.rawValue) \($0.text(in: site.settings) ?? "")" }
    return
      "ignored \(values.joined(separator: ", ")) of the index, which was not set on this machine; "
      + "try: \(command(site, index: index))"
  }

  static func command(_ site: SiteRecord, index: String?) -> String {
    NextCommand.text(["site", "trust", site.name], index: index)
  }

  /// Records all settings of `site` as set on this machine, in place of those recorded before.
  /// - Throws: when the trust file cannot be written.
  func record(_ site: SiteRecord) throws {
    let added = Self.relevant(site).map { line(site, $0, $1) }
    let before = prefix(site.name)
    // Nothing to record and nothing to remove.
    if added.isEmpty, !lines.contains(where: { $0.hasPrefix(before) }) { return }
    try file.change { $0.filter { !$0.hasPrefix(before) } + added }
  }

  /// After a site entered an index: records its settings, or returns why that failed. The current run uses them anyway.
  static func keep(
    _ site: SiteRecord, index: String, _ environment: (String) -> String?
  ) -> String? {
    do {
      try SiteTrust(index: index, environment: environment).record(site)
      return nil
    } catch {
      let names = relevant(site).map(\.0.option).joined(separator: ", ")
      let why = (error as? CommandFailure)?.message ?? "\(error)"
      return "cannot record \(names) on this machine: \(why); later runs need the options again"
    }
  }

  /// A site that is added later under the same name starts without trusted settings.
  func forget(_ name: String) {
    guard lines.contains(where: { $0.hasPrefix(prefix(name)) }) else { return }
    try? file.change { $0.filter { !$0.hasPrefix(prefix(name)) } }
  }

  /// The settings to record. Built-in values relax nothing.
  static func relevant(_ site: SiteRecord) -> [(SettingKey, String)] {
    keys.compactMap { key in
      guard let value = key.text(in: site.settings), value != key.defaultText else { return nil }
      return (key, value)
    }
  }

  private func prefix(_ name: String) -> String {
    [index, name].map { Self.encoded($0) + "\t" }.joined()
  }

  private func line(_ site: SiteRecord, _ key: SettingKey, _ value: String) -> String {
    prefix(site.name)
      + [site.location, key.rawValue, value].map(Self.encoded).joined(separator: "\t")
  }

  /// Resolves links, also when only the folder exists yet.
  private static func canonical(_ path: String) -> String {
    if let real = FilePath.resolved(path) { return real }
    guard path.utf8.contains(UInt8(ascii: "/")) else { return path }
    let (folder, name) = FilePath.split(path)
    return FilePath.resolved(folder).map { $0 == "/" ? "/\(name)" : "\($0)/\(name)" } ?? path
  }

  private static func encoded(_ text: String) -> String {
    PercentCoding.encoded(text, plain: .visible)
  }
}
