import PhotoModel

/// A value per folder, the latest one at hand: a walk asks for one folder many times in a row, and hashing its path costs
/// more than the answer.
struct FolderTable<Value> {
  private var latestFolder = PathBytes.empty
  private var latest: Value?
  /// Without the latest.
  private var others: [PathBytes: Value] = [:]

  init() {}

  var isEmpty: Bool { latest == nil && others.isEmpty }

  /// In no order.
  var values: [Value] {
    var values = Array(others.values)
    if let latest { values.append(latest) }
    return values
  }

  /// Looks a folder up without making it the latest.
  subscript(folder: PathBytes) -> Value? {
    get { folder == latestFolder ? latest : others[folder] }
    _modify {
      if folder != latestFolder { bring(folder) }
      yield &latest
    }
  }

  subscript(folder: PathBytes, default value: @autoclosure () -> Value) -> Value {
    get { self[folder] ?? value() }
    _modify {
      if folder != latestFolder { bring(folder) }
      var held = latest ?? value()
      latest = nil
      defer { latest = held }
      yield &held
    }
  }

  /// Removes a folder without making it the latest.
  mutating func remove(_ folder: PathBytes) {
    if folder == latestFolder { latest = nil } else { others[folder] = nil }
  }

  mutating func removeAll() {
    latest = nil
    others.removeAll(keepingCapacity: true)
  }

  private mutating func bring(_ folder: PathBytes) {
    if let latest { others[latestFolder] = latest }
    latest = others.removeValue(forKey: folder)
    latestFolder = folder
  }
}

extension FolderTable: Sendable where Value: Sendable {}
