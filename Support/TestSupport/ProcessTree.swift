import Foundation

/// The tree of processes. sshd puts each session into its own process group, so the group of the server does not
/// contain them.
enum ProcessTree {
  /// Children of a process, their children, and so on; parents before children.
  static func descendants(of root: Int32) -> [Int32] {
    var children: [Int32: [Int32]] = [:]
    for (pid, parent) in all() { children[parent, default: []].append(pid) }
    var found: [Int32] = []
    var next = children[root] ?? []
    while let pid = next.popLast() {
      found.append(pid)
      next += children[pid] ?? []
    }
    return found
  }

  private static func all() -> [(pid: Int32, parent: Int32)] {
    #if os(Linux)
      let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
      return names.compactMap { name in
        guard let pid = Int32(name),
          let stat = FileManager.default.contents(atPath: "/proc/\(pid)/stat"),
          // proc(5): pid (name) state ppid …; the name may hold blanks and brackets.
          let nameEnd = stat.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        let fields = String(decoding: stat[stat.index(after: nameEnd)...], as: UTF8.self)
          .split(separator: " ")
        return fields.count > 1 ? Int32(fields[1]).map { (pid, $0) } : nil
      }
    #else
      let listed = try? Command.run("/bin/ps", ["-axo", "pid=,ppid="])
      return (listed?.text ?? "").split(separator: "\n").compactMap { line in
        let fields = line.split(separator: " ")
        guard fields.count == 2, let pid = Int32(fields[0]), let parent = Int32(fields[1])
        else { return nil }
        return (pid, parent)
      }
    #endif
  }
}
