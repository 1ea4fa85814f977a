import EventStore
import Migrations
import Testing

@Suite struct `The migrations` {
  /// A step that was released is never edited: a journal that has it would be refused. A change of
  /// the schema is a new step with a line of its own here.
  static let pinned: [(name: String, sha256: String)] = [
    ("0001_journal.sql", "0919d9eeb573dc7da1a312f022494187e50e6dda7c1b3b8d6f5fc6eb16ad54a8"),
    ("0002_checkpoints.sql", "ef9bf2f07976566101dcd995d5a9e555697b5bcdabeabcfb1eb78541add9cff8"),
  ]

  static let files = Checkout.files.filter { $0.path.hasPrefix("migrations/sqlite/") }

  @Test func `are all the files there are, in order and without a gap`() {
    #expect(Migrations.sqlite.map { "migrations/sqlite/" + $0.name } == Self.files.map(\.path))
    #expect(Migrations.sqlite.map(\.version) == Array(1...Self.pinned.count))
    for migration in Migrations.sqlite {
      #expect(Int(migration.name.prefix(4)) == migration.version)
    }
  }

  @Test func `are in the binary as they are on disk`() {
    #expect(Migrations.sqlite.map(\.sql) == Self.files.map(\.bytes))
  }

  @Test func `are never edited`() {
    #expect(
      Migrations.sqlite.map { "\($0.name) \($0.sha256)" }
        == Self.pinned.map { "\($0.name) \($0.sha256)" })
  }
}
