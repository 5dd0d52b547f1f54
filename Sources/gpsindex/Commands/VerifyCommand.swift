import ArgumentParser
import GeoFormats
import PhotoIndex
import PhotoModel
import PhotoSource
import Sync

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Read photos again and compare them with the index.",
    discussion: """
      A sync does not read a photo again whose size and time are unchanged. This command reads the \
      bytes, and changes nothing. It prints one line for each photo that differs from the index. It \
      exits with code 3 if values differ although size and time do not.
      """)

  @Argument(help: ArgumentHelp("The site.", valueName: "SITE"), completion: Completions.sites)
  var name: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Check only this many photos, chosen at random.", valueName: "N"))
  var sample: String?

  @Flag(name: .customLong("json"), help: "Print one JSON object; errors are JSON, too.")
  var json = false

  @OptionGroup var reach: ReachOptions

  func run() throws {
    let count = try sampleSize()
    let path = try reach.common.indexPath()
    let kept = try IndexReader(path: path).site(named: name)
    var (site, foreign) = SiteTrust(index: path).own(kept)
    site.settings = try reach.ssh.settings(over: reach.config.settings().settings(of: site))
    if let remark = SiteTrust.remark(
      foreign, of: kept, used: site.settings, index: reach.common.index)
    {
      Messages.note("\(name): \(remark)")
    }
    StopSignal.listen()
    var findings: [VerifyFinding] = []
    var verify = VerifyRun(
      site: site, place: try SitePlace(site),
      access: AccessOptions(site.settings, try reach.secrets.credentials(for: [site])),
      indexPath: path)
    verify.sample = count
    verify.options = SourceOptions(site.settings)
    verify.isCancelled = { StopSignal.received != nil }
    let report = try verify.run { findings.append($0) }
    findings.sort { $0.path < $1.path }
    let keptRows = try keptByGuard(findings, in: path)
    if json {
      try StandardOutput.write(text(report, findings, keptRows))
    } else {
      for finding in findings {
        try StandardOutput.write(
          terminalText(
            "\(finding.path.text): \(Self.words(finding.kind))"
              + (keptRows.contains(finding.path) ? "; the deletion guard keeps its row" : ""))
            + "\n")
      }
    }
    reach.common.note(
      "\(name): \(Plural.photos(report.sampled)) compared, \(report.same) equal, "
        + "\(report.different) different, \(report.changed) changed since the sync, \(report.gone) gone, "
        + "\(report.failed) not readable")
    if !keptRows.isEmpty {
      reach.common.note(
        "the deletion guard keeps the rows of \(Plural.photos(keptRows.count)) that are gone; to remove them: "
          + NextCommand.text(["sync", name, "--allow-mass-delete"], index: reach.common.index))
    }
    if let status = StopSignal.received { throw EarlyEnd(status: status) }
    if report.different > 0 {
      reach.common.note(
        "the index has other values", advice: "gpsindex sync \(name) --full")
    }
    if report.different + report.failed > 0 { throw EarlyEnd(status: .incomplete) }
  }

  private func sampleSize() throws -> Int? {
    guard let sample else { return nil }
    guard let count = Int(sample), count > 0 else {
      throw CommandFailure.usage(
        "--sample “\(sample)” is not a number of photos", advice: "--sample 100")
    }
    return count
  }

  /// Of the photos that are gone: those whose rows an earlier sync kept.
  private func keptByGuard(
    _ findings: [VerifyFinding], in index: String
  ) throws -> Set<PathBytes> {
    let gone = Set(findings.filter { $0.kind == .gone }.map(\.path))
    if gone.isEmpty { return [] }
    var filter = PhotoFilter()
    filter.which = .all
    filter.site = name
    filter.flags = .fileGone
    var kept: Set<PathBytes> = []
    _ = try IndexReader(path: index).photos(filter) { kept.insert(PathBytes(text: $0.path)) }
    return kept.intersection(gone)
  }

  private static func words(_ kind: VerifyFinding.Kind) -> String {
    switch kind {
    case .different(let columns):
      "different" + (columns.isEmpty ? "" : " (\(columns.joined(separator: ", ")))")
    case .changed: "changed since the sync; the next sync reads it"
    case .gone: "gone"
    case .failed(let failure, let detail): "\(failure.rawValue) (\(detail))"
    }
  }

  private func text(
    _ report: VerifyReport, _ findings: [VerifyFinding], _ kept: Set<PathBytes>
  ) -> String {
    var text = JSONText()
    text.beginObject()
    text.member("site", .text(name))
    for (key, count) in [
      ("sampled", report.sampled), ("same", report.same), ("different", report.different),
      ("changed", report.changed), ("gone", report.gone), ("failed", report.failed),
      ("files_opened", report.statistics.filesOpened),
      ("bytes_received", report.statistics.bytesReceived),
    ] {
      text.member(key, .integer(Int64(count)))
    }
    text.member("seconds", .real(report.seconds))
    text.key("findings")
    text.beginArray()
    for finding in findings {
      text.beginObject()
      text.member("path", .text(finding.path.text))
      text.member("finding", .text(Self.name(finding.kind)))
      text.key("columns")
      text.beginArray()
      if case .different(let columns) = finding.kind { columns.forEach { text.value($0) } }
      text.endArray()
      text.member("kept", .flag(kept.contains(finding.path)))
      text.endObject()
    }
    text.endArray()
    text.endObject()
    return text.text + "\n"
  }

  private static func name(_ kind: VerifyFinding.Kind) -> String {
    switch kind {
    case .different: "different"
    case .changed: "changed"
    case .gone: "gone"
    case .failed(let failure, _): failure.rawValue
    }
  }
}
