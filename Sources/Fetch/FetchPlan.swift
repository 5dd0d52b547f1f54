package import PhotoModel

/// Which files of which sites are wanted, and the path that each gets below the destination; sans I/O.
///
/// Without `--flat` the tree of the site: `SITE/FOLDER/FILE`, or `FOLDER/FILE` when the sites are one by the filter.
/// Every path is made of safe names (``SafeName``), and no two files have one path on a disk with these traits.
package struct FetchPlan {
  package struct Target: Sendable, Equatable {
    /// Index into ``FetchPlan/sites``.
    package var site: Int
    /// On the site, below its root.
    package var folder: PathBytes
    package var file: ListedFile
    package var isSidecar: Bool
    /// Below the destination; names separated by `/`.
    package var path: [UInt8]

    package var source: PathBytes { folder.appending(file.name) }
  }

  /// Of one photo or sidecar that cannot be asked for.
  package struct Refused: Sendable, Equatable {
    package var site: String
    package var path: PathBytes
  }

  package private(set) var targets: [Target] = []
  package private(set) var sites: [String] = []
  /// Their paths lead out of the site: no listing has such names, so the index did not come from one.
  package private(set) var refused: [Refused] = []

  private let traits: DiskTraits
  private let isFlat: Bool
  private let namesSites: Bool
  private var siteNumbers: [ExactText: Int] = [:]
  private var taken: Set<NameKey> = []
  /// Two photos may share a sidecar.
  private var sidecars: Set<PathBytes> = []
  /// Photos come folder by folder.
  private var last: (site: String, folder: String, bytes: PathBytes, prefix: [UInt8], number: Int)?

  /// - Parameter namesSites: paths begin with the site's name.
  package init(traits: DiskTraits, isFlat: Bool, namesSites: Bool) {
    self.traits = traits
    self.isFlat = isFlat
    self.namesSites = namesSites
  }

  /// Bytes of all files whose size is known.
  package var bytes: Int64 {
    targets.reduce(0) { sum, target in
      let (next, overflow) = sum.addingReportingOverflow(max(0, target.file.size ?? 0))
      return overflow ? .max : next
    }
  }

  package var photos: Int { targets.count { !$0.isSidecar } }

  /// A row of the index, with its sidecar.
  package mutating func add(_ row: PhotoRow, sidecar: ListedFile?) {
    let folder = folder(of: row)
    add(
      ListedFile(name: PathBytes(text: row.file), size: row.size, mtime: row.mtime), in: folder,
      isSidecar: false)
    guard let sidecar, sidecars.insert(folder.bytes.appending(sidecar.name)).inserted else {
      return
    }
    add(sidecar, in: folder, isSidecar: true)
  }

  private typealias Folder = (bytes: PathBytes, prefix: [UInt8], number: Int)

  private mutating func folder(of row: PhotoRow) -> Folder {
    if let last, last.site.hasSameBytes(as: row.site), last.folder.hasSameBytes(as: row.folder) {
      return (last.bytes, last.prefix, last.number)
    }
    let number = number(of: row.site)
    if last?.number != number { sidecars = [] }
    let bytes = PathBytes(text: row.folder)
    let prefix = isFlat ? [] : path(names(of: bytes, in: row.site))
    last = (row.site, row.folder, bytes, prefix, number)
    return (bytes, prefix, number)
  }

  private mutating func number(of site: String) -> Int {
    if let known = siteNumbers[ExactText(site)] { return known }
    sites.append(site)
    siteNumbers[ExactText(site)] = sites.count - 1
    return sites.count - 1
  }

  private func names(of folder: PathBytes, in site: String) -> [[UInt8]] {
    (namesSites ? [Array(site.utf8)] : [])
      + folder.bytes.split(separator: UInt8(ascii: "/")).map { Array($0) }
  }

  private func path(_ names: [[UInt8]]) -> [UInt8] {
    var out: [UInt8] = []
    for (index, name) in names.enumerated() {
      if index > 0 { out.append(UInt8(ascii: "/")) }
      out += traits.names.encoded(name, isTop: index == 0)
    }
    return out
  }

  private mutating func add(_ file: ListedFile, in folder: Folder, isSidecar: Bool) {
    guard Self.isInside(folder.bytes, file.name) else {
      refused.append(
        Refused(site: sites[folder.number], path: folder.bytes.appending(file.name)))
      return
    }
    let name: [UInt8]
    if isFlat {
      name = traits.names.flat(
        names(of: folder.bytes, in: sites[folder.number]) + [file.name.bytes])
    } else {
      name = traits.names.encoded(file.name.bytes, isTop: folder.prefix.isEmpty)
    }
    let parent = PathBytes(folder.prefix)
    var path = parent.appending(PathBytes(name)).bytes
    var number = 2
    while !taken.insert(traits.key(path)).inserted {
      path = parent.appending(PathBytes(SafeName.numbered(name, number))).bytes
      number += 1
    }
    targets.append(
      Target(
        site: folder.number, folder: folder.bytes, file: file, isSidecar: isSidecar, path: path))
  }

  /// Names as a listing has them; see ``ListedFile/name``.
  private static func isInside(_ folder: PathBytes, _ name: PathBytes) -> Bool {
    let dots = [Array(".".utf8), Array("..".utf8)]
    guard !name.isEmpty, !name.bytes.contains(UInt8(ascii: "/")), !name.bytes.contains(0),
      !dots.contains(name.bytes), !folder.bytes.contains(0)
    else { return false }
    if folder.isEmpty { return true }
    return folder.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .allSatisfy { !$0.isEmpty && !dots.contains(Array($0)) }
  }
}
