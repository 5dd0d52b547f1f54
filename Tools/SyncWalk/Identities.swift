import PhotoModel

/// Ids are for life: a photo that nobody touched keeps its own, and none is ever given again.
struct Identities {
  /// Photo ids in the index, with their site's.
  private var photos: [Int64: Int64] = [:]
  private var sites: Set<Int64> = []
  private var retiredPhotos: Set<Int64> = []
  private var retiredSites: Set<Int64> = []

  /// To be called after everything that may have written.
  mutating func observe(photos now: [Int64: Int64], sites nowSites: Set<Int64>) -> [Anomaly] {
    var found: [Anomaly] = []
    for (fid, site) in now.sorted(by: { $0.key < $1.key }) {
      if let old = photos[fid], old != site {
        found.append(
          .init(
            kind: .reused, text: "fid \(fid) was a photo of site \(old), and is of site \(site)"))
      } else if photos[fid] == nil, retiredPhotos.contains(fid) {
        found.append(.init(kind: .reused, text: "fid \(fid) was removed, and is there again"))
      }
    }
    for id in nowSites.sorted() where !sites.contains(id) && retiredSites.contains(id) {
      found.append(.init(kind: .reused, text: "site id \(id) was removed, and is there again"))
    }
    retiredPhotos.formUnion(photos.keys.filter { now[$0] == nil })
    retiredSites.formUnion(sites.subtracting(nowSites))
    photos = now
    sites = nowSites
    return found
  }

  /// A site was removed on purpose: its ids are gone even if something has taken them since.
  mutating func retire(site id: Int64) {
    retiredSites.insert(id)
    sites.remove(id)
    let gone = photos.filter { $0.value == id }.map(\.key)
    retiredPhotos.formUnion(gone)
    for fid in gone { photos[fid] = nil }
  }
}

/// Which photos nobody has touched since the last round's end.
struct Untouched {
  private var states: [PathBytes: FileState] = [:]
  private var fids: [PathBytes: Int64] = [:]

  /// Before a sync that happens in mid-round: what is different now has been touched.
  mutating func look(_ tree: Tree) {
    states = states.filter { tree.photos[$0.key] == $0.value }
  }

  func anomalies(_ site: SiteSnapshot) -> [Anomaly] {
    states.keys.sorted().compactMap { path in
      guard let before = fids[path] else { return nil }
      let now = site.photos[PathBytes(path.text.utf8)]?.fid
      return now == before
        ? nil
        : Anomaly(
          kind: .identity,
          text:
            "\(path.text) was not touched: fid \(before) became \(now.map { "\($0)" } ?? "none")")
    }
  }

  var count: Int { states.count }

  mutating func begin(_ tree: Tree, _ site: SiteSnapshot) {
    states = tree.photos
    fids = [:]
    for path in tree.photos.keys { fids[path] = site.photos[PathBytes(path.text.utf8)]?.fid }
  }

  mutating func forget() {
    states = [:]
    fids = [:]
  }
}
