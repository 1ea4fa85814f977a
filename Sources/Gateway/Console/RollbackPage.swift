import Commands
import Connections
import Hummingbird
import OktaAPI
import Projections

/// The way back: shown before anything is sent, confirmed by the digest of what was shown.
extension Gateway {
  func rollbackPage(
    _ app: AppID, _ request: GatewayRequest, _ visitor: Visitor
  ) async throws -> Response {
    let asked = try RollbackRequest(
      target: OktaRoute.parameters("target", in: request.query).first,
      value: OktaRoute.parameters("value", in: request.query).first, now: environment.now())
    return try await rollbackPage(
      app, asked, visitor, FormFields([]), notice: .nothing, status: 200)
  }

  /// - Parameter form: what was filled in already.
  private func rollbackPage(
    _ app: AppID, _ asked: RollbackRequest, _ visitor: Visitor, _ form: FormFields, notice: Markup,
    status: Int
  ) async throws -> Response {
    let (found, present) = try await views.listed(app, now: environment.now())
    guard let row = found else {
      throw ConsoleFault(
        status: 404, title: "Nothing is recorded of \(app)",
        what: "No read and no change of this connection came through Hindsight.",
        todo: "Read it once through the gateway, and it appears.")
    }
    let path = "/hindsight/connections/\(app)"
    var model = frame(
      .overview, visitor, title: "Roll back \(row.name)", here: "\(path)/rollback",
      trueAt: present)
    model.merge([
      "path": path, "name": row.name, "target": asked.word, "value": asked.value,
      "targets": asked.choices, "notices": notice, "reason": form["reason"] ?? "",
      "ticket": form["ticket"] ?? "",
    ]) { $1 }
    do throws(RollbackRefusal) {
      let preview = try await commands.preview(app, asked.target)
      let view = RollbackView(
        preview: preview, row: row,
        holders: await holders(of: preview.secrets.map(\.fingerprint)), now: environment.now())
      model.merge(view.model) { $1 }
      let hasCredential = commands.ownCredential != nil
      model["mayRollBack"] = visitor.may(.operator) && hasCredential && view.hasSteps
      model["whyNot"] =
        !visitor.may(.operator)
        ? "Your role sees the plan and does not carry it out; an operator can."
        : hasCredential
          ? "There is nothing to do."
          : "This gateway relays its callers' credentials and has none of its own. Start it with "
            + "--upstream-credential ssws-file:PATH to roll back from here."
    } catch {
      let problem = RollbackProblem(error)
      model["headline"] = "There is no way back to this point"
      model["lead"] = problem.whole
      if case .blocked(.rollbackOpen(let id)) = error {
        model["headline"] = "Another rollback has not ended"
        model["lead"] = "Resume it, or give it up, before a new one. Nothing was sent to Okta."
        model["openRollback"] = "/hindsight/rollbacks/\(id)"
      }
      return Pages.response("rollback", model, status: status == 200 ? problem.status : status)
    }
    return Pages.response("rollback", model, status: status)
  }

  func rollBack(
    _ app: AppID, _ form: FormFields, _ visitor: Visitor
  ) async throws -> Response {
    let asked = try RollbackRequest(
      target: form["target"], value: form["value"], now: environment.now())
    guard let digest = form["digest"], let actor = visitor.actor else {
      throw InputFault(detail: "A rollback takes the digest of a plan. Nothing was sent.")
    }
    let missing: String? =
      switch (form["reason"], form["ticket"]) {
      case (nil, _): "It takes a reason."
      case (let reason?, _) where reason.utf8.count > 2_000:
        "Its reason has \(reason.utf8.count) bytes; 2000 is the most."
      case (_, let ticket?) where ticket.utf8.count > 200:
        "Its ticket has \(ticket.utf8.count) bytes; 200 is the most."
      default: form["read"] == "yes" ? nil : "It takes your word that you have read the plan."
      }
    if let missing {
      let notice = Pages.callout(
        "no", "refused", "The rollback was not begun. \(missing)", "Nothing was sent.")
      return try await rollbackPage(app, asked, visitor, form, notice: notice, status: 400)
    }
    let id = environment.newID()
    do throws(RollbackRefusal) {
      _ = try await commands.rollBack(
        app, asked.target, digest: digest,
        context: EventContext(actor: actor, reason: form["reason"], ticket: form["ticket"]),
        rollbackID: id)
    } catch {
      let problem = RollbackProblem(error)
      let notice = Pages.callout(
        "no", "refused", "The rollback was not begun. \(problem.whole)",
        "Look at the way back as it is now.")
      return try await rollbackPage(
        app, asked, visitor, form, notice: notice, status: problem.status)
    }
    return Self.redirect(to: "/hindsight/rollbacks/\(id)")
  }

  // MARK: - One that was begun

  func rollbackResult(
    _ id: CommandID, _ request: GatewayRequest, _ visitor: Visitor
  ) async throws -> Response {
    let found: RollbackReport?
    var link: Secret?
    do throws(RollbackRefusal) {
      found = try await commands.rollback(id)
      if let found, visitor.may(.operator) { link = try await commands.consentLink(of: found) }
    } catch { throw Self.fault(error) }
    guard let report = found else { return try await tour(id, request, visitor) }
    let (row, present) = try await views.listed(report.appID, now: environment.now())
    let view = RollbackResultView(
      report: report, name: row?.name ?? report.appID.description)
    var model = frame(
      .overview, visitor, title: view.headline, here: request.target, trueAt: present)
    model.merge(view.model) { $1 }
    if let link {
      model["consent"] = true
      model["link"] = link.withBytes { String(decoding: $0, as: UTF8.self) }
    }
    model["isOpen"] = view.isOpen && visitor.may(.operator)
    return Pages.response("result", model)
  }

  /// One of several connections.
  private func tour(
    _ id: CommandID, _ request: GatewayRequest, _ visitor: Visitor
  ) async throws -> Response {
    let found: OrganisationReport?
    do throws(RollbackRefusal) { found = try await commands.organisation(id) } catch {
      throw Self.fault(error)
    }
    guard let report = found else {
      throw ConsoleFault(
        status: 404, title: "No such rollback is recorded", what: "No rollback \(id) was begun.",
        todo: "The address may have been cut.")
    }
    let (rows, present) = try await views.listed(at: .now, now: environment.now())
    let names = Dictionary(rows.map { ($0.appID, $0.name) }) { first, _ in first }
    let view = TourView(report: report, names: names)
    var model = frame(
      .overview, visitor, title: view.headline, here: request.target, trueAt: present)
    model.merge(view.model) { $1 }
    model["isOpen"] = view.isOpen && visitor.may(.operator)
    return Pages.response("result", model)
  }

  func continueRollback(
    _ id: CommandID, abandoning: Bool, _ form: FormFields, _ visitor: Visitor
  ) async throws -> Response {
    guard let reason = form["reason"], reason.utf8.count <= 2_000, let actor = visitor.actor else {
      throw InputFault(
        detail: "This takes a reason, of at most 2000 bytes. Nothing was done.")
    }
    let context = EventContext(actor: actor, reason: reason)
    do throws(RollbackRefusal) {
      if abandoning {
        if try await commands.abandonOrganisation(id, context: context) == nil {
          _ = try await commands.abandonRollback(id, context: context)
        }
      } else if try await commands.resumeOrganisation(id, context: context, waits: false) == nil {
        _ = try await commands.resumeRollback(id, context: context)
      }
    } catch { throw Self.fault(error, link: "/hindsight/rollbacks/\(id)") }
    return Self.redirect(to: "/hindsight/rollbacks/\(id)")
  }

  private static func fault(
    _ refusal: RollbackRefusal, link: String = "/hindsight/"
  ) -> ConsoleFault {
    let problem = RollbackProblem(refusal)
    return ConsoleFault(
      status: problem.status, title: "The rollback was not continued", what: problem.whole,
      todo: "Look at it as it is now.", link: link, linkName: "To the rollback")
  }
}

/// To which point the way back shall lead, as a form says it.
struct RollbackRequest {
  var target: RollbackTarget
  var word: String
  var value: String

  private static let words = [
    ("previous", "before the last change"), ("version", "a version"), ("asOf", "a time"),
    ("event", "an event"), ("beforeCommand", "before a command"),
  ]

  init(target word: String?, value text: String?, now: Instant) throws {
    let word = word.flatMap { $0.isEmpty ? nil : $0 } ?? "previous"
    let text = text?.trimmedBlanks ?? ""
    let found: RollbackTarget? =
      switch word {
      case "previous": .previous
      case "version": Int(text).flatMap { $0 > 0 ? .version($0) : nil }
      case "asOf": Gateway.loose(text).map { .asOf($0) }
      case "event": EventID(text).map { .event($0) }
      case "beforeCommand": CommandID(text).map { .beforeCommand($0) }
      default: nil
      }
    guard let found else {
      throw Gateway.InputFault(
        detail: """
          This is no target of a rollback: \(word) \(text.prefix(80)). A version is a number, a \
          time 2026-11-23T07:52:00Z, an event or a command its id. Nothing was sent.
          """)
    }
    try found.mustHaveCome(by: now)
    (target, self.word, value) = (found, word, text)
  }

  var choices: Markup {
    Self.words.map { word, name -> Markup in
      let selected: Markup = word == self.word ? " selected" : ""
      return "<option value=\"\(word)\"\(selected)>\(name)</option>"
    }.joined()
  }
}
