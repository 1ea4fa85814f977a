package import Connections
import Crypto
package import Projections

/// In which form a report leaves the house.
package enum ReportFormat: String, Sendable, CaseIterable {
  case csv
  case jsonl
  case ocsf = "ocsf.jsonl"
  case cloudEvents = "cloudevents.jsonl"

  package var contentType: String {
    switch self {
    case .csv: "text/csv; charset=utf-8; header=present"
    case .jsonl, .ocsf: "application/x-ndjson"
    case .cloudEvents: "application/x-ndjson"
    }
  }

  /// Lines whose shape a standard has fixed are made of changes alone.
  package func isOffered(for name: ReportName) -> Bool {
    self == .csv || self == .jsonl || name == .changes
  }
}

extension Report {
  /// Writes the report in one form, in constant memory, however many rows it has.
  ///
  /// - Returns: the number of rows, a header not counted.
  @discardableResult
  package func write(
    _ format: ReportFormat, from views: ConnectionViews,
    to write: ([UInt8]) async throws -> Void
  ) async throws -> Int {
    switch format {
    case .ocsf, .cloudEvents: return try await writeLines(format, from: views, to: write)
    case .csv: try await write(CSV.row(definition.columns))
    case .jsonl: break
    }
    let columns = definition.columns
    // Some hundred rows at a time, so that small rows do not become small writes.
    var bytes: [UInt8] = []
    let count = try await rows(from: views) { values in
      bytes += format == .csv ? CSV.row(values.map(CSV.field)) : JSONLine.row(columns, values)
      if bytes.count > 1 << 16 {
        try await write(bytes)
        bytes.removeAll(keepingCapacity: true)
      }
    }
    if !bytes.isEmpty { try await write(bytes) }
    return count
  }

  private func writeLines(
    _ format: ReportFormat, from views: ConnectionViews,
    to write: ([UInt8]) async throws -> Void
  ) async throws -> Int {
    let labels = try await views.labels(below: size).mapValues(\.label)
    var count = 0
    let changes = ChangesReport(from: from, to: to)
    try await changes.pages(from: views, trueAt: size) { items in
      let bytes = items.flatMap { item in
        format == .ocsf
          ? ChangeLines.ocsf(item, label: labels[item.appID])
          : ChangeLines.cloudEvent(item, label: labels[item.appID])
      }
      if !bytes.isEmpty { try await write(bytes) }
      count += items.count
    }
    return count
  }

  /// What a report states of itself: so anyone sees that a file is whole, and still what was made.
  ///
  /// - Parameters:
  ///   - root: of the journal at its size, where it is known.
  ///   - madeBy: the actor's display name and id.
  package func manifest(
    from views: ConnectionViews, root: String?, madeBy: ActorIdentity
  ) async throws -> [UInt8] {
    var files: [(String, Written?)] = []
    var rows = 0
    for format in ReportFormat.allCases where format.isOffered(for: definition.name) {
      var hash = SHA256()
      var length = 0
      rows = try await write(format, from: views) { bytes in
        hash.update(data: bytes)
        length += bytes.count
      }
      let digest = Hex.encode(hash.finalize())
      files.append(
        (
          "\(definition.name.rawValue).\(format.rawValue)",
          .object([("sha256", .text(digest)), ("bytes", .number(length))])
        ))
    }
    return Written.object([
      ("definition", .text(definition.name.rawValue)), ("version", .number(definition.version)),
      ("parameters", .object(parameters.map { ($0.name, Written.text($0.value) as Written?) })),
      (
        "madeBy",
        .object([
          ("kind", .text(madeBy.kind.rawValue)), ("id", .text(madeBy.id)),
          ("display", .text(madeBy.display)),
        ])
      ),
      ("madeAt", .text(madeAt.description)),
      (
        "trueAt",
        .object([
          ("index", size > 0 ? .number(size - 1) : nil), ("size", .number(size)),
          ("root", root.map { .text($0) }),
        ])
      ),
      ("rows", .number(rows)), ("columns", .list(definition.columns.map { .text($0) })),
      ("files", .object(files)), ("formulaGuard", .text(CSV.rule)), ("nothing", .text(CSV.words)),
    ]).line
  }
}
