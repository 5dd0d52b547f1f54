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
  /// Messages about retries.
  private let remarks: [String]

  /// - Throws: the failure; if the server may be down, the advice includes --no-test.
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
          (failure.advice.isEmpty ? "" : "; or ") + "--no-test, to add the site without a test"
      }
      throw failure
    }
    self.remarks = remarks
  }

  var lines: [String] {
    var lines = remarks
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
