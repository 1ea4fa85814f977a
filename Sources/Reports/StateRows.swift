import Connections
import Projections

/// *Current state* and *state as of*: a row a connection.
struct StateRows {
  static let columns = [
    "app_id", "app_label", "app_kind", "status", "auth_scheme", "base_url", "client_id",
    "rotation_mode", "token_fingerprint", "token_certain", "token_since_utc",
    "token_may_be_older", "marks", "doubts", "version", "event_index", "since_utc",
    "last_change_utc", "last_change_by", "last_change_ticket",
  ]

  private let report: Report

  init(_ report: Report) { self.report = report }

  func rows(
    from views: ConnectionViews, to take: ([ReportValue]) async throws -> Void
  ) async throws {
    for row in try await views.listed(below: report.size, at: report.moment) {
      try await take(Self.values(row))
    }
  }

  private static func values(_ row: ListedConnection) -> [ReportValue] {
    let snapshot = row.snapshot
    let since = row.secretSince()
    let last = row.summary.last
    let marks = Mark.allCases.filter { row.marks.contains($0) }
    let fields: [ConnectionField] = [.status, .authScheme, .baseURL, .clientID, .rotationMode]
    return [
      .text(row.appID.description), .ofApp(row.summary.label?.label),
      row.summary.label.map { .optional($0.name) } ?? .notObserved,
    ] + fields.map { ReportValue(snapshot[$0]) } + [
      ReportValue(snapshot[.token]), .flag(snapshot.isCredentialCertain),
      .optional(since?.since), since.map { .flag($0.orBefore) } ?? .empty,
      .text(marks.map(\.rawValue).joined(separator: " ")),
      .text(snapshot.doubts.map(\.description).joined(separator: " ")),
      .number(row.version.version), .number(row.version.index),
      .text(row.version.recordedAt.description),
      .optional(last?.at), .optional(last?.by), .optional(last?.ticket),
    ]
  }
}

/// *Credential ages and reuse*: a row a connection that can have a token.
struct CredentialRows {
  static let columns = [
    "app_id", "app_label", "auth_scheme", "token_fingerprint", "token_certain", "set_at_utc",
    "may_be_older", "age_days", "shared_with", "compromised",
  ]

  private let report: Report

  init(_ report: Report) { self.report = report }

  func rows(
    from views: ConnectionViews, to take: ([ReportValue]) async throws -> Void
  ) async throws {
    let rows = try await views.listed(below: report.size, at: report.moment)
    let held = Dictionary(grouping: rows) { $0.snapshot.fingerprint }
    for row in rows {
      let print = row.snapshot.fingerprint
      let others = print.flatMap { held[$0] }?.filter { $0.appID != row.appID } ?? []
      let since = row.secretSince()
      let age = since.map {
        Int(max(0, report.moment.epochSeconds - $0.since.epochSeconds) / 86_400)
      }
      try await take([
        .text(row.appID.description), .ofApp(row.summary.label?.label),
        ReportValue(row.snapshot[.authScheme]), ReportValue(row.snapshot[.token]),
        .flag(row.snapshot.isCredentialCertain), .optional(since?.since),
        since.map { .flag($0.orBefore) } ?? .empty, .optional(age),
        .text(others.map(\.appID.description).joined(separator: " ")),
        .flag(row.marks.contains(.compromised)),
      ])
    }
  }
}
