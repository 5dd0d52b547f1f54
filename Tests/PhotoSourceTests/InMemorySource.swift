import Foundation
import PhotoModel

@testable import PhotoSource

/// A source of one file: the tree is a value in memory. It shows what a new source has to do.
///
/// It lists everything before it reads anything, which ``SourceVisitor`` allows.
final class InMemorySource: PhotoSource {
  indirect enum Node {
    case file([UInt8], mtime: Int64)
    case folder([[UInt8]: Node])
    case link, other
  }

  private let root: Node?
  private let options: SourceOptions
  private unowned let visitor: any SourceVisitor
  private var wanted: [(file: ListedFile, bytes: [UInt8], folder: PathBytes)] = []
  private var found: Set<PathBytes> = []
  private(set) var statistics = SourceStatistics()
  private(set) var state = SourceState()

  init(_ root: Node?, options: SourceOptions, visitor: any SourceVisitor) {
    self.root = root
    self.options = options
    self.visitor = visitor
  }

  func run() throws {
    guard case .folder(let entries)? = root else {
      throw SourceError.rootMissing("there is no such tree")
    }
    list(entries, at: .empty, depth: 0)
    state.isListing = false
    for hint in visitor.knownFolders where !found.contains(hint.path) {
      visitor.didVanish(hint.path)
    }
    for (file, bytes, folder) in wanted {
      if visitor.isCancelled { return }
      visitor.beat()
      read(file, bytes, in: folder)
    }
  }

  private func list(_ entries: [[UInt8]: Node], at folder: PathBytes, depth: Int) {
    found.insert(folder)
    var files: [ListedFile] = []
    var contents: [[UInt8]] = []
    var folders: [(name: [UInt8], entries: [[UInt8]: Node])] = []
    let isCut = entries.count > options.maximumEntriesPerFolder
    for (name, node) in entries.prefix(options.maximumEntriesPerFolder) {
      switch node {
      case .file(let bytes, let mtime) where options.rules.isListed(name, in: folder):
        files.append(
          ListedFile(name: PathBytes(name), size: Int64(bytes.count), mtime: mtime))
        contents.append(bytes)
      case .folder(let below) where options.rules.isEntered(folder: name, in: folder):
        folders.append((name, below))
      case .folder: options.rules.skip(folder: name, in: folder, &statistics.skipped)
      case .file: options.rules.skip(file: name, in: folder, &statistics.skipped)
      case .link: statistics.skipped.links += 1
      case .other: statistics.skipped.special += 1
      }
    }
    for index in files.isEmpty ? [] : visitor.didList(files, in: folder) {
      wanted.append((files[index], contents[index], folder))
    }
    visitor.didFinishListing(
      folder, isCut ? .incomplete(.tooManyEntries, detail: "too many entries") : .complete)
    for (name, below) in folders {
      let child = folder.appending(PathBytes(name))
      state.foldersFound += 1
      if depth < options.maximumDepth {
        list(below, at: child, depth: depth + 1)
      } else {
        visitor.didFinishListing(child, .incomplete(.tooDeep, detail: "too deep"))
      }
    }
  }

  private func read(_ file: ListedFile, _ bytes: [UInt8], in folder: PathBytes) {
    statistics.filesOpened += 1
    let reader = visitor.makeReader(for: file, in: folder)
    while case let ranges = reader.nextRanges(), !ranges.isEmpty {
      for range in ranges {
        let here = range.clamped(to: 0..<Int64(bytes.count))
        statistics.dataRequests += 1
        statistics.bytesReceived += here.count
        reader.receive(range, Array(bytes[Int(here.lowerBound)..<Int(here.upperBound)]))
      }
    }
    visitor.didRead(file, in: folder, .read(reader))
  }
}

extension InMemorySource.Node {
  /// A copy of a folder on disk; nil when it is not there.
  init?(copyOf path: [UInt8]) {
    var status = stat()
    var result: Int32 = -1
    path.withCPath { result = lstat($0, &status) }
    guard result == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: self = .folder(Self.entries(of: path))
    case S_IFREG: self = .file(Self.content(of: path), mtime: Int64(status.st_mtim.tv_sec))
    case S_IFLNK: self = .link
    default: self = .other
    }
  }

  private static func entries(of path: [UInt8]) -> [[UInt8]: Self] {
    var entries: [[UInt8]: Self] = [:]
    path.withCPath { name in
      guard let folder = opendir(name) else { return }
      defer { closedir(folder) }
      while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
          Array(raw.prefix { $0 != 0 })
        }
        if name == [0x2E] || name == [0x2E, 0x2E] { continue }
        entries[name] = Self(copyOf: path + [0x2F] + name)
      }
    }
    return entries
  }

  private static func content(of path: [UInt8]) -> [UInt8] {
    var content: [UInt8] = []
    path.withCPath { name in
      let fd = open(name, O_RDONLY)
      guard fd >= 0 else { return }
      defer { close(fd) }
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while case let count = buffer.withUnsafeMutableBytes({
        Foundation.read(fd, $0.baseAddress, $0.count)
      }),
        count > 0
      {
        content += buffer[..<count]
      }
    }
    return content
  }
}
