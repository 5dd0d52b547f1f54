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

/// All steps, in order of their versions. A file records each one by itself: steps that were made side by
/// side may reach it in either order.
package let allMigrations: [Migration] = [
  Migration(
    version: 1, name: "geopackage",
    sql: String(decoding: PackageResources.v0001_geopackage_sql, as: UTF8.self)),
  Migration(
    version: 2, name: "layers",
    sql: String(decoding: PackageResources.v0002_layers_sql, as: UTF8.self)),
  Migration(
    version: 4, name: "named",
    sql: String(decoding: PackageResources.v0004_named_sql, as: UTF8.self)),
  Migration(
    version: 5, name: "provenance",
    sql: String(decoding: PackageResources.v0005_provenance_sql, as: UTF8.self)),
  Migration(
    version: 6, name: "targets",
    sql: String(decoding: PackageResources.v0006_targets_sql, as: UTF8.self)),
  Migration(
    version: 7, name: "kept",
    sql: String(decoding: PackageResources.v0007_kept_sql, as: UTF8.self)),
]
