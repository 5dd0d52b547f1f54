import Platform
import PhotoModel
package import PhotoSource

/// One fetch: what of a plan is there already, then the rest, site by site. Order of calls: ``survey()``, ``checkRoom()``,
/// ``fetch(site:name:from:access:connections:)`` for each of ``wantedSites``, ``finish()``.
package final class FetchRun {
  package let plan: FetchPlan
  package private(set) var report = FetchReport()
  package private(set) var progress = FetchProgress()

  /// The source may differ by site.
  package var options: FetchOptions
  let destination: Destination
  let onEvent: (FetchEvent) -> Void
  /// Numbers of targets that are to be fetched, in the plan's order.
  private var wanted: [Int] = []
  private var manifest = Manifest()
  private let began = SystemClock.now()

  package init(
    _ plan: FetchPlan, _ folder: FetchFolder, _ options: FetchOptions,
    onEvent: @escaping (FetchEvent) -> Void
  ) {
    self.plan = plan
    self.options = options
    self.onEvent = onEvent
    destination = folder.destination
    report.photos = plan.photos
    report.sidecars = plan.targets.count - plan.photos
  }

  // MARK: What is there

  /// Compares the plan with the destination.
  package func survey() throws {
    if let path = options.manifest { manifest = try Self.manifest(path) }
    for refused in plan.refused {
      report.failed += 1
      onEvent(.failed(refused.path, .unreadable, detail: "a path that leads out of the site"))
    }
    var parts = PartSurvey(destination.parts())
    for (number, target) in plan.targets.enumerated() {
      if options.isCancelled() { return }
      let key = PartFile.key(site: plan.sites[target.site], path: target.source)
      switch destination.entry(target.path) {
      case .file(let size, let mtime) where isSame(target.file, size, mtime):
        if try isSound(target, size) {
          report.present += 1
          parts.discard(key)
          continue
        }
        guard options.replaces else { continue }
      case .file where options.replaces, .absent: break
      case .file, .other:
        report.conflicts += 1
        onEvent(.conflict(target.path))
        continue
      }
      wanted.append(number)
      progress.files += 1
      progress.bytes += max(0, target.file.size ?? 0)
      parts.keep(key, PartFile.name(of: target.file, key: key))
    }
    report.resumedBytes = parts.bytes
    for stale in parts.stale { destination.remove(part: stale) }
  }

  private func isSame(_ file: ListedFile, _ size: Int64, _ mtime: Int64) -> Bool {
    guard size == file.size ?? size else { return false }
    return file.mtime.map { destination.traits.isSame($0, mtime) } ?? true
  }

  /// Looks into a file that is there, when that is asked for.
  private func isSound(_ target: FetchPlan.Target, _ size: Int64) throws -> Bool {
    guard options.verifies || options.manifest != nil && manifest[target.path] == nil else {
      return true
    }
    let file = destination.openFile(target.path)
    guard file >= 0 else {
      throw Destination.error(
        SystemError.last.code, "cannot read \(text(target.path))", destination.path)
    }
    defer { _ = closeDescriptor(file) }
    if options.manifest != nil {
      let sum = FileSum.of(file)
      if let known = manifest[target.path], known != sum {
        damaged(target.path, "its SHA-256 sum is not the manifest's")
        return false
      }
      manifest[target.path] = sum
    }
    if options.verifies, case .cut(let missing) = FileCheck.check(file, size: size) {
      // The source has the same bytes: to fetch it again does not help.
      damaged(target.path, "it lacks \(missing)")
    }
    return true
  }

  private func damaged(_ path: [UInt8], _ what: String) {
    report.damaged += 1
    onEvent(.damaged(path, what))
  }

  private static func manifest(_ path: String) throws -> Manifest {
    do throws(SystemError) {
      return try Manifest(path: path)
    } catch {
      throw Destination.error(error.code, "cannot read \(path)", path)
    }
  }

  /// Numbers of the sites of which something is to be fetched.
  package var wantedSites: [Int] {
    var sites: [Int] = []
    for number in wanted where !sites.contains(plan.targets[number].site) {
      sites.append(plan.targets[number].site)
    }
    return sites
  }

  /// Bytes that are still to come.
  package var bytesNeeded: Int64 { progress.bytes - report.resumedBytes }

  /// - Throws: ``FetchError`` when the disk has less room than is needed.
  package func checkRoom() throws(FetchError) {
    guard let free = Destination.freeBytes(destination.path), free < bytesNeeded else { return }
    throw FetchError(
      .io, "\(destination.path) has \(free) bytes free, and \(bytesNeeded) are needed",
      advice: "--to with a folder on another disk, or a filter that selects less")
  }

  // MARK: Fetching

  /// Fetches what is wanted of one site.
  /// - Throws: ``FetchError``, `SourceError`, `TransportError`; what has arrived stays.
  package func fetch(
    site: Int, from place: SitePlace, access: AccessOptions, connections: ConnectionKeeper?
  ) throws {
    let numbers = wanted.filter { plan.targets[$0].site == site }
    let finisher = Finisher(
      destination, replaces: options.replaces, checks: options.verifies,
      sums: options.manifest != nil)
    let visitor = FetchVisitor(self, numbers, finisher)
    let source = openDownload(
      place, access: access, options: options.download, visitor: visitor,
      connections: connections)
    visitor.source = source
    defer {
      finisher.wait()
      visitor.takeResults()
      report.statistics = report.statistics.adding(source.statistics)
    }
    try source.run()
    finisher.wait()
    visitor.takeResults()
    if let error = visitor.failure { throw error }
  }

  func update(_ change: (inout FetchProgress) -> Void) {
    change(&progress)
    onEvent(.progress(progress))
  }

  func received(_ bytes: Int) {
    progress.bytesDone += Int64(bytes)
    progress.bytesReceived += Int64(bytes)
    report.bytes += Int64(bytes)
  }

  func moved(_ bytes: Int64, total: Int64) {
    progress.bytesDone += bytes
    progress.bytes += total
  }

  func ended(_ number: Int, _ outcome: Finisher.Outcome) {
    let target = plan.targets[number]
    progress.filesDone += 1
    progress.path = target.path
    switch outcome {
    case .placed(let sum, let defect):
      report.fetched += 1
      if let sum { manifest[target.path] = sum }
      if let defect { damaged(target.path, "it lacks \(defect)") }
    case .taken:
      report.conflicts += 1
      onEvent(.conflict(target.path))
    case .failed(let error):
      failed(number, .serverError, detail: "cannot put it into its place: \(error.text)")
    }
  }

  func failed(_ number: Int, _ failure: Failure, detail: String) {
    report.failed += 1
    progress.failed += 1
    onEvent(.failed(plan.targets[number].source, failure, detail: detail))
  }

  /// Writes the manifest, also after an error: what is in its place has its sum.
  package func finish() throws {
    report.seconds = SystemClock.now() - began
    guard let path = options.manifest else { return }
    do throws(SystemError) {
      try manifest.write(to: path)
    } catch {
      throw Destination.error(error.code, "cannot write \(path)", path)
    }
  }

  private func text(_ path: [UInt8]) -> String { PathBytes(path).text }
}

/// A folder to fetch into, locked until the end.
package struct FetchFolder {
  let destination: Destination
  package var traits: DiskTraits { destination.traits }

  /// - Parameter isDryRun: nothing is created.
  package init(_ path: String, isDryRun: Bool) throws(FetchError) {
    destination = isDryRun ? try Destination(unchanged: path) : try Destination(path)
  }
}

/// Which unfinished files go on, and which are of no use any more.
private struct PartSurvey {
  private let lengths: [String: Int64]
  private var byKey: [Substring: [String]] = [:]
  private(set) var stale: [String] = []
  private(set) var bytes: Int64 = 0

  init(_ lengths: [String: Int64]) {
    self.lengths = lengths
    for name in lengths.keys { byKey[name.prefix { $0 != "_" }, default: []].append(name) }
  }

  /// The file is there.
  mutating func discard(_ key: String) { stale += byKey[key[...]] ?? [] }

  /// The file is to be fetched, and has this part.
  mutating func keep(_ key: String, _ part: String) {
    guard !byKey.isEmpty else { return }
    stale += (byKey[key[...]] ?? []).filter { $0 != part }
    bytes += lengths[part] ?? 0
  }
}
