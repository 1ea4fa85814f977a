import Connections
import EventStore
import Fixtures
import Foundation
import Projections
import Testing

@testable import Reports

@Suite struct `Every report` {
  /// A report of the example, in one form.
  private func written(
    _ name: ReportName, _ format: ReportFormat, of journal: any JournalReader,
    change: (inout Report) -> Void = { _ in }
  ) async throws -> (bytes: [UInt8], count: Int) {
    let views = try await views(of: journal)
    var report = Report(
      name, trueAt: try await views.size(), madeAt: StillLife().now.adding(seconds: 86_400))
    if name == .stateAsOf { try await report.move(to: .index(3), in: views) }
    change(&report)
    var bytes: [UInt8] = []
    let count = try await report.write(format, from: views) { bytes += $0 }
    return (bytes, count)
  }

  private func views(of journal: any JournalReader) async throws -> ConnectionViews {
    let id = UUIDv7(instant: StillLife().now, random: Array(0..<10))
    return try await ConnectionViews(directory: "/nowhere", journal: journal, journalID: id)
  }

  private func objects(_ bytes: [UInt8]) throws -> [[String: Any]] {
    try bytes.split(separator: UInt8(ascii: "\n")).map { line in
      try #require(
        try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
    }
  }

  @Test(arguments: ReportName.allCases)
  func `has the same columns in CSV, in JSON Lines and in its definition`(
    name: ReportName
  ) async throws {
    let example = try await Example()
    let csv = try await written(name, .csv, of: example.journal)
    let rows = try CSVReader.rows(csv.bytes)
    let columns = ReportDefinition.of(name).columns
    #expect(rows.first == columns)
    #expect(Set(columns).count == columns.count)
    #expect(rows.allSatisfy { $0.count == columns.count })
    let lines = try await written(name, .jsonl, of: example.journal)
    let objects = try objects(lines.bytes)
    #expect(objects.allSatisfy { Set($0.keys) == Set(columns) })
    #expect(objects.count == rows.count - 1)
    #expect(csv.count == objects.count && lines.count == objects.count)
  }

  @Test(arguments: ReportName.allCases)
  func `says the same in both forms, and tells four kinds of nothing apart`(
    name: ReportName
  ) async throws {
    let example = try await Example()
    let rows = try CSVReader.rows(try await written(name, .csv, of: example.journal).bytes)
    let objects = try objects(try await written(name, .jsonl, of: example.journal).bytes)
    let columns = ReportDefinition.of(name).columns
    for (row, object) in zip(rows.dropFirst(), objects) {
      for (column, field) in zip(columns, row) {
        switch object[column] {
        case let text as String: #expect(field == text || field == "'" + text)
        case let nothing as [String: String]:
          let words = ["unknown": "(unknown)", "notObserved": "(not observed)"]
          #expect(field == words[nothing["is"] ?? ""])
        case is NSNull: #expect(field == "")
        case let number as NSNumber:
          #expect(field == "\(number)" || field == (number.boolValue ? "true" : "false"))
        default: Issue.record("\(column) is of no kind that was meant")
        }
      }
    }
  }

  @Test(arguments: ReportName.allCases)
  func `states its rows, its point and the digest of each file`(name: ReportName) async throws {
    let example = try await Example()
    let views = try await views(of: example.journal)
    var report = Report(
      name, trueAt: try await views.size(), madeAt: StillLife().now.adding(seconds: 86_400))
    if name == .stateAsOf { try await report.move(to: .index(3), in: views) }
    let manifest = try await report.manifest(from: views, root: "ab", madeBy: .hindsight)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(manifest)) as? [String: Any])
    #expect(object["definition"] as? String == name.rawValue)
    let csv = try await written(name, .csv, of: example.journal)
    #expect(object["rows"] as? Int == csv.count)
    let trueAt = object["trueAt"] as? [String: Any]
    #expect(trueAt?["index"] as? Int == report.size - 1 && trueAt?["root"] as? String == "ab")
    #expect((object["parameters"] as? [String: String])?["asOf"] == report.pointAgain)
    let files = try #require(object["files"] as? [String: [String: Any]])
    #expect(files["\(name.rawValue).csv"]?["bytes"] as? Int == csv.bytes.count)
    #expect((files["\(name.rawValue).jsonl"]?["sha256"] as? String)?.count == 64)
    #expect(files.count == (name == .changes ? 4 : 2))
  }

  @Test(arguments: ReportName.allCases)
  func `has no secret in it`(name: ReportName) async throws {
    let example = try await Example()
    for format in ReportFormat.allCases where format.isOffered(for: name) {
      let text = String(
        decoding: try await written(name, format, of: example.journal).bytes, as: UTF8.self)
      #expect(!text.contains(Example.token))
      for reference in example.secrets { #expect(!text.contains(reference.commitment)) }
    }
  }

  @Test(arguments: [0, 1, 3, 100])
  func `draws the same sample from the same seed`(count: Int) async throws {
    let example = try await Example()
    func sample(_ seed: UInt64) async throws -> [[String]] {
      let bytes = try await written(.sample, .csv, of: example.journal) {
        $0.count = count
        $0.seed = seed
      }.bytes
      return Array(try CSVReader.rows(bytes).dropFirst())
    }
    let all = Array(
      try CSVReader.rows(try await written(.changes, .csv, of: example.journal).bytes).dropFirst())
    let drawn = try await sample(7)
    #expect(drawn == (try await sample(7)))
    #expect(drawn.count == min(count, all.count))
    #expect(drawn.allSatisfy { all.contains($0) })
    #expect(drawn == all.filter { drawn.contains($0) }, "in the order of the journal")
    guard count == 3 else { return }
    var others: Set<[[String]]> = []
    for seed in UInt64(1)...20 { others.insert(try await sample(seed)) }
    #expect(others.count > 5)
  }

  @Test func `knows the generator by its published numbers`() {
    var random = SplitMix64(seed: 1_234_567)
    #expect(random.next() == 6_457_827_717_110_365_317)
    #expect(random.next() == 3_203_168_211_198_807_973)
  }

  @Test func `writes changes for a SIEM, a line each`() async throws {
    let example = try await Example()
    let ocsf = try objects(try await written(.changes, .ocsf, of: example.journal).bytes)
    let events = try objects(try await written(.changes, .cloudEvents, of: example.journal).bytes)
    let count = try await written(.changes, .csv, of: example.journal).count
    #expect(ocsf.count == count && events.count == count)
    for line in ocsf {
      #expect(line["class_uid"] as? Int == 3004)
      let activity = try #require(line["activity_id"] as? Int)
      #expect(line["type_uid"] as? Int == 300_400 + activity)
      #expect([3, 10, 11, 99].contains(activity))
    }
    #expect(Set(ocsf.compactMap { $0["status_id"] as? Int }) == [1, 2, 99])
    for line in events {
      #expect(line["specversion"] as? String == "1.0")
      let data = try #require(line["data"] as? [String: Any])
      #expect(Set(data.keys) == Set(ChangesReport.columns))
    }
    let names = events.map { "\($0["source"] ?? "") \($0["id"] ?? "")" }
    #expect(Set(names).count == names.count)
  }
}
