import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A pseudo-terminal that records what a program writes, with times.
package final class PseudoTerminal {
  /// Output and its time, in seconds since the terminal was created.
  package struct Piece: Sendable {
    package var time: Double
    package var bytes: [UInt8]
  }

  private let master: Int32
  /// For the program; closed here by ``closeOurSide()``.
  package let slave: Int32
  private let start = ContinuousClock.now

  package init(columns: UInt16, rows: UInt16 = 24) throws {
    guard let (master, name) = Self.pair() else {
      throw TestSupportError("no pseudo-terminal: errno \(errno)")
    }
    let slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard slave >= 0 else { throw TestSupportError("no terminal: errno \(errno)") }
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    guard ioctl(slave, UInt(TIOCSWINSZ), &size) == 0 else {
      throw TestSupportError("no window size: errno \(errno)")
    }
    self.master = master
    self.slave = slave
  }

  deinit { close(master) }

  /// What posix_openpt(3), unlockpt(3) and ptsname(3) do; Glibc's module does not show them.
  private static func pair() -> (master: Int32, name: String)? {
    #if canImport(Darwin)
      let master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)
      guard master >= 0, grantpt(master) == 0, unlockpt(master) == 0 else { return nil }
      return ptsname(master).map { (master, String(cString: $0)) }
    #else
      let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
      var unlocked: Int32 = 0
      var number: Int32 = 0
      // TIOCSPTLCK and TIOCGPTN (ioctl_tty(2)), macros that Swift does not see.
      guard master >= 0, ioctl(master, 0x4004_5431, &unlocked) == 0,
        ioctl(master, 0x8004_5430, &number) == 0
      else { return nil }
      return (master, "/dev/pts/\(number)")
    #endif
  }

  package func closeOurSide() { close(slave) }

  /// All output until the last program has closed the terminal.
  package func readToEnd(_ onPiece: (Piece) -> Void = { _ in }) -> [Piece] {
    var pieces: [Piece] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(master, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      // Linux says EIO when nobody holds the other side any more.
      guard count > 0 else { return pieces }
      let time = start.duration(to: .now) / .seconds(1)
      let piece = Piece(time: time, bytes: Array(buffer[..<count]))
      pieces.append(piece)
      onPiece(piece)
    }
  }
}
