import PhotoIndex
import PhotoModel
import PhotoSource
import SSHTransport
import Sync

/// Checks the server of a site and the link to it, and shows how a sync would use them.
enum SiteChecks {
  static func run(
    _ site: SiteRecord, _ credentials: Credentials, note: @escaping (String) -> Void
  ) -> [Finding] {
    var findings: [Finding] = []
    do {
      let place = try SitePlace(site)
      let access = AccessOptions(site.settings, credentials)
      if let server = place.server {
        let reach = ServerAccess(server, access, timeout: 5)
        let endpoint = reach.endpoint
        findings.append(address(reach, server))
        findings += LocalChecks.keys(endpoint)
        findings.append(LocalChecks.knownHosts(endpoint))
      }
      let probe = try SiteProbe(
        place: place, access: access, options: SourceOptions(site.settings)
      ).run(measuresLink: true, onNote: note)
      if let path = probe.workingPath {
        findings.append(
          .fail(
            "root",
            "there is no folder \(site.location), but “\(PathBytes(path).text)” is there",
            next: "gpsindex site remove \(site.name), then add it with that path"))
        return findings
      }
      findings += of(probe, name: site.name)
      findings += settings(probe, site, isServer: place.server != nil)
    } catch {
      findings.append(.fail("connection", error))
    }
    return findings
  }

  private static func address(_ reach: ServerAccess, _ server: ServerPlace) -> Finding {
    let text = "\(reach.endpoint.user)@\(reach.endpoint.description)"
    if let remark = reach.remark {
      return .warn("address", "\(text) \(remark)", next: "apt install openssh-client")
    }
    // The connection then fails with the reason.
    let isAsked = reach.endpoint.obstacle == nil && SSHProgram.isInstalled
    return .ok("address", isAsked ? "\(text), by ssh -G \(server.host)" : text)
  }

  private static func of(_ probe: SiteFindings, name: String) -> [Finding] {
    var findings: [Finding] = []
    if let peer = probe.peer {
      findings.append(.ok("server", peer.version))
      findings.append(
        .ok(
          "host key",
          "\(peer.hostKeyType) \(peer.fingerprint)"
            + (peer.hostKeyAlgorithm.map { ", signed by \($0)" } ?? "")))
      if let exchange = peer.keyExchange, let cipher = peer.cipher {
        findings.append(.ok("algorithms", "\(exchange), \(cipher)"))
      }
    }
    findings.append(
      .ok("root", "\(Plural.folders(probe.folders)) and \(Plural.photos(probe.photos))"))
    if let read = probe.maximumRead, let handles = probe.maximumHandles {
      findings.append(
        .ok(
          "limits",
          "reads of \(read == 0 ? "any size" : Bytes.text(Int64(clamping: read))), "
            + "\(handles == 0 ? "no limit of" : "\(handles)") open files"))
    } else if probe.peer != nil {
      findings.append(.ok("limits", "the server states none; conservative defaults apply"))
    }
    if let time = probe.roundTripMilliseconds {
      findings.append(.ok("round trip", "\(tenths(time)) ms"))
    }
    if let rate = probe.bytesPerSecond {
      findings.append(
        .ok("bandwidth", "about \(Bytes.text(Int64(min(rate, 1e15))))/s, from one photo"))
    } else if probe.peer != nil {
      findings.append(
        .warn(
          "bandwidth", "no photo near the root to measure with",
          next: NextCommand.text(["site", "show", name])))
    }
    return findings
  }

  /// The settings that a sync would use, with their cause.
  private static func settings(_ probe: SiteFindings, _ site: SiteRecord, isServer: Bool)
    -> [Finding]
  {
    guard isServer else { return [] }
    let most = site.settings.connections ?? 4
    let best = site.lastSync?.connections
    var findings = [
      Finding.ok(
        "settings",
        "transport \(SiteFields.transport(site.settings) ?? "auto"), timeout "
          + "\(Int(site.settings.timeoutSeconds ?? 30)) s, connections 1…\(most)"
          + (best.map { " (the last sync used \($0))" } ?? "")
          + ", \(site.settings.inFlight ?? probe.window) files in flight"
          + (site.settings.inFlight == nil ? " on each" : ""))
    ]
    if let time = probe.roundTripMilliseconds, time > 1000,
      (site.settings.timeoutSeconds ?? 30) < 60
    {
      findings.append(
        .warn("timeout", "a round trip takes more than a second", next: "--timeout 60"))
    }
    return findings
  }

  private static func tenths(_ value: Double) -> String {
    let tenths = Int((min(max(value, 0), 1e9) * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
