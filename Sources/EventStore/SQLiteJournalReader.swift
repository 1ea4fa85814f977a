package import Connections
import GRDB
import GRDBSQLite
import TransparencyLog

/// Reads `journal.sqlite`. It holds no way to write.
package struct SQLiteJournalReader: JournalReader {
  let database: any DatabaseReader
  let knownSubtrees = KnownSubtrees()
  /// Where its head is at most.
  private(set) var sizeLimit = Int.max

  /// The same journal as it was at a size, for whoever follows its head.
  package func limited(to size: Int) -> SQLiteJournalReader {
    var reader = self
    reader.sizeLimit = size
    return reader
  }

  package func head() async throws(JournalFault) -> JournalHead {
    let (limit, known) = (sizeLimit, knownSubtrees)
    return try await read { database in
      guard
        let row = try Row.fetchOne(
          database,
          sql: #"SELECT "index" + 1, root FROM events ORDER BY "index" DESC LIMIT 1"#)
      else { return JournalHead(size: 0, root: .emptyRoot) }
      guard let root = NodeHash(bytes: row.bytes(1)) else {
        throw StorageFault(isFull: false, description: "the last root is torn")
      }
      guard row[0] > limit else { return JournalHead(size: row[0], root: root) }
      var tree = JournalTree(database, known)
      return JournalHead(size: limit, root: try tree.root(ofFirst: limit))
    }
  }

  package func events(
    in stream: StreamID, after version: Int, limit: Int
  ) async throws(JournalFault) -> [Event] {
    try await read { database in
      try Self.events(
        database,
        sql: """
          SELECT "index", body FROM events WHERE stream = ? AND stream_version > ?
          ORDER BY stream_version LIMIT ?
          """, [stream.description, version, limit])
    }
  }

  package func version(of stream: StreamID) async throws(JournalFault) -> Int {
    try await read { database in
      try Int.fetchOne(
        database, sql: "SELECT max(stream_version) FROM events WHERE stream = ?",
        arguments: [stream.description]) ?? 0
    }
  }

  package func events(ofCommands ids: [CommandID]) async throws(JournalFault) -> [Event] {
    try await read { database in
      try Self.events(
        database,
        sql: """
          SELECT "index", body FROM events
          WHERE command_id IN (SELECT value FROM json_each(?)) ORDER BY "index"
          """, ["[" + ids.map { "\"\($0)\"" }.joined(separator: ",") + "]"])
    }
  }

  package func events(at indexes: [Int]) async throws(JournalFault) -> [Event] {
    try await read { database in
      try Self.events(
        database,
        sql: """
          SELECT "index", body FROM events
          WHERE "index" IN (SELECT value FROM json_each(?)) ORDER BY "index"
          """, ["[" + indexes.map(String.init).joined(separator: ",") + "]"])
    }
  }

  package func events(_ selection: EventSelection) async throws(JournalFault) -> [Event] {
    try await read { database in
      var conditions: [String] = []
      var arguments: [any DatabaseValueConvertible] = []
      func whenSet(_ value: (any DatabaseValueConvertible)?, _ condition: String) {
        guard let value else { return }
        conditions.append(condition)
        arguments.append(value)
      }
      whenSet(selection.appID.map { StreamID.connection($0).description }, "stream = ?")
      whenSet(selection.commandID?.description, "command_id = ?")
      whenSet(selection.type?.rawValue, "type = ?")
      whenSet(selection.after, #""index" > ?"#)
      whenSet(selection.before, #""index" < ?"#)
      whenSet(try Self.firstIndex(at: selection.from, database), #""index" >= ?"#)
      whenSet(try Self.firstIndex(at: selection.to, database), #""index" < ?"#)
      if let actor = selection.actor {
        conditions.append("? IN (body ->> '$.actor.id', body ->> '$.actor.display')")
        arguments.append(actor)
      }
      if selection.beginsAChange { conditions.append(Self.beginsAChange) }
      let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
      // The same order: of one stream the index by stream gives it without sorting.
      let order =
        (selection.appID == nil ? #""index""# : "stream_version")
        + (selection.isNewestFirst ? " DESC" : "")
      return try Self.events(
        database,
        sql: #"SELECT "index", body FROM events \#(filter) ORDER BY \#(order) LIMIT ?"#,
        StatementArguments(arguments + [selection.limit]))
    }
  }

  /// An intent, or a refusal that stands alone.
  private static let beginsAChange = """
    (type = 'command.intended' OR type IN ('command.refused', 'command.notSent') AND NOT EXISTS (
      SELECT 1 FROM events AS intent
      WHERE intent.command_id = events.command_id AND intent.type = 'command.intended'))
    """

  package func streamsWithOpenIntents() async throws(JournalFault) -> [AppID] {
    try await streams(
      with: .intended, withoutOneOf: [.succeeded, .refused, .notSent, .inDoubt])
  }

  package func streamsWithOpenDoubts() async throws(JournalFault) -> [AppID] {
    try await streams(with: .inDoubt, withoutOneOf: [.resolved])
  }

  package func streamsWithOpenRollbacks() async throws(JournalFault) -> [AppID] {
    try await streams(
      with: .rollbackStarted, withoutOneOf: [.rollbackCompleted, .rollbackFailed])
  }

  package func connections(
    changedIn indexes: Range<Int>
  ) async throws(JournalFault) -> [AppID] {
    try await read { database in
      try String.fetchAll(
        database,
        sql: #"""
          SELECT DISTINCT stream FROM events
          WHERE "index" >= ? AND "index" < ? AND stream LIKE 'app/%' ORDER BY stream
          """#, arguments: [indexes.lowerBound, indexes.upperBound]
      ).compactMap { AppID($0.dropFirst("app/".count)) }
    }
  }

  /// The connections with an event of one type whose command has none of the others. One pass over
  /// the index by command; no body is read.
  private func streams(
    with kind: EventPayload.Kind, withoutOneOf ends: [EventPayload.Kind]
  ) async throws(JournalFault) -> [AppID] {
    let words = ends.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    return try await read { database in
      try String.fetchAll(
        database,
        sql: """
          SELECT DISTINCT stream FROM events WHERE "index" IN (
            SELECT max("index") FROM events WHERE command_id IS NOT NULL
            GROUP BY command_id HAVING sum(type = ?) > 0 AND sum(type IN (\(words))) = 0)
          ORDER BY stream
          """, arguments: [kind.rawValue]
      ).compactMap { AppID($0.dropFirst("app/".count)) }
    }
  }

  package func sealedSecret(_ id: UUIDv7) async throws(JournalFault) -> SealedSecret? {
    try await read { database in
      try Row.fetchOne(
        database,
        sql: """
          SELECT sealed, wrapped, master_key_id FROM sealed_secrets JOIN secret_keys USING (id)
          WHERE id = ?
          """, arguments: [id.description]
      ).map { row in
        SealedSecret(
          id: id, sealed: row.bytes(0), wrappedKey: row.bytes(1), masterKeyID: row[2])
      }
    }
  }

  /// Found by halving, for recorded times never run backwards.
  /// The names of the master keys that wrap keys of this journal: one, unless a rotation was cut.
  package func masterKeyIDs() async throws(JournalFault) -> Set<String> {
    try await read { database in
      try String.fetchSet(
        database,
        sql: "SELECT master_key_id FROM keyring UNION SELECT master_key_id FROM secret_keys")
    }
  }

  package func size(asOf instant: Instant) async throws(JournalFault) -> Int {
    try await read { database in
      try Self.firstIndex(at: Instant(microseconds: instant.microseconds + 1), database) ?? 0
    }
  }

  package func fold<State: Sendable>(
    from index: Int, limit: Int, into state: State,
    _ body: @escaping @Sendable (inout State, Event) throws -> Void
  ) async throws -> State {
    try await database.read { database in
      var state = state
      try Self.forEach(
        database,
        sql: #"SELECT "index", body FROM events WHERE "index" >= ? ORDER BY "index" LIMIT ?"#,
        [index, limit]
      ) { try body(&state, $0) }
      return state
    }
  }

  // MARK: - Rows

  func read<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(JournalFault) -> Value {
    do {
      return try await database.read(body)
    } catch let fault as JournalFault {
      throw fault
    } catch let fault as StorageFault {
      throw .storage(fault)
    } catch {
      throw .storage(StorageFault(error))
    }
  }

  private static func events(
    _ database: Database, sql: String, _ arguments: StatementArguments
  ) throws -> [Event] {
    var events: [Event] = []
    try forEach(database, sql: sql, arguments) { events.append($0) }
    return events
  }

  /// Decodes straight from SQLite's memory: the body is only lent for the step.
  private static func forEach(
    _ database: Database, sql: String, _ arguments: StatementArguments,
    _ body: (Event) throws -> Void
  ) throws {
    let statement = try database.makeStatement(sql: sql)
    try statement.setArguments(arguments)
    let row = statement.sqliteStatement
    defer { sqlite3_reset(row) }
    var reader = EventReader()
    while true {
      let code = sqlite3_step(row)
      guard code == SQLITE_ROW else {
        if code == SQLITE_DONE { return }
        throw DatabaseError(
          resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
      }
      let bytes = UnsafeRawBufferPointer(
        start: sqlite3_column_blob(row, 1), count: Int(sqlite3_column_bytes(row, 1)))
      let event: Event
      do throws(EventFault) { event = try reader.event(lent: bytes) } catch {
        throw JournalFault.unreadable(index: Int(sqlite3_column_int64(row, 0)), error)
      }
      try body(event)
    }
  }

  /// The index of the first event at or after a moment, or the size when there is none.
  private static func firstIndex(at instant: Instant?, _ database: Database) throws -> Int? {
    guard let instant else { return nil }
    var low = 0
    var high = try Int.fetchOne(database, sql: #"SELECT max("index") + 1 FROM events"#) ?? 0
    let statement = try database.cachedStatement(
      sql: #"SELECT recorded_at FROM events WHERE "index" = ?"#)
    let text = instant.description
    while low < high {
      let middle = (low + high) / 2
      let found = try String.fetchOne(statement, arguments: [middle]) ?? ""
      if found < text { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
