import Commands
import Connections
import OktaAPI
import Projections

/// What became of a rollback of several connections, as far as it is recorded.
struct TourView {
  var report: OrganisationReport
  /// How the connections are called.
  var names: [AppID: String]

  var isOpen: Bool { report.outcome == .stopped }

  var headline: String {
    switch report.outcome {
    case .running: "Several connections are being rolled back"
    case .completed: "Several connections are rolled back"
    case .stopped: "The rollback of several connections stopped"
    case .abandoned: "The rollback of several connections was given up"
    }
  }

  private var badge: Markup {
    switch report.outcome {
    case .running: Signs.badge("unknown", "unknown", "Running")
    case .completed: Signs.badge(Mark.rolledBack)
    case .stopped: Signs.badge("refused", "refused", "Stopped")
    case .abandoned: Signs.badge("refused", "refused", "Ended short")
    }
  }

  var model: [String: Any] {
    let all = report.connections.count
    let done = report.connections.count(where: \.state.isDone)
    let context = report.context
    var model: [String: Any] = [
      "headline": headline, "path": "/hindsight/#connections", "name": "Several connections",
      "rollbackId": report.id.description, "steps": report.connections.map(line).joined(),
      "done": done, "all": max(1, all), "mayResume": true,
      "progressLine": "\(done) of \(Signs.count(all, "connection", "connections"))",
      "state": """
      \(badge)<span>begun \(Signs.time(report.startedAt)) by \(context.actor.display)</span>\
      <span>\(context.reason ?? "")</span>
      """ as Markup,
      "who": [
        ["name": "Actor", "value": "\(context.actor.display)" as Markup],
        ["name": "Reason", "value": context.reason.map { "\($0)" } ?? Signs.empty],
        ["name": "Ticket", "value": context.ticket.map { "\($0)" } ?? Signs.empty],
        ["name": "Undoes", "value": undone],
        ["name": "Plan", "value": "\(report.start.planDigest)" as Markup, "hash": true],
        ["name": "Rollback", "value": "\(report.id.description)" as Markup, "hash": true],
      ] as [[String: Any]],
    ]
    if isOpen {
      model["notices"] = Pages.note(
        "refused", "It stopped before every connection was where it should be.",
        "What is done stays done. Each connection that is not is named below.")
    }
    return model
  }

  private var undone: Markup {
    switch report.start.selection {
    case .asOf(let instant): "everything since \(Signs.second(instant))"
    case .actor(let actor, let from, let to):
      "what \(actor) did from \(Signs.second(from)) to \(Signs.second(to))"
    case .correlation(let id): "what bears the correlation id \(id.description)"
    }
  }

  private func line(_ connection: OrganisationReport.Connection) -> Markup {
    let name = names[connection.appID] ?? connection.appID.description
    let link: String
    let sign: Markup
    var detail: String?
    switch connection.state {
    case .waiting:
      (link, sign) = ("connections/\(connection.appID)", Signs.badge("off", "off", "Not begun"))
    case .begun(let report):
      let view = RollbackResultView(report: report, name: name)
      (link, sign, detail) = ("rollbacks/\(report.id)", view.badge, report.detail)
    case .refused(let refused):
      link = "connections/\(connection.appID)"
      sign = Signs.badge("refused", "refused", "Refused")
      detail = RefusalPhrase.of(refused.blocker)
    }
    return """
      <li><div><p class="head-line"><span class="strong"><a href="/hindsight/\(link)">\(name)</a>\
      </span>\(sign)</p>\(detail.map { "<p class=\"soft\">\($0)</p>" } ?? "" as Markup)</div></li>

      """
  }
}
