/// One file of a folder listing: all that is known before a byte of it is read.
public struct ListedFile: Hashable, Sendable {
  /// The name inside its folder; no `/`, no NUL, never empty, `.` or `..`.
  public var name: PathBytes
  /// Bytes, 0 or more; nil when the server did not say (SFTP v3 §5: SSH_FILEXFER_ATTR_SIZE unset).
  public var size: Int64?
  /// Whole seconds since 1970-01-01 UTC by the server's clock; nil when the server did not say.
  /// SFTP v3 has no finer clock (§5); local sources are cut to whole seconds to be alike.
  public var mtime: Int64?

  public init(name: PathBytes, size: Int64?, mtime: Int64?) {
    self.name = name
    self.size = size
    self.mtime = mtime
  }
}
