#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What a call of the system failed with.
package struct SystemError: Error, Equatable, Sendable {
  /// errno(3).
  package let code: Int32

  package init(_ code: Int32) { self.code = code }

  /// Of the call that has just failed.
  package static var last: SystemError { SystemError(errno) }

  /// strerror(3).
  package var text: String { errorText(code) }
}
