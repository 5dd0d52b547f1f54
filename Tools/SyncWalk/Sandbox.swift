import Foundation
import TestSupport

/// A folder of its own with trees, an index and a home, the program under test, and a private server where
/// the walk goes over SFTP.
final class Sandbox {
  struct Site {
    var name: String
    var location: String
    /// How to reach it: for `site add` and for `sync`.
    var options: [String] = []
  }

  let folder: String
  let index: String
  /// Made anew for each comparison.
  let freshIndex: String
  /// Of the tree that is walked.
  let root: [UInt8]
  let site: Site
  let server: PrivateSSHD?
  private let temporary: TemporaryFolder?
  private let program: String
  private let environment: [String: String]

  /// - Parameter keep: where to work, and to leave everything; nil: a temporary folder.
  init(program: String, overSFTP: Bool, keep: String?) throws {
    temporary = try keep == nil ? TemporaryFolder("gpsindex-walk") : nil
    folder = keep ?? temporary?.path ?? ""
    if let keep {
      if Disk.exists(Array(keep.utf8)) { try Disk.remove(Array(keep.utf8)) }
      try FileManager.default.createDirectory(atPath: keep, withIntermediateDirectories: true)
    }
    index = folder + "/index.gpkg"
    freshIndex = folder + "/fresh.gpkg"
    root = Array((folder + "/tree").utf8)
    for name in ["/tree", "/home", "/one", "/two"] {
      try Disk.makeFolder(Array((folder + name).utf8))
    }
    server = overSFTP ? try PrivateSSHD() : nil
    if let server {
      site = Site(
        name: "S", location: server.location(folder + "/tree"),
        options: Self.excluding + [
          "--identity", server.identity, "--known-hosts", server.knownHosts,
        ])
    } else {
      site = Site(name: "L", location: folder + "/tree", options: Self.excluding)
    }
    self.program = program
    environment = [
      "PATH": "/usr/bin:/bin", "HOME": folder + "/home",
      "USER": server?.user ?? NSUserName(),
    ]
  }

  private func environment(_ index: String?) -> [String: String] {
    environment.merging(["GPSINDEX_INDEX": index ?? self.index]) { $1 }
  }

  static let excluding = ["--exclude", String(decoding: Names.leftOut, as: UTF8.self)]

  func run(_ arguments: [String], index: String? = nil) throws -> Command.Result {
    try Command.run(program, arguments, environment: environment(index), timeout: 60)
  }

  func start(_ arguments: [String], index: String? = nil) throws -> RunningCommand {
    try Command.start(program, arguments, environment: environment(index))
  }

  func syncArguments(_ site: Site, _ more: [String] = []) -> [String] {
    ["sync", "--quiet"] + site.options + more + ["--", site.name]
  }

  func add(_ site: Site) throws -> Command.Result {
    try run(["site", "add", "--quiet", "--no-test"] + site.options + [site.name, site.location])
  }

  func remove(_ site: Site) throws -> Command.Result {
    try run(["site", "remove", "--quiet", "-y", site.name])
  }

  /// Makes an index of the tree from nothing.
  func makeFresh() throws -> Command.Result {
    forget(freshIndex)
    return try run(
      ["sync", "--quiet"] + Self.excluding + ["--", folder + "/tree"], index: freshIndex)
  }

  /// An index and what lies beside it.
  func forget(_ index: String) {
    for suffix in ["", "-wal", "-shm"] { unlink(index + suffix) }
  }

  /// The name that ``makeFresh()`` gives its site.
  static let freshSite = "tree"

  static let validator = "/usr/lib/python3/dist-packages/osgeo_utils/samples/validate_gpkg.py"
  static var hasValidator: Bool { FileManager.default.isReadableFile(atPath: validator) }

  /// GDAL's validator of GeoPackages.
  func validate(_ index: String) throws -> Command.Result {
    try Command.run("/usr/bin/python3", [Self.validator, "-q", "--extra", index])
  }

  /// Index, fresh index and tree as they are, for a person who looks for the cause.
  func preserve(as name: String) {
    _ = try? Command.run("mkdir", ["-p", folder + "/" + name])
    let parts = ["tree", "index.gpkg", "index.gpkg-wal", "fresh.gpkg", "fresh.gpkg-wal"]
      .map { folder + "/" + $0 }.filter { Disk.exists(Array($0.utf8)) }
    _ = try? Command.run("cp", ["-a"] + parts + [folder + "/" + name])
  }

  /// What `folder becomes symbolic link` has left outside.
  func tidy() throws {
    for name in Disk.names(in: Array(folder.utf8)) where name.starts(with: "stash-linked".utf8) {
      try Disk.remove(Array(folder.utf8) + [0x2F] + name)
    }
  }
}

extension Command.Result {
  /// Anomalies of how a program ended: another code than those, a signal, a hang.
  func demand(_ codes: Set<Int32>, _ what: String) -> [Anomaly] {
    if timedOut { return [.init(kind: .ending, text: "\(what) hangs: \(errorText.prefix(300))")] }
    if signal == nil, codes.contains(exitCode) { return [] }
    return [.init(kind: .ending, text: "\(what) ended with \(exitCode): \(errorText.prefix(300))")]
  }
}
