package import EventStore
package import TransparencyLog

/// What a log shows to whoever asks: the last checkpoint that was signed, and the tiles below it
/// (c2sp.org/tlog-tiles). What is not signed yet is not shown.
package struct PublishedLog: Sendable {
  private let reader: SQLiteJournalReader

  package init(_ reader: SQLiteJournalReader) { self.reader = reader }

  package func checkpoint() async throws(JournalFault) -> [UInt8]? {
    try await reader.lastCheckpoint()?.note
  }

  /// - Returns: `nil` for a tile that the signed tree does not have, or not that much of it.
  package func contents(of path: TilePath) async throws(JournalFault) -> [UInt8]? {
    guard let size = try await reader.lastCheckpoint()?.size else { return nil }
    return try await reader.contents(of: path, in: size)
  }
}
