import Connections
import Projections

/// *Doubts and how they ended*: a row a command that was ever in doubt.
struct DoubtRows {
  static let columns = [
    "command_id", "app_id", "app_label", "command", "in_doubt_since_utc", "ended_at_utc",
    "length_seconds", "verdict", "ended_by", "ruled_by", "ruling_reason", "superseded_by", "actor",
    "reason", "ticket", "detail", "http_status", "okta_request_id", "event_indexes",
  ]

  static let kinds: Set<EventPayload.Kind> = [.inDoubt]

  private let report: Report

  init(_ report: Report) { self.report = report }

  func rows(
    from views: ConnectionViews, to take: ([ReportValue]) async throws -> Void
  ) async throws {
    let labels = try await views.labels(below: report.size).mapValues(\.label)
    try await views.scan(
      Self.kinds, from: report.from, to: report.to, size: report.size
    ) { event in
      guard let command = event.context.commandID, let app = event.stream.appID else { return }
      let events = try await views.events(of: command).filter { $0.index < report.size }
      guard let item = HistoryItem.collect(events).first else { return }
      try await take(
        Self.values(item, doubt: event, end: Self.end(events), label: labels[app]))
    }
  }

  private static func end(_ events: [Event]) -> (Event, Resolution)? {
    for event in events {
      if case .resolved(let resolution) = event.payload { return (event, resolution) }
    }
    return nil
  }

  private static func values(
    _ item: HistoryItem, doubt: Event, end: (event: Event, resolution: Resolution)?, label: String?
  ) -> [ReportValue] {
    let call = item.outcome?.call
    let isRuling = end?.resolution.isRuling == true
    // A doubt is superseded by a command like its own.
    let later = item.kind == .command(.update) ? "update" : "change of status"
    let how = end.map { end in
      end.resolution.isRuling ? "ruling" : end.resolution.supersededBy == nil ? "read" : later
    }
    let length = end.map {
      ($0.event.recordedAt.microseconds - doubt.recordedAt.microseconds) / 1_000_000
    }
    return [
      .optional(item.commandID?.description), .text(item.appID.description), .ofApp(label),
      .text(item.kind.word), .text(doubt.recordedAt.description), .optional(end?.event.recordedAt),
      .optional(length.map(Int.init)), .optional(end?.resolution.verdict.rawValue), .optional(how),
      .optional(isRuling ? end?.event.context.actor.display : nil),
      .optional(isRuling ? end?.event.context.reason : nil),
      .optional(end?.resolution.supersededBy?.description), .text(item.context.actor.display),
      .optional(item.context.reason), .optional(item.context.ticket), .optional(call?.detail),
      .optional(call?.status), .optional(call?.requestID),
      .text(item.indexes.map(\.description).joined(separator: " ")),
    ]
  }
}

/// *Rollbacks*: a row a rollback that was begun, and one for each that was refused.
struct RollbackRows {
  static let columns = [
    "rollback_id", "app_id", "app_label", "started_at_utc", "ended_at_utc", "outcome",
    "target_version", "plan_digest", "planned_steps", "commands", "provisioning_off_seconds",
    "actor", "actor_id", "reason", "ticket", "detail", "event_index",
  ]

  static let kinds: Set<EventPayload.Kind> = [.rollbackStarted, .rollbackRefused]

  private let report: Report

  init(_ report: Report) { self.report = report }

  func rows(
    from views: ConnectionViews, to take: ([ReportValue]) async throws -> Void
  ) async throws {
    let size = report.size
    let labels = try await views.labels(below: size).mapValues(\.label)
    // The history of each connection is folded once, however many rollbacks it has.
    var folded: [AppID: [CommandID: RollbackReport]] = [:]
    try await views.scan(
      Self.kinds, from: report.from, to: report.to, size: report.size
    ) { event in
      guard let app = event.stream.appID else { return }
      switch event.payload {
      case .rollback(.refused(let refused)):
        try await take(Self.values(refused, event, label: labels[app]))
      default:
        let known = folded[app]
        let all = if let known { known } else { try await views.rollbacks(of: app, below: size) }
        folded[app] = all
        guard let id = event.context.commandID, let found = all[id] else { return }
        try await take(Self.values(found, event, label: labels[app]))
      }
    }
  }

  private static func values(
    _ found: RollbackReport, _ event: Event, label: String?
  ) -> [ReportValue] {
    let context = found.context
    let off = found.offSince.flatMap { since in
      found.onAgainAt.map { Int(($0.microseconds - since.microseconds) / 1_000_000) }
    }
    return [
      .text(found.id.description), .text(found.appID.description), .ofApp(label),
      .text(found.startedAt.description), .optional(found.endedAt), .text(found.outcome.rawValue),
      .number(found.start.targetVersion), .text(found.start.planDigest),
      .text(found.start.steps.map(\.rawValue).joined(separator: " ")),
      .text(found.commands.map(\.id.description).joined(separator: " ")),
      found.offSince != nil && off == nil ? .unknown : .optional(off),
      .text(context.actor.display), .text(context.actor.id), .optional(context.reason),
      .optional(context.ticket), .optional(found.detail), .number(event.index),
    ]
  }

  private static func values(
    _ refused: RefusedRollback, _ event: Event, label: String?
  ) -> [ReportValue] {
    let context = event.context
    return [
      .optional(context.commandID?.description), .optional(event.stream.appID?.description),
      .ofApp(label), .text(event.recordedAt.description), .text(event.recordedAt.description),
      .text("refused"), .empty, .optional(refused.planDigest), .empty, .empty, .empty,
      .text(context.actor.display), .text(context.actor.id), .optional(context.reason),
      .optional(context.ticket), .text(refused.blocker), .number(event.index),
    ]
  }
}
