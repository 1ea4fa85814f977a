package import Connections
package import Projections

/// Every change in a period, a row a command.
package struct ChangesReport: Sendable {
  /// The name and version of this definition: other columns or another meaning take another number.
  package static let definition = "changes/1"

  package static let columns = [
    "command_id", "app_id", "command", "requested_at_utc", "call_duration_us", "actor",
    "actor_kind", "actor_id", "source_address", "user_agent", "before_status", "before_auth_scheme",
    "before_base_url", "before_client_id", "after_status", "after_auth_scheme", "after_base_url",
    "after_client_id", "secret_fingerprint", "activate", "outcome", "http_status",
    "okta_error_code",
    "okta_error", "detail", "reason", "ticket", "okta_request_id", "caused_by_event",
    "correlation_id",
    "version", "event_indexes",
  ]

  /// From this moment on.
  package var from: Instant?
  /// Before this moment.
  package var to: Instant?

  package init(from: Instant? = nil, to: Instant? = nil) {
    self.from = from
    self.to = to
  }

  /// Writes the report in constant memory, however many rows it has.
  ///
  /// - Parameters:
  ///   - size: the size of the journal at which the report is true.
  ///   - write: takes the next bytes.
  /// - Returns: the number of rows, the header not counted.
  package func write(
    from views: ConnectionViews, trueAt size: Int,
    to write: ([UInt8]) async throws -> Void
  ) async throws -> Int {
    try await write(CSV.row(Self.columns))
    var count = 0
    var after: Int?
    repeat {
      let page = try await views.changes(
        from: from, to: to, after: after, size: size, limit: Self.pageRows)
      let bytes = page.items.flatMap { CSV.row(Self.fields($0)) }
      if !bytes.isEmpty { try await write(bytes) }
      count += page.items.count
      after = page.next
    } while after != nil
    return count
  }

  private static let pageRows = 500

  private static func fields(_ item: HistoryItem) -> [String] {
    let content = item.intent?.command.updateContent
    let call = item.outcome?.call
    let actor = item.context.actor
    return [
      item.commandID?.description, item.appID.description, item.kind.word,
      item.recordedAt.description, call?.durationMicroseconds?.description, actor.display,
      actor.kind.rawValue, actor.id, actor.sourceAddress, actor.userAgent, item.before?.status,
      item.before?.authScheme, item.before?.baseURL, item.before?.clientID, item.after?.status,
      item.after?.authScheme, item.after?.baseURL, item.after?.clientID,
      (content?.token ?? content?.adminPassword)?.fingerprint,
      content.map { $0.activate ? "true" : "false" }, item.ending?.word, call?.status?.description,
      call?.errorCode, call?.errorSummary, call?.detail, item.context.reason, item.context.ticket,
      call?.requestID, item.context.causationID?.description,
      item.context.correlationID?.description, item.version.description,
      item.indexes.map(\.description).joined(separator: " "),
    ].map { $0 ?? "" }
  }
}
