/// One step of a schema, as it lies in `migrations/` and in the binary.
package struct Migration: Sendable {
  /// From 1, without gaps; the `user_version` that it leads to.
  package let version: Int
  /// The name of its file.
  package let name: String
  package let sql: [UInt8]
}

/// The steps, in order. A step that was released is never edited; a change is a new step.
package enum Migrations {
  package static let sqlite: [Migration] = [
    Migration(version: 1, name: "0001_journal.sql", sql: PackageResources._001_journal_sql),
    Migration(
      version: 2, name: "0002_checkpoints.sql", sql: PackageResources._002_checkpoints_sql),
  ]
}
