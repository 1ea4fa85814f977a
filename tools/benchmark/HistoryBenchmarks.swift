import ArgumentParser
import Commands
import Connections
import EventStore
import Foundation
import Projections
import Reports

/// Makes a journal of many updates over 1,000 connections.
struct GenerateHistory: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "generate")

  @Option var data: String
  @Option var events = 1_000_000

  func run() async throws {
    let journal = try SQLiteJournal.open(
      directory: data, newIdentity: CommandEnvironment.benchmark.newIdentity)
    var history = MadeHistory()
    let size = try await journal.reader.head().size
    for number in stride(from: size / 2, to: events / 2, by: 50) {
      let drafts = (number..<number + 50).flatMap { history.command($0) }
      let app = MadeHistory.app(number / 50 % 1_000)
      _ = try await journal.writer.append(AppendBatch(to: .connection(app), at: .any, drafts))
    }
  }
}

struct RebuildBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "rebuild")

  @Option var data: String

  func run() async throws {
    let (reader, identity) = try SQLiteJournal.openForReading(directory: data)
    let limit = try await PlainJournal(directory: data).scan()
    ConnectionViews.delete(directory: data)
    let views = try await ConnectionViews(
      directory: data, journal: reader, journalID: identity.id)
    var size = 0
    let taken = try await seconds { size = try await views.catchUp() }
    row(
      "plain SQLite, reading the same rows", "\(number(Double(size) / limit)) rows/s", "a limit")
    row(
      "rebuild of all projections, \(size) events", "\(number(Double(size) / taken)) events/s",
      "ratio \(number(limit / taken)); at least 150000; memory \(peakMegabytes()) MiB (under 200)")
  }
}

struct VerifyBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "verify")

  @Option var data: String

  func run() async throws {
    let (reader, _) = try SQLiteJournal.openForReading(directory: data)
    let limit = try await PlainJournal(directory: data).hash()
    var size = 0
    let taken = try await seconds {
      let report = try await JournalVerifier(reader).verify()
      guard report.isSound else { throw ValidationError("the journal is not sound") }
      size = report.size
    }
    row(
      "plain SQLite, and SHA-256 over each row", "\(number(Double(size) / limit)) rows/s",
      "a limit")
    row(
      "verify, \(size) events", "\(number(Double(size) / taken)) events/s",
      "ratio \(number(limit / taken)); at least 400000; peak memory \(peakMegabytes()) MiB")
  }
}

struct ReportBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "report")

  @Option var data: String
  @Option var output: String

  func run() async throws {
    let (reader, identity) = try SQLiteJournal.openForReading(directory: data)
    let views = try await ConnectionViews(
      directory: data, journal: reader, journalID: identity.id)
    _ = FileManager.default.createFile(atPath: output, contents: nil)
    guard let file = FileHandle(forWritingAtPath: output) else {
      throw ValidationError("\(output) cannot be written")
    }
    let size = try await views.size()
    var rows = 0
    let taken = try await seconds {
      let report = Report(.changes, trueAt: size, madeAt: Instant(microseconds: 0))
      rows = try await report.write(.csv, from: views) { try file.write(contentsOf: $0) }
    }
    row(
      "changes.csv, \(rows) rows", "\(number(taken)) s",
      "\(number(Double(rows) / taken)) rows/s; peak memory \(peakMegabytes()) MiB")
  }
}

/// Questions about the past, of a journal and of a smaller one beside it in turn.
struct AsOfBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "as-of")

  @Option var data: String
  @Option var smaller: String
  @Option var count = 5_000

  func run() async throws {
    let large = try await Questions(of: data)
    let small = try await Questions(of: smaller)
    var times: (small: [Double], large: [Double]) = ([], [])
    for turn in 0..<count {
      times.small.append(try await small.ask(turn))
      times.large.append(try await large.ask(turn))
    }
    for (questions, times) in [(small, times.small), (large, times.large)] {
      row(
        "as of, one connection, \(questions.size) events",
        "p99 \(number(percentile(times, 0.99) * 1e6)) us",
        "median \(number(median(times) * 1e6)) us")
    }
    let growth = percentile(times.large, 0.99) / percentile(times.small, 0.99)
    row(
      "the same with \(large.size / max(small.size, 1)) times the events",
      "p99 \(number(growth)) times", growth < 2 ? "does not grow" : "GROWS: look at it")
  }

  private struct Questions {
    let views: ConnectionViews
    let size: Int

    init(of directory: String) async throws {
      let (reader, identity) = try SQLiteJournal.openForReading(directory: directory)
      views = try await ConnectionViews(
        directory: directory, journal: reader, journalID: identity.id)
      size = try await views.catchUp()
    }

    func ask(_ turn: Int) async throws -> Double {
      let app = MadeHistory.app(turn * 7 % 1_000)
      let index = turn * 104_729 % size
      return try await seconds { _ = try await views.connection(app, at: .index(index)) }
    }
  }
}
