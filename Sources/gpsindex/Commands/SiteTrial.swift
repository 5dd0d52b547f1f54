import PhotoIndex
import PhotoModel
import PhotoSource
import SSHTransport
import Sync

/// One look at a site: login, the server's key, what its root holds.
struct SiteTrial {
  let site: SiteRecord
  let report: SiteFindings
  /// See ``TransportMemory``.
  let needsSSHProgram: String?
  /// Of retries on the way; a failure speaks for itself.
  private let remarks: [String]

  /// - Throws: the failure, with a way round the trial where the server may only be away.
  init(_ site: SiteRecord, _ credentials: Credentials) throws {
    self.site = site
    var remarks: [String] = []
    do {
      let place = try SitePlace(site)
      let access = AccessOptions(site.settings, credentials)
      let probe = SiteProbe(place: place, access: access, options: SourceOptions(site.settings))
      report = try probe.run { remarks.append($0) }
      needsSSHProgram =
        (TransportMemory.updated(site, place, access) ?? site).settings.needsSSHProgram
    } catch {
      var failure = CommandFailure(error, arguments: [])
      if failure.status == .unreachable {
        failure.advice +=
          (failure.advice.isEmpty ? "" : "; or ") + "--no-test to add it all the same"
      }
      throw failure
    }
    self.remarks = remarks
  }

  var lines: [String] {
    var lines = remarks
    if let peer = report.peer {
      lines.append("\(site.name) answers: \(peer.version), \(peer.hostKeyType) \(peer.fingerprint)")
    }
    var line =
      "\(site.name): \(Plural.folders(report.folders)) and \(Plural.photos(report.photos)) in its root"
    if let time = report.roundTripMilliseconds {
      line += ", round trip \(time < 10 ? "under 10" : "\(Int(time.rounded()))") ms"
    }
    return lines + [line]
  }
}

extension Location {
  /// The same place with another path.
  func with(path: [UInt8]) -> Location {
    switch self {
    case .folder: return .folder(PathBytes(path).text)
    case .server(var server):
      server.path = PathBytes(path).text
      return .server(server)
    }
  }
}
