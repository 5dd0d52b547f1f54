import PhotoIndex
import PhotoModel
import PhotoSource
import SSHTransport
import Sync

/// A test of a site: login, host key, listing of the root.
struct SiteTrial {
  let site: SiteRecord
  let report: SiteFindings
  /// See ``TransportMemory``.
  let needsSSHProgram: String?

  /// - Parameters:
  ///   - asksHome: also find out the path of the login folder.
  ///   - note: receives messages as they come, also of a test that fails.
  /// - Throws: the failure; if the server may be down, the advice includes --no-test.
  init(
    _ site: SiteRecord, _ credentials: Credentials, asksHome: Bool, note: @escaping (String) -> Void
  ) throws {
    self.site = site
    do {
      let place = try SitePlace(site)
      let access = AccessOptions(site.settings, credentials)
      var options = SourceOptions(site.settings)
      options.asksHome = asksHome
      report = try SiteProbe(place: place, access: access, options: options).run(onNote: note)
      needsSSHProgram =
        (TransportMemory.updated(site, place, access) ?? site).settings.needsSSHProgram
    } catch {
      var failure = CommandFailure(error, at: try? SitePlace(site))
      if failure.status == .unreachable {
        // A command in the advice comes last, so that it can be copied.
        failure.advice =
          "--no-test, to add the site without a test"
          + (failure.advice.isEmpty ? "" : "; or \(failure.advice)")
      }
      throw failure
    }
  }

  var lines: [String] {
    var lines: [String] = []
    if let peer = report.peer {
      lines.append(
        "\(site.name) responds: \(peer.version), \(peer.hostKeyType) \(peer.fingerprint)")
    }
    var line =
      "\(site.name): \(Plural.folders(report.folders)) and \(Plural.photos(report.photos)) in the root folder"
    if let time = report.roundTripMilliseconds {
      line += ", round trip \(time < 10 ? "under 10" : "\(Int(time.rounded()))") ms"
    }
    return lines + [line]
  }
}

extension CommandFailure {
  /// The failure of a location, with what its spelling suggests.
  init(_ error: any Error, at place: SitePlace?) {
    self.init(error, arguments: [])
    guard let place else { return }
    if case SourceError.rootMissing = error { advice = Self.whereFoldersAre(place) }
    guard status == .unreachable || status == .notFound, let server = place.server,
      server.port == nil
    else { return }
    // sftp://HOST:PORT/PATH, written in scp's form.
    let parts = PathBytes(server.path).text.split(
      separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let port = UInt16(first), port > 0 else { return }
    let path = parts.count > 1 ? Array(parts[1].utf8) : []
    let meant = SitePlace.server(
      ServerPlace(user: server.user, host: server.host, port: port, path: [0x2F] + path))
    advice = "for port \(port): \(NextCommand.quoted(meant.text))"
  }

  private static func whereFoldersAre(_ place: SitePlace) -> String {
    guard let server = place.server else { return "a location with an existing folder" }
    let port = server.port.map { "-P \($0) " } ?? ""
    let host = server.host.contains(":") ? "[\(server.host)]" : server.host
    let login = NextCommand.quoted(server.user.map { "\($0)@\(host)" } ?? host)
    let example = place.with(path: Array("photos".utf8)).text
    let start =
      server.path.first == UInt8(ascii: "/")
      ? "a path that exists; “\(example)” is in the login folder"
      : "a path that exists; this one starts in the login folder"
    return "\(start). To list that folder: echo ls | sftp \(port)\(login)"
  }
}
