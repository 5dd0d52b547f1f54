#if canImport(Darwin)
  package import Darwin

  package typealias SpawnActions = posix_spawn_file_actions_t?
#else
  package import Glibc

  package typealias SpawnActions = posix_spawn_file_actions_t
#endif

/// Keeps our descriptors from programs that we start. They may outlive us, such as the master of a shared ssh connection,
/// and would keep sockets, ports and locks open: SwiftNIO's sockets and Foundation's pipes are inheritable.
package enum ChildDescriptors {
  /// Flags for `posix_spawnattr_setflags`.
  package static var flags: Int32 {
    #if canImport(Darwin)
      POSIX_SPAWN_CLOEXEC_DEFAULT
    #else
      0
    #endif
  }

  /// Closes all but 0, 1 and 2 in the child, after the actions that are already in the list.
  package static func closeOthers(_ actions: inout SpawnActions) {
    #if !canImport(Darwin)
      _ = unsafe closeFrom?(&actions, 3)
    #endif
  }

  #if !canImport(Darwin)
    private typealias CloseFrom =
      @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32

    /// `posix_spawn_file_actions_addclosefrom_np` of glibc 2.34, an extension that its headers hide from Swift.
    private static let closeFrom: CloseFrom? =
      unsafe dlsym(nil, "posix_spawn_file_actions_addclosefrom_np").map {
        unsafe unsafeBitCast($0, to: CloseFrom.self)
      }
  #endif
}
