import ArgumentParser
import Commands
import Connections
import EventStore
import Foundation
import GRDB
import TransparencyLog

/// Durable appends beside plain SQLite: the same rows into the same table, one by one, with the
/// same `synchronous=FULL`.
struct AppendBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "append")

  @Option var count = 2_000
  @Option var rounds = 5

  func run() async throws {
    var plain: [Double] = []
    var single: [Double] = []
    var many: [Double] = []
    for _ in 0..<rounds {
      plain.append(try await self.plain())
      single.append(try await appends(writers: 1))
      many.append(try await appends(writers: 64))
    }
    let limit = median(plain)
    row("plain SQLite, one by one", "\(number(limit)) rows/s", "the limit")
    row(
      "durable appends, one writer", "\(number(median(single))) events/s",
      "ratio \(number(median(zip(single, plain).map { $0 / $1 }))) (at least 0.8)")
    row(
      "durable appends, 64 writers", "\(number(median(many))) events/s",
      "ratio \(number(median(zip(many, plain).map { $0 / $1 }))) (at least 5)")
  }

  /// Events a second.
  private func appends(writers: Int) async throws -> Double {
    var rate = 0.0
    try await withTemporaryDirectory { path in
      let journal = try SQLiteJournal.open(
        directory: path, newIdentity: CommandEnvironment.benchmark.newIdentity)
      let drafts = Self.drafts(count)
      let taken = try await seconds {
        try await withThrowingTaskGroup(of: Void.self) { group in
          for writer in 0..<writers {
            let stream = StreamID.connection(MadeHistory.app(writer))
            group.addTask {
              for place in stride(from: writer, to: drafts.count, by: writers) {
                _ = try await journal.writer.append(
                  AppendBatch(to: stream, at: .any, [drafts[place]]))
              }
            }
          }
          try await group.waitForAll()
        }
      }
      rate = Double(drafts.count) / taken
    }
    return rate
  }

  private static func drafts(_ count: Int) -> [EventDraft] {
    var history = MadeHistory()
    return (0..<count).map { history.command($0)[0] }
  }

  /// Rows a second, by one prepared statement in autocommit.
  private func plain() async throws -> Double {
    var rate = 0.0
    try await withTemporaryDirectory { path in
      // The schema, and the rows as a journal would have them.
      var rows: [StatementArguments] = []
      let drafts = Self.drafts(count)
      let stream = StreamID.connection(MadeHistory.app(0))
      for (index, draft) in drafts.enumerated() {
        let event = Event(
          draft: draft, index: index, stream: stream, streamVersion: index + 1,
          previous: index == 0 ? nil : index - 1, recordedAt: draft.recordedAt)
        let body = event.canonicalBytes
        rows.append([
          index, event.id.description, event.payload.kind.rawValue, stream.description, index + 1,
          event.context.commandID?.description, event.recordedAt.description,
          Data(NodeHash.leaf(body).bytes), Data(NodeHash.leaf(body).bytes),
          String(decoding: body, as: UTF8.self),
        ])
      }
      _ = try SQLiteJournal.open(
        directory: path, newIdentity: CommandEnvironment.benchmark.newIdentity)
      let pool = try DatabasePool(path: path + "/" + SQLiteJournal.fileName)
      let taken = try await seconds {
        try Self.insert(rows, into: pool)
      }
      rate = Double(rows.count) / taken
    }
    return rate
  }

  private static func insert(_ rows: [StatementArguments], into pool: DatabasePool) throws {
    try pool.writeWithoutTransaction { database in
      try database.execute(sql: "PRAGMA synchronous = FULL")
      let statement = try database.makeStatement(
        sql: "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      for row in rows {
        statement.setUncheckedArguments(row)
        try statement.execute()
      }
    }
  }
}
