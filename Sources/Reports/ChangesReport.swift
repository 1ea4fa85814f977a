package import Connections
package import Projections

/// Every change in a period, a row a command.
package struct ChangesReport: Sendable {
  /// Other columns or another meaning take another number. 2: the app's label; what is not known is
  /// told from what is empty. 3: by what a doubt was settled. 4: the rotation mode. 5: after a
  /// command that is known to have had no effect is the state before it, and an error of Okta's
  /// that is not recorded is redacted.
  package static let version = 5
  package static let definition = "changes/\(version)"

  package static let columns = [
    "command_id", "app_id", "app_label", "command", "requested_at_utc", "call_duration_us", "actor",
    "actor_kind", "actor_id", "source_address", "user_agent", "before_status", "before_auth_scheme",
    "before_base_url", "before_client_id", "before_rotation_mode", "after_status",
    "after_auth_scheme", "after_base_url", "after_client_id", "after_rotation_mode",
    "secret_fingerprint", "activate", "outcome", "settled_by",
    "http_status", "okta_error_code", "okta_error", "detail", "reason", "ticket", "okta_request_id",
    "caused_by_event", "correlation_id", "version", "event_indexes",
  ]

  /// From this moment on.
  package var from: Instant?
  /// Before this moment.
  package var to: Instant?

  package init(from: Instant? = nil, to: Instant? = nil) {
    self.from = from
    self.to = to
  }

  static let pageRows = 500

  /// Gives the changes page by page.
  func pages(
    from views: ConnectionViews, trueAt size: Int,
    to take: ([HistoryItem]) async throws -> Void
  ) async throws {
    var after: Int?
    repeat {
      let page = try await views.changes(
        EventSelection(from: from, to: to, after: after, limit: Self.pageRows), size: size)
      try await take(page.items)
      after = page.next
    } while after != nil
  }

  func rows(
    from views: ConnectionViews, trueAt size: Int,
    to take: ([ReportValue]) async throws -> Void
  ) async throws {
    let labels = try await views.labels(below: size).mapValues(\.label)
    try await pages(from: views, trueAt: size) { items in
      for item in items { try await take(Self.values(item, label: labels[item.appID])) }
    }
  }

  /// Writes the report as CSV in constant memory, however many rows it has.
  ///
  /// - Parameters:
  ///   - size: the size of the journal at which the report is true.
  ///   - write: takes the next bytes.
  /// - Returns: the number of rows, the header not counted.
  package func write(
    from views: ConnectionViews, trueAt size: Int,
    to write: ([UInt8]) async throws -> Void
  ) async throws -> Int {
    try await write(Self.header)
    let labels = try await views.labels(below: size).mapValues(\.label)
    var count = 0
    try await pages(from: views, trueAt: size) { items in
      let bytes = items.flatMap {
        CSV.row(Self.values($0, label: labels[$0.appID]).map(CSV.field))
      }
      if !bytes.isEmpty { try await write(bytes) }
      count += items.count
    }
    return count
  }

  /// As CSV.
  package static var header: [UInt8] { CSV.row(columns) }

  /// The rows that events of one connection give by themselves, in their order, as CSV.
  package static func rows(of events: [Event], label: String?) -> [[UInt8]] {
    HistoryItem.collect(events).filter { if case .command = $0.kind { true } else { false } }
      .map { CSV.row(values($0, label: label).map(CSV.field)) }
  }

  static func values(_ item: HistoryItem, label: String?) -> [ReportValue] {
    let content = item.intent?.command.updateContent
    let call = item.outcome?.call
    let actor = item.context.actor
    return [
      .optional(item.commandID?.description), .text(item.appID.description), .ofApp(label),
      .text(item.kind.word), .text(item.recordedAt.description),
      .optional(call?.durationMicroseconds), .text(actor.display), .text(actor.kind.rawValue),
      .text(actor.id), .optional(actor.sourceAddress), .optional(actor.userAgent),
    ] + state(item.before) + state(item.after) + [
      .optional((content?.token ?? content?.adminPassword)?.fingerprint),
      content.map { .flag($0.activate) } ?? .empty, .optional(item.ending?.word),
      .optional(item.settledBy), .optional(call?.status), .optional(call?.errorCode),
      // A text of Okta's is always recorded, but where it repeats a secret.
      call?.errorCode != nil && call?.errorSummary == nil
        ? .redacted : .optional(call?.errorSummary), .optional(call?.detail),
      .optional(item.context.reason), .optional(item.context.ticket),
      .optional(call?.requestID), .optional(item.context.causationID?.description),
      .optional(item.context.correlationID?.description), .number(item.version),
      .text(item.indexes.map(\.description).joined(separator: " ")),
    ]
  }

  /// Without a read nobody knows the state; in a state that was read, what is not there is empty.
  static func state(_ state: ConnectionState?) -> [ReportValue] {
    guard let state else { return Array(repeating: .unknown, count: 5) }
    return [
      .text(state.status), .text(state.authScheme), .optional(state.baseURL),
      .optional(state.clientID), .optional(state.rotationMode),
    ]
  }
}
