import PhotoIndex
import PhotoModel

/// Sites whose folders contain each other: the index then has a photo once per site.
enum SharedFolder {
  /// Compares locations as they are stored; a folder on a share is not looked at.
  static func notes(_ site: SiteRecord, _ others: [SiteRecord]) -> [String] {
    let root = PhotoURL.root(site.location).utf8
    return others.compactMap { other in
      let otherRoot = PhotoURL.root(other.location).utf8
      let relation: String
      if root.elementsEqual(otherRoot) {
        relation = "has the same folder as"
      } else if root.starts(with: otherRoot) {
        relation = "is a folder inside"
      } else if otherRoot.starts(with: root) {
        relation = "contains the folder of"
      } else {
        return nil
      }
      return
        "\(site.name) \(relation) the site \(other.name) (\(other.location)): after a sync of both, "
        + "the index has their common photos twice"
    }
  }
}
