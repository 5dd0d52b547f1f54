import PhotoIndex
import PhotoModel
import PhotoSource
import SSHTransport

/// Sites whose folders contain each other: the index then has a photo once per site.
enum SharedFolder {
  /// Compares user, host and port as the ssh configuration resolves them, then the paths. Folders are not looked at.
  /// - Parameter home: the login folder of `site`, where a test has learned it.
  static func notes(
    _ site: SiteRecord, _ others: [SiteRecord], home: [UInt8]? = nil
  ) -> [String] {
    guard !others.isEmpty, let own = Root(site, resolves: others.contains(where: isOnServer)) else {
      return []
    }
    return others.compactMap { other in
      guard let theirs = Root(other, resolves: isOnServer(site)), own.server == theirs.server,
        let relation = own.relation(to: theirs, home: home)
      else { return nil }
      return
        "\(site.name) \(relation) the site \(other.name) (\(other.location)): after a sync of both, "
        + "the index has their common photos twice"
    }
  }

  private static func isOnServer(_ site: SiteRecord) -> Bool { !site.location.hasPrefix("/") }

  /// The folder of a site, as far as it is known without a connection.
  private struct Root {
    /// nil: this machine.
    var server: String?
    var isAbsolute: Bool
    var parts: [ArraySlice<UInt8>]

    /// nil for a location that no longer parses.
    /// - Parameter resolves: whether to ask `ssh -G` what an alias stands for.
    init?(_ site: SiteRecord, resolves: Bool) {
      guard let place = try? SitePlace(site) else { return nil }
      if let server = place.server {
        let access = AccessOptions(site.settings, Credentials())
        let found = resolves ? ServerAccess(server, access, timeout: 5).endpoint : nil
        self.server =
          found.map { "\($0.user)@\($0.host.lowercased()) \($0.port) \($0.route)" } ?? server.host
      }
      isAbsolute = place.path.first == UInt8(ascii: "/")
      parts = Self.parts(place.path)
    }

    private static func parts(_ path: [UInt8]) -> [ArraySlice<UInt8>] {
      path.split(separator: UInt8(ascii: "/")).filter { $0 != [UInt8(ascii: ".")] }
    }

    func relation(to other: Root, home: [UInt8]?) -> String? {
      var (mine, theirs) = (parts, other.parts)
      if isAbsolute != other.isAbsolute {
        // A path below the login folder becomes absolute.
        guard let home else { return nil }
        if isAbsolute { theirs = Self.parts(home) + theirs } else { mine = Self.parts(home) + mine }
      }
      if mine == theirs { return "has the same folder as" }
      if mine.starts(with: theirs) { return "is a folder inside" }
      return theirs.starts(with: mine) ? "contains the folder of" : nil
    }
  }
}
