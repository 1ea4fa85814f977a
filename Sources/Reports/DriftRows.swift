import Connections
import Projections

/// *Drift*: a row each time a read showed what no command of Hindsight's had set.
struct DriftRows {
  static let columns = [
    "app_id", "app_label", "seen_at_utc", "seen_by", "seen_by_id", "seen_when", "known_status",
    "known_auth_scheme", "known_base_url", "known_client_id", "known_rotation_mode",
    "found_status", "found_auth_scheme", "found_base_url", "found_client_id",
    "found_rotation_mode", "last_known_utc", "event_index",
  ]

  /// Of reads only those that showed a drift are kept to be looked for.
  static let kinds: Set<EventPayload.Kind> = [.observed]

  private let report: Report

  init(_ report: Report) { self.report = report }

  func rows(
    from views: ConnectionViews, to take: ([ReportValue]) async throws -> Void
  ) async throws {
    let labels = try await views.labels(below: report.size).mapValues(\.label)
    try await views.scan(
      Self.kinds, from: report.from, to: report.to, size: report.size
    ) { event in
      guard case .observed(let observation) = event.payload, observation.isDrift,
        let app = event.stream.appID
      else { return }
      let before = try await views.versions(
        of: [app], from: Instant(microseconds: .max), below: event.index, limit: 1)[app]?.last
      try await take(Self.values(event, observation, app, labels[app], before))
    }
  }

  private static func values(
    _ event: Event, _ observation: Observation, _ app: AppID, _ label: String?,
    _ before: ConnectionVersion?
  ) -> [ReportValue] {
    let actor = event.context.actor
    return [
      .text(app.description), .ofApp(label), .text(event.recordedAt.description),
      .text(actor.display), .text(actor.id), .text(observation.cause.rawValue),
    ] + ChangesReport.state(before?.snapshot.state) + ChangesReport.state(observation.state) + [
      .optional(before?.recordedAt), .number(event.index),
    ]
  }
}
