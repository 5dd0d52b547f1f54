package import PhotoIndex
package import PhotoModel
import Synchronization

/// Pictures of the photos of an index: from the side cache, else from the sites. One thread asks; answers come from any.
package final class PictureService: Sendable {
  /// How to reach a site; asked once for each.
  package typealias Reach = @Sendable (SiteRecord) throws -> PictureReach
  /// The answer to a request, once for each; from any thread.
  package typealias Answer = @Sendable (_ number: UInt64, PictureAnswer) -> Void

  private struct State {
    /// By the ids of their sites.
    var sessions: [Int64: (site: SiteRecord, session: PictureSession)] = [:]
  }

  private let cache: PictureCache?
  private let reach: Reach
  private let answer: Answer
  private let state = Mutex(State())

  package init(cache: PictureCache?, reach: @escaping Reach, answer: @escaping Answer) {
    self.cache = cache
    self.reach = reach
    self.answer = answer
  }

  /// Asks for a picture.
  /// - Parameter reader: of the index; used during the call only.
  package func get(
    _ number: UInt64, photo: Int64, _ kind: PictureKind, known: UInt64, _ reader: IndexReader
  ) {
    do {
      guard let row = try reader.photo(id: photo) else {
        throw PictureFailure(.noPhoto, "the index has no photo \(photo)")
      }
      let (plan, key) = (PicturePlan(row, kind), PictureKey(row, kind))
      let tag = plan.tag
      if known == tag { return answer(number, .known(tag: tag)) }
      if let key, let bytes = cache?.picture(key, plan.file) {
        return answer(number, Self.answer(.success(bytes), plan, tag))
      }
      if let obstacle = plan.obstacle { throw obstacle }
      guard let key else { throw PictureFailure(.noPhoto, "the index has no photo \(photo)") }
      let job = PictureQueue.Job(plan: plan, key: key, tag: tag, waiters: [number])
      try session(of: row, reader).want(job)
    } catch let failure as PictureFailure {
      answer(number, .failure(failure))
    } catch {
      answer(number, .failure(PictureFailure(.unreachable, Self.text(error))))
    }
  }

  /// Reads a picture into the cache, when nothing else is wanted.
  package func readAhead(photo: Int64, _ kind: PictureKind, _ reader: IndexReader) {
    guard let cache, let row = try? reader.photo(id: photo), let key = PictureKey(row, kind) else {
      return
    }
    let plan = PicturePlan(row, kind)
    guard plan.obstacle == nil, cache.picture(key, plan.file) == nil else { return }
    let job = PictureQueue.Job(plan: plan, key: key, tag: plan.tag, waiters: [])
    try? session(of: row, reader).want(job)
  }

  package func cancel(_ number: UInt64) { all { $0.cancel(number) } }
  package func forgetAhead() { all { $0.forgetAhead() } }

  /// Ends all sessions.
  package func close() { all { $0.close() } }

  private func all(_ body: (PictureSession) -> Void) {
    for (_, session) in state.withLock({ Array($0.sessions.values) }) { body(session) }
  }

  private func session(of row: PhotoRow, _ reader: IndexReader) throws -> PictureSession {
    var site = try reader.site(named: row.site)
    site.lastSync = nil
    let known = state.withLock { $0.sessions[site.id] }
    if let known, known.site == site { return known.session }
    // It was placed elsewhere, or is reached in another way.
    known?.session.close()
    let reach = try reach(site)
    guard let wake = WakePipe() else {
      throw PictureFailure(.busy, "the process has no more file descriptors")
    }
    let session = PictureSession(reach, wake: wake) { [cache, answer] job, result in
      var kept: [UInt8]?
      switch result {
      case .success(let bytes): kept = job.plan.kind == .image ? nil : bytes
      case .failure(let failure):
        // A search through the file need not be repeated.
        kept = failure.kind == .noPicture ? [] : nil
      }
      for number in job.waiters { answer(number, Self.answer(result, job.plan, job.tag)) }
      if let kept { cache?.keep(kept, job.key, job.plan.file) }
    }
    state.withLock { $0.sessions[site.id] = (site, session) }
    return session
  }

  private static func answer(
    _ result: Result<[UInt8], PictureFailure>, _ plan: PicturePlan, _ tag: UInt64
  ) -> PictureAnswer {
    switch result {
    case .success(let bytes) where bytes.isEmpty:
      .failure(
        PictureFailure(
          .noPicture, "\(plan.file.name.text) has no embedded \(plan.kind.name)"))
    case .success(let bytes): .picture(bytes, tag: tag)
    case .failure(let failure): .failure(failure)
    }
  }

  private static func text(_ error: any Error) -> String {
    (error as? IndexError)?.message ?? "\(error)"
  }
}
