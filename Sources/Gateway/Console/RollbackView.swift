import Commands
import Connections
import OktaAPI
import Projections

/// A plan in words and a table.
struct RollbackView {
  var preview: RollbackPreview
  var row: ListedConnection
  /// The connections that hold a secret now, by its fingerprint.
  var holders: [String: [AppID]]
  var now: Instant

  private var plan: RollbackPlan { preview.plan }

  var hasSteps: Bool { !plan.steps.isEmpty }

  var model: [String: Any] {
    [
      "plan": true, "digest": preview.digest, "presentVersion": plan.presentVersion,
      "targetVersion": plan.targetVersion, "headline": headline, "lead": lead, "fields": fields,
      "callsLine": hasSteps
        ? "at most \(Signs.count(plan.calls, "call", "calls")) to Okta" : "no call to Okta",
      "hasSteps": hasSteps, "steps": steps,
      "unknowable": points(plan.cautions.filter(\.isUnknowable), "unknown"),
      "risks": points(plan.cautions.filter { !$0.isUnknowable }, "refused"),
    ]
  }

  private var headline: String {
    guard hasSteps else { return "\(row.name) is as it was then" }
    let scheme = plan.target.authScheme
    if scheme != plan.present.authScheme {
      return "Rolling \(row.name) back would put \(scheme) in force again"
    }
    if preview.secrets.contains(where: { !$0.isPresent }) {
      return "Rolling \(row.name) back would put an earlier token in force again"
    }
    let status = plan.target.status
    return status != plan.present.status
      ? "Rolling \(row.name) back would leave it \(status.lowercased())"
      : "Rolling \(row.name) back would restore its earlier configuration"
  }

  private var lead: String {
    """
    Target: version \(plan.targetVersion). Nothing has been sent yet. A rollback deletes nothing; \
    it is a plan of ordinary commands.
    """
  }

  private var fields: Markup {
    let visible: [ConnectionField] = [.authScheme, .status, .baseURL, .clientID, .rotationMode]
    let moved = visible.filter { plan.present[$0] != plan.target[$0] }
    let same = visible.filter { plan.present[$0] == plan.target[$0] }
    var out = moved.map { field -> Markup in
      let mono: Markup = field.isMono ? " mono" : ""
      return """
        <tr class="moved"><th scope="row">\(field.word)</th><td data-label="Now">\
        <span class="was\(mono)">\(shown(plan.present[field]))</span></td><td data-label="After">\
        <span class="is\(mono)">\(shown(plan.target[field]))</span></td></tr>

        """
    }.joined()
    for secret in preview.secrets { out += line(secret) }
    out += same.map { field -> Markup in
      let mono: Markup = field.isMono ? " mono" : ""
      return """
        <tr><th scope="row">\(field.word)</th><td data-label="Now" class="same\(mono)">\
        \(shown(plan.present[field]))</td><td data-label="After" class="same\(mono)">\
        \(shown(plan.target[field]))</td></tr>

        """
    }.joined()
    return out
  }

  private func shown(_ text: String?) -> Markup { text.map { "\($0)" } ?? Signs.empty }

  private func line(_ secret: PlannedSecret) -> Markup {
    let name = secret.field == .adminPassword ? "Password" : "Token"
    let age = secret.firstSetAt.days(until: now)
    let others = (holders[secret.fingerprint] ?? []).filter { $0 != plan.appID }
    let shared: Markup =
      others.isEmpty
      ? ""
      : ", also in force in \(Signs.count(others.count, "other connection", "other connections"))"
    if secret.isPresent {
      return """
        <tr><th scope="row">\(name)</th><td data-label="Now" class="same">\
        \(Signs.seal(secret.fingerprint))</td><td data-label="After" class="same">the same, so it \
        is not sent again\(shared)</td></tr>

        """
    }
    let present = Signs.value(row.snapshot[.token])
    return """
      <tr class="moved"><th scope="row">\(name)</th><td data-label="Now">\
      <span class="was">\(present)\
      </span></td><td data-label="After"><span class="is">\(Signs.seal(secret.fingerprint)) set \
      \(Signs.day(secret.firstSetAt)), \(age) d old\(shared)</span></td></tr>

      """
  }

  private var steps: Markup {
    let address = "/api/v1/apps/\(plan.appID)/connections/default"
    var out: Markup = """
      <li><div><p class="strong">Read the connection</p>\
      <p class="call">GET \(address)</p><p class="soft">If anything moved since version \
      \(plan.presentVersion), the plan is void and nothing is sent.</p></div></li>

      """
    for step in plan.steps { out += line(step, address) }
    for kind in plan.awaited {
      out += """
        <li class="later"><div><p class="strong">A person: \
        \(kind == .verify ? "consent in a browser, then verify" : kind.rawValue)</p><p>The \
        rollback waits for it, and says so.</p></div></li>

        """
    }
    return out
  }

  private func line(_ step: RollbackPlan.Step, _ address: String) -> Markup {
    switch step.command {
    case .update(let content):
      let with: Markup =
        content.secrets.first.map { " with the sealed secret \(Signs.seal($0.fingerprint))" } ?? ""
      let activates: Markup =
        content.activate
        ? "Without <code>activate=true</code> Okta would leave the connection disabled."
        : "Okta leaves the connection disabled."
      return """
        <li><div><p class="strong">Update to \(content.authScheme ?? "the same scheme")\(with)\
        \(content.activate ? ", and activate in the same call" : "")</p>\
        <p class="call">POST \(address)\(content.activate ? "?activate=true" : "")</p>\
        <p class="soft">\(content.secrets.isEmpty ? "" : "Nobody sees the secret. ")\
        \(activates)</p>\
        </div></li>

        """
    case .activate, .deactivate, .verify:
      let word = step.command.kind.rawValue
      return """
        <li><div><p class="strong">\(word.capitalizedFirst), then read it back</p>\
        <p class="call">POST \(address)/lifecycle/\(word)</p><p class="soft">It is done when the \
        read shows \(step.leaves.status).</p></div></li>

        """
    }
  }

  private func points(_ cautions: [RollbackPlan.Caution], _ icon: Markup) -> Markup {
    var out = cautions.map { caution -> Markup in
      "<li>\(Signs.icon(icon))\(NativeJSON.sentence(caution))</li>"
    }.joined()
    if icon.html == "refused", hasSteps {
      out += """
        <li>\(Signs.icon("doubt"))<b>The answer may not come.</b> Then the rollback stops in \
        doubt, and nothing is sent again by itself.</li>
        """
    }
    return out.isEmpty
      ? "<li>\(Signs.icon("done"))Nothing: what this plan rests on was read.</li>" : out
  }
}

/// What became of a rollback, as far as it is recorded.
struct RollbackResultView {
  var report: RollbackReport
  var name: String

  var isOpen: Bool {
    switch report.outcome {
    case .awaitingConsent, .stopped, .inDoubt: true
    default: false
    }
  }

  var headline: String {
    switch report.outcome {
    case .running: "\(name) is being rolled back"
    case .completed: "\(name) is rolled back to version \(report.start.targetVersion)"
    case .awaitingConsent: "The rollback of \(name) waits for consent"
    case .stopped: "The rollback of \(name) stopped"
    case .inDoubt: "The rollback of \(name) stopped in doubt"
    case .abandoned: "The rollback of \(name) was given up"
    case .expired: "The time for consent to the rollback of \(name) was over"
    case .failed: "The rollback of \(name) ended short of its target"
    }
  }

  var badge: Markup {
    switch report.outcome {
    case .running: Signs.badge("unknown", "unknown", "Running")
    case .completed: Signs.badge(Mark.rolledBack)
    case .awaitingConsent: Signs.badge(Mark.awaitingConsent)
    case .inDoubt: Signs.badge(Mark.inDoubt)
    case .stopped: Signs.badge("refused", "refused", "Stopped")
    case .abandoned, .expired, .failed: Signs.badge("refused", "refused", "Ended short")
    }
  }

  private var done: Int { report.commands.filter { $0.end == .succeeded }.count }

  var model: [String: Any] {
    let all = max(1, report.start.steps.count + report.start.awaited.count)
    let context = report.context
    var model: [String: Any] = [
      "headline": headline, "path": "/hindsight/connections/\(report.appID)", "name": name,
      "rollbackId": report.id.description, "steps": steps, "done": min(done, all), "all": all,
      "progressLine": "\(min(done, all)) of \(Signs.count(all, "step", "steps"))",
      "mayResume": report.outcome != .awaitingConsent,
      "activates": report.start.awaited.contains(.activate),
      "state": """
      \(badge)<span>begun \(Signs.time(report.startedAt)) by \(context.actor.display)</span>\
      <span>\(context.reason ?? "")</span>
      """ as Markup,
      "who": [
        ["name": "Actor", "value": "\(context.actor.display)" as Markup],
        ["name": "Reason", "value": context.reason.map { "\($0)" } ?? Signs.empty],
        ["name": "Ticket", "value": context.ticket.map { "\($0)" } ?? Signs.empty],
        ["name": "Plan", "value": "\(report.start.planDigest)" as Markup, "hash": true],
        ["name": "Rollback", "value": "\(report.id.description)" as Markup, "hash": true],
      ] as [[String: Any]],
    ]
    if let notice { model["notices"] = notice }
    if let since = report.offSince {
      model["off"] =
        report.onAgainAt.map {
          "Provisioning was off for at most \(Signs.span(from: since, to: $0))."
        }
        ?? "Provisioning is off since \(Signs.second(since))."
    }
    return model
  }

  private var notice: Markup? {
    switch report.outcome {
    case .awaitingConsent:
      Pages.note(
        "consent", "Okta took the scheme; the far side has not been asked yet.",
        """
        Until a person consents, the connection is disabled and nobody is provisioned\
        \(report.start.awaited.contains(.activate) ? "" : "; it stays disabled then, as it was")\
        \(report.consent.map { "; it waits until \(Signs.second($0.expiresAt))" } ?? "").
        """)
    case .stopped, .inDoubt, .failed:
      Pages.note(
        "refused", "It stopped: \(report.detail ?? "a step did not succeed").",
        "The steps before it are done; nothing after it was sent.")
    default: nil
    }
  }

  private var steps: Markup { "\(sent)\(later)" }

  /// What is still to come.
  private var later: Markup {
    let passed: Int
    switch report.outcome {
    case .awaitingConsent: passed = done
    case .running, .stopped, .inDoubt: passed = report.commands.count
    case .completed, .abandoned, .expired, .failed: return .nothing
    }
    return (report.start.steps + report.start.awaited).enumerated().dropFirst(passed)
      .map { place, kind -> Markup in
        let hand = place < report.start.steps.count ? "" : "A person: "
        let word = kind == .verify ? "consent in a browser, then verify" : kind.rawValue
        return "<li class=\"later\"><div><p class=\"strong\">\(hand)\(word)</p></div></li>\n"
      }.joined()
  }

  private var sent: Markup {
    report.commands.map { command -> Markup in
      let ending: Markup =
        switch (command.verdict, command.end) {
        case (let verdict?, _): Signs.badge(HistoryItem.Ending.resolved(verdict))
        case (_, .succeeded?): Signs.badge(HistoryItem.Ending.succeeded)
        case (_, .refused?): Signs.badge(HistoryItem.Ending.refused)
        case (_, .notSent?): Signs.badge(HistoryItem.Ending.notSent)
        case (_, .inDoubt?): Signs.badge(HistoryItem.Ending.inDoubt)
        default: Signs.badge(HistoryItem.Ending.open)
        }
      let error = command.call?.errorSummary ?? command.call?.detail
      return """
        <li><div><p class="head-line"><span class="strong">\
        <a href="/hindsight/changes/\(command.id.description)">\(command.kind.rawValue)</a></span>\
        \(ending)</p>\(error.map { "<p class=\"soft\">\($0)</p>" } ?? "" as Markup)</div></li>

        """
    }.joined()
  }
}
