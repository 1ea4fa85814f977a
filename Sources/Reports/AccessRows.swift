import Connections
import Projections

/// *Access*: who looked, exported, administered, or was not let.
struct AccessRows {
  static let columns = [
    "event_index", "recorded_at_utc", "type", "actor", "actor_kind", "actor_id", "actor_roles",
    "source_address", "user_agent", "subject", "detail", "reason", "ticket",
  ]

  static let kinds = Set(EventPayload.Kind.allCases.filter(\.isAccess))

  private let report: Report

  init(_ report: Report) { self.report = report }

  func rows(
    from views: ConnectionViews, to take: ([ReportValue]) async throws -> Void
  ) async throws {
    try await views.scan(
      Self.kinds, from: report.from, to: report.to, size: report.size
    ) { try await take(Self.values($0)) }
  }

  private static func values(_ event: Event) -> [ReportValue] {
    let context = event.context
    let actor = context.actor
    let (subject, detail) = told(event.payload)
    return [
      .number(event.index), .text(event.recordedAt.description),
      .text(event.payload.kind.rawValue), .text(actor.display), .text(actor.kind.rawValue),
      .text(actor.id), .text(actor.roles.map(\.rawValue).joined(separator: " ")),
      .optional(actor.sourceAddress), .optional(actor.userAgent), subject, detail,
      .optional(context.reason), .optional(context.ticket),
    ]
  }

  /// What it was about, and what more is to be said. A token's hash is known and not shown.
  private static func told(_ payload: EventPayload) -> (ReportValue, ReportValue) {
    switch payload {
    case .exported(let export):
      let parameters = [
        export.from.map { "from \($0)" }, export.to.map { "to \($0)" },
        export.asOf.map { "as of \($0)" }, export.count.map { "n \($0)" },
        export.seed.map { "seed \($0)" }, "true at size \(export.trueAtSize)",
      ]
      return (
        .text(export.definition),
        .text(parameters.compactMap(\.self).joined(separator: ", "))
      )
    case .tokenCreated(let token): return (.text("token \(token.name), \(token.role)"), .redacted)
    case .tokenRevoked(let id): return (.text("token \(id)"), .empty)
    case .secret(let event): return told(event)
    case .notice(.signedIn(let id)): return (.text("token \(id)"), .empty)
    case .notice(.denied(let deed, let needed)):
      return (.text(deed), .text("denied: this needs the role \(needed.rawValue)"))
    default: return (.empty, .empty)
    }
  }

  private static func told(_ event: SecretEvent) -> (ReportValue, ReportValue) {
    switch event {
    case .markedCompromised(let fingerprint): (.text("secret \(fingerprint)"), .empty)
    case .shredded(let shredding):
      (
        .text("\(shredding.copies.count) sealed copies"),
        .optional(shredding.olderThanDays.map { "older than \($0) days" })
      )
    case .refused(let refusal):
      (.text("secret \(refusal.fingerprint)"), .text("\(refusal.attempt): \(refusal.detail)"))
    case .revealed(let copy): (.text("secret \(copy.fingerprint) of \(copy.appID)"), .redacted)
    case .holdAdded(let hold): (.text("hold \(hold.id)"), .empty)
    case .holdReleased(let id): (.text("hold \(id)"), .empty)
    default: (.empty, .empty)
    }
  }
}
