package import PhotoIndex

/// Whether the rows of vanished photos may go. A listing proves that a file is not there; it does not
/// prove that somebody meant it: a disk that is not mounted, a share that dies folder by folder and a
/// user without rights look the same.
///
/// The rule: more than ``fewPhotos`` and more than half of the site's photos do not go within 24 hours.
/// Counted together are those that this sync would remove, those that syncs of the last 24 hours removed
/// (also those that came back meanwhile), and those that the guard keeps already. Half is of the most
/// rows that the site had in these 24 hours. An empty root removes nothing at all.
///
/// What the guard keeps stays kept at every later sync, until the file is listed again or the user says
/// `--allow-mass-delete`, which removes all that is gone and starts the count anew. A clean-up that
/// removes less than half of a site a day never meets the guard.
package enum DeletionGuard {
  /// So many may always go: more than half of a few photos is everyday life.
  package static let fewPhotos = 20

  package struct Evidence: Equatable, Sendable {
    /// Photos that complete listings no longer show and that are not kept already.
    package var vanished: Int
    package var history: RemovalHistory
    /// The root was listed as empty although the index has photos.
    package var rootIsEmpty: Bool

    package init(vanished: Int, history: RemovalHistory, rootIsEmpty: Bool = false) {
      self.vanished = vanished
      self.history = history
      self.rootIsEmpty = rootIsEmpty
    }

    /// All that would be gone.
    package var gone: Int { vanished + history.kept + history.removed }
  }

  package enum Verdict: Equatable, Sendable {
    case allowed
    /// The root was listed as empty: an unmounted disk, say.
    case rootEmpty
    /// More than half of the site's rows, and more than ``fewPhotos``, would be gone.
    case tooMany(gone: Int, of: Int)
  }

  package static func verdict(_ evidence: Evidence, allowMassDelete: Bool) -> Verdict {
    if evidence.vanished == 0 || allowMassDelete { return .allowed }
    if evidence.rootIsEmpty { return .rootEmpty }
    let (gone, rows) = (evidence.gone, evidence.history.mostRows)
    if gone > fewPhotos, gone > rows - gone { return .tooMany(gone: gone, of: rows) }
    return .allowed
  }
}
