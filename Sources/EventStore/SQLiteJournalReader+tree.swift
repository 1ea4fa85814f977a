package import Connections
import GRDB
package import TransparencyLog

/// Proofs out of the journal. Each is made in one snapshot, and checked before it is handed out.
extension SQLiteJournalReader {
  /// - Returns: `nil` when the journal has fewer events.
  package func root(ofFirst size: Int) async throws(JournalFault) -> NodeHash? {
    try await tree(ofFirst: size) { tree in try tree.root(ofFirst: size) }
  }

  /// That the event with an index is in the tree of the first `size` events.
  package func inclusionProof(
    of index: Int, in size: Int
  ) async throws(JournalFault) -> InclusionProof? {
    guard (0..<size).contains(index) else { return nil }
    return try await tree(ofFirst: size) { tree in
      let proof = try InclusionProof(index: index, size: size) { try tree.hash($0) }
      let leaf = try tree.hash(Subtree(height: 0, position: index))
      guard try proof.root(from: leaf) == tree.root(ofFirst: size) else { throw Self.torn }
      return proof
    }
  }

  package func consistencyProof(
    from oldSize: Int, to newSize: Int
  ) async throws(JournalFault) -> ConsistencyProof? {
    guard (0...newSize).contains(oldSize) else { return nil }
    return try await tree(ofFirst: newSize) { tree in
      let proof = try ConsistencyProof(from: oldSize, to: newSize) { try tree.hash($0) }
      let roots = (try tree.root(ofFirst: oldSize), try tree.root(ofFirst: newSize))
      guard proof.leads(from: roots.0, to: roots.1) else { throw Self.torn }
      return proof
    }
  }

  /// The roots of the perfect subtrees over the first events, the largest first.
  package func peaks(ofFirst size: Int) async throws(JournalFault) -> [NodeHash]? {
    try await tree(ofFirst: size) { tree in
      try Subtree.covering(0..<size).map { try tree.hash($0) }
    }
  }

  /// The content of a file of a tlog-tiles directory.
  ///
  /// - Returns: `nil` when the first `size` events have no such tile, or not that much of it.
  package func contents(
    of path: TilePath, in size: Int
  ) async throws(JournalFault) -> [UInt8]? {
    switch path.kind {
    case .entries:
      guard path.leaves.upperBound <= size else { return nil }
      return EntryBundle.encode(try await bodies(path.leaves))
    case .hashes(let level):
      let (beyond, overflow) = (path.leaves.upperBound).multipliedReportingOverflow(
        by: GrowingTree.leaves(at: level))
      guard !overflow, beyond <= size else { return nil }
      let known = knownSubtrees
      return try await read { database in
        let hashes = try JournalTree.hashes(
          database, level: level, position: path.position, known)
        guard hashes.count >= path.width else { throw Self.torn }
        return hashes.prefix(path.width).flatMap(\.bytes)
      }
    }
  }

  /// Canonical bodies as they were hashed, in order.
  package func bodies(_ range: Range<Int>) async throws(JournalFault) -> [[UInt8]] {
    try await read { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT CAST(body AS BLOB) FROM events WHERE "index" >= ? AND "index" < ? ORDER BY "index"
          """, arguments: [range.lowerBound, range.upperBound])
      guard rows.count == range.count else { throw Self.torn }
      return rows.map { $0.bytes(0) }
    }
  }

  /// Reads every event's id in the worst case: there is no index for a question that people ask.
  package func index(of id: EventID) async throws(JournalFault) -> Int? {
    try await read { database in
      try Int.fetchOne(
        database, sql: #"SELECT "index" FROM events WHERE id = ?"#, arguments: [id.description])
    }
  }

  private func tree<Value: Sendable>(
    ofFirst size: Int, _ body: @escaping @Sendable (inout JournalTree) throws -> Value
  ) async throws(JournalFault) -> Value? {
    let known = knownSubtrees
    return try await read { database in
      let found = try Int.fetchOne(database, sql: #"SELECT max("index") + 1 FROM events"#) ?? 0
      guard size <= found else { return nil }
      var tree = JournalTree(database, known)
      return try body(&tree)
    }
  }

  private static let torn = StorageFault(
    isFull: false, description: "its tiles do not agree with its events; run `hindsight verify`")
}
