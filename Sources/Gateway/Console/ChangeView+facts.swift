import Connections
import Projections

/// The lists beside the table: who and why, and what Okta said.
extension ChangeView {
  private func fact(_ name: String, _ value: Markup, isHash: Bool = false) -> [String: Any] {
    ["name": name, "value": value, "hash": isHash]
  }

  var who: [[String: Any]] {
    let context = item.context
    let actor = context.actor
    var facts = [
      fact("Actor", "\(actor.display) <span class=\"faint\">(\(actor.kindSaying))</span>")
    ]
    if !actor.roles.isEmpty {
      facts.append(
        fact("Role then", "\(actor.roles.map(\.rawValue).joined(separator: ", "))"))
    }
    facts.append(fact("Reason", context.reason.map { "\($0)" } ?? Signs.empty))
    facts.append(
      fact(
        "Ticket",
        context.ticket.map {
          "<a href=\"/hindsight/find?q=\(Gateway.encoded($0))\">\($0)</a>"
        } ?? Signs.empty))
    if let address = actor.sourceAddress {
      let agent: Markup = actor.userAgent.map { " <span class=\"faint\">\($0)</span>" } ?? ""
      facts.append(fact("From", "<span class=\"mono\">\(address)</span>\(agent)"))
    }
    facts.append(fact("Asked for", Signs.exactTime(item.recordedAt)))
    if let id = item.commandID { facts.append(fact("Command", "\(id.description)", isHash: true)) }
    if let together = context.correlationID {
      facts.append(fact("Belongs to", "\(together.description)", isHash: true))
    }
    if let cause = context.causationID {
      facts.append(fact("Caused by", "event \(cause.description)", isHash: true))
    }
    if let intent = item.intent {
      facts.append(fact("Expected", "version \(intent.expectedVersion), and found it"))
      if let attempt = intent.attempt {
        facts.append(fact("Attempt", "number \(attempt) by the client's own count"))
      }
    }
    if let resolution { facts += resolution }
    return facts
  }

  /// By whom and how a doubt ended.
  private var resolution: [[String: Any]]? {
    for event in events {
      guard case .resolved(let resolution) = event.payload else { continue }
      var how = "by a read of Okta"
      if resolution.isRuling { how = "by the ruling of \(event.context.actor.display)" }
      var facts = [fact("Doubt ended", "\(Signs.time(event.recordedAt)) \(how)")]
      if let by = resolution.supersededBy {
        facts.append(
          fact(
            "Superseded by",
            "<a href=\"/hindsight/changes/\(by.description)\">\(by.description)</a>", isHash: true))
      }
      if resolution.isRuling, let reason = event.context.reason {
        facts.append(fact("Its reason", "\(reason)"))
      }
      return facts
    }
    return nil
  }

  var upstream: [[String: Any]] {
    guard let call = item.outcome?.call else { return [] }
    var facts: [[String: Any]] = []
    let took: Markup =
      call.durationMicroseconds.map { " after \(Self.duration($0))" } ?? ""
    if let status = call.status {
      facts.append(fact("Answer", "\(status)\(took)"))
    } else {
      facts.append(fact("Answer", "none\(took)"))
    }
    if let code = call.errorCode {
      let summary: Markup = call.errorSummary.map { "\($0)" } ?? Signs.redacted
      facts.append(fact("Error", "\(code) \(summary)"))
    }
    if let detail = call.detail { facts.append(fact("Detail", "\(detail)")) }
    facts.append(
      fact(
        "Okta request id", call.requestID.map { "\($0)" } ?? Signs.empty, isHash: true))
    if let rate = call.rateLimit {
      facts.append(fact("Calls left", "\(rate.remaining) of \(rate.limit) this minute"))
    }
    let unknown = content?.unknownFields ?? []
    if content != nil {
      facts.append(
        fact(
          "Not recorded",
          unknown.isEmpty
            ? "nothing; every field was known"
            : "the values of \(unknown.joined(separator: ", ")), which are not known fields"))
    }
    return facts
  }

  /// `2.87 s` or `340 ms`
  static func duration(_ microseconds: Int) -> String {
    if microseconds < 1_000_000 { return "\(max(1, microseconds / 1_000)) ms" }
    let hundredths = microseconds / 10_000
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) s"
  }
}
