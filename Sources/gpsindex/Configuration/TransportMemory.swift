import PhotoIndex
import PhotoSource
import SSHTransport

/// Remembers with a site that it needs the ssh program (`--transport auto`), until libssh2 or gpsindex is upgraded.
enum TransportMemory {
  /// The versions for which that is known.
  private static var versions: String {
    "libssh2/\(LibSSH2.installedVersion ?? "none") gpsindex/\(Versions.program)"
  }

  /// Whether an earlier run with the same versions needed the ssh program.
  static func needsSSHProgram(_ settings: SiteSettings) -> Bool {
    guard isAutomatic(settings), let noted = settings.needsSSHProgram else { return false }
    return noted == versions
  }

  /// `site` with the result of this run; nil when nothing changed.
  static func updated(
    _ site: SiteRecord, _ place: SitePlace, _ access: AccessOptions
  ) -> SiteRecord? {
    guard let server = place.server, isAutomatic(site.settings),
      let used = access.usedTransport(server)
    else { return nil }
    var updated = site
    updated.settings.needsSSHProgram = used == .ssh ? versions : nil
    return updated.settings == site.settings ? nil : updated
  }

  /// Stores the result of a sync, over the settings of the index and not those of this run.
  static func keep(
    _ site: SiteRecord, _ place: SitePlace, _ access: AccessOptions, indexPath: String
  ) {
    // Mostly nothing changes, and the index need not be opened.
    guard access.transport == .auto, updated(site, place, access) != nil else { return }
    guard let writer = try? IndexWriter(path: indexPath),
      let stored = try? writer.site(named: site.name), stored.id == site.id,
      let updated = updated(stored, place, access)
    else { return }
    // If this fails, the next sync finds out again.
    try? writer.updateSite(updated)
  }

  private static func isAutomatic(_ settings: SiteSettings) -> Bool {
    settings.transport == nil || settings.transport == SettingKey.automaticTransport
  }
}
