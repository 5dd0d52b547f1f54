/// One step of the index's schema: numbered SQL from this folder, embedded in the binary.
package struct Migration: Sendable {
  package let version: Int
  package let name: String
  package let sql: String

  package init(version: Int, name: String, sql: String) {
    self.version = version
    self.name = name
    self.sql = sql
  }
}

/// All steps, in order of their versions. Each is recorded separately and may be applied out of order: branches may
/// add steps at the same time. A step that was released never changes.
package let allMigrations: [Migration] = [
  Migration(
    version: 1, name: "index",
    sql: String(decoding: PackageResources.v0001_index_sql, as: UTF8.self))
]
