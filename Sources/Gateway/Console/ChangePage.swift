import Commands
import Connections
import Evidence
import Hummingbird
import OktaAPI
import Projections
import TransparencyLog

/// One command whole: who, why, what was asked for, what came of it, and its events.
extension Gateway {
  func changePage(
    _ id: CommandID, _ request: GatewayRequest, _ visitor: Visitor, notice: Markup = .nothing
  ) async throws -> Response {
    let events = try await views.course(of: id)
    let items = HistoryItem.collect(events)
    guard let item = items.first, let app = events.first?.stream.appID else {
      throw ConsoleFault(
        status: 404, title: "No such change is recorded",
        what: "No command \(id) is recorded.", todo: "The address may have been cut.")
    }
    let now = environment.now()
    let (row, present) = try await views.listed(app, now: now)
    let name = row?.name ?? app.description
    let change = ChangeView(
      item: item, ends: items.last ?? item, events: events, name: name, now: now)
    var model = frame(
      .overview, visitor, title: change.headline, here: request.target, trueAt: present)
    model.merge(change.model) { $1 }
    let path = "/hindsight/connections/\(app)"
    var actions = Markup.nothing
    if visitor.may(.operator), change.canBeUndone {
      actions = """
        <a class="button primary" \
        href="\(path)/rollback?target=beforeCommand&amp;value=\(id.description)">Roll this back…</a>
        """
    }
    var notices = notice
    if let steps = try await steps(of: change, app) { model["steps"] = steps }
    if item.ending == .inDoubt {
      let doubt = try await views.doubts(of: app).first { $0.commandID == id }
      if visitor.may(.operator), doubt != nil {
        model["mayRule"] = true
        let settles = doubt.map { " " + NativeJSON.settles($0) } ?? ""
        model["doubt"] = "Nobody knows whether Okta carried this out.\(settles)"
      } else {
        notices += Pages.note(
          "doubt", "Nobody knows yet whether this happened.",
          "An operator can rule on it. \(doubt.map(NativeJSON.settles) ?? "")")
      }
    }
    var standings: [Standing] = []
    for event in events { standings.append(await standing(of: event)) }
    model.merge([
      "path": path, "name": name, "commandId": id.description, "actions": actions,
      "notices": notices, "events": Self.rows(events, standings), "proofs": Self.told(standings),
      "bodies": events.map { event in
        [
          "index": event.index, "body": String(decoding: event.canonicalBytes, as: UTF8.self),
        ] as [String: Any]
      },
    ]) { $1 }
    return Pages.response("change", model)
  }

  /// The commands that a rollback caused, as lines.
  private func steps(of change: ChangeView, _ app: AppID) async throws -> Markup? {
    guard case .rollback = change.item.kind, let start = change.item.ids.first else { return nil }
    let page = try await views.timeline(of: app, limit: 1_000)
    let caused = page.items.filter { item in
      item.context.causationID == start || item.commandID == change.item.commandID
    }
    return TimelineLines(items: caused, versions: []).markup
  }

  // MARK: - Proofs

  /// Whether an event is in the tree that was signed last.
  private enum Standing {
    case proved(CheckedProof)
    case notSigned
    /// The tree in the journal does not lead from the event to the root that was signed.
    case contradicted
  }

  /// The proof is made, and checked against the signed root, while the page is made.
  private func standing(of event: Event) async -> Standing {
    guard let log else { return .notSigned }
    do {
      return .proved(try await log.proof(of: event.index))
    } catch ProofFault.notSigned {
      return .notSigned
    } catch LogExportFault.nothingSigned {
      return .notSigned
    } catch {
      return .contradicted
    }
  }

  private static func rows(_ events: [Event], _ standings: [Standing]) -> Markup {
    zip(events, standings).map { event, standing -> Markup in
      let tree =
        switch standing {
        case .proved(let proof):
          Signs.badge("on", "done", "proved, of size \(proof.checkpoint.size)")
        case .notSigned: Signs.unknown("not signed yet")
        case .contradicted: Signs.badge("refused", "refused", "no proof: run hindsight verify")
        }
      return """
        <tr><th scope="row">\(event.payload.kind.rawValue)</th>\
        <td data-label="Index" class="num mono">\(event.index)</td>\
        <td data-label="Version" class="num">\(event.streamVersion)</td>\
        <td data-label="Recorded">\(Signs.exactTime(event.recordedAt))</td>\
        <td data-label="Event id" class="hash">\(event.id.description)</td>\
        <td data-label="In the tree">\(tree)</td></tr>

        """
    }.joined()
  }

  private static func told(_ standings: [Standing]) -> Markup {
    standings.map { standing -> Markup in
      guard case .proved(let proof) = standing else { return .nothing }
      let index = proof.proof.index
      let path = proof.proof.hashes.map { "<li class=\"hash\">\($0.description)</li>" as Markup }
      let checkpoint = proof.checkpoint
      let facts: [(String, Markup)] = [
        ("Leaf hash", "<span class=\"hash\">\(proof.leaf.description)</span>"),
        ("Tree size", "\(checkpoint.size)"),
        ("Path", "<ol class=\"points\">\(path.joined())</ol>"),
        ("Root", "<span class=\"hash\">\(checkpoint.root.description)</span>"),
        ("Checked", "against the signed root of \(checkpoint.origin)"),
        (
          "Take it",
          """
          <a href="/hindsight/log/proof/\(index)">\(index).tlog-proof</a>, for hindsight log check \
          and other tools of c2sp.org/tlog-proof
          """
        ),
      ]
      return """
        <details class="after"><summary>Event \(index): \(path.count) hashes lead from it to the \
        signed root</summary><dl class="facts">\
        \(facts.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" as Markup }.joined())</dl></details>

        """
    }.joined()
  }

  // MARK: - Ruling

  func ruling(
    on id: CommandID, _ form: FormFields, _ visitor: Visitor
  ) async throws -> Response {
    let verdict: Resolution.Verdict
    switch form["verdict"] {
    case "applied"?: verdict = .applied
    case "notApplied"?: verdict = .notApplied
    default:
      throw InputFault(detail: "A ruling says applied or notApplied. Nothing was recorded.")
    }
    guard let reason = form["reason"], reason.utf8.count <= 2_000,
      (form["ticket"]?.utf8.count ?? 0) <= 200, let actor = visitor.actor
    else {
      throw InputFault(
        detail: """
          A ruling takes a reason of at most 2000 bytes, and a ticket of at most 200. Nothing was \
          recorded.
          """)
    }
    do throws(RulingRefusal) {
      try await commands.rule(
        on: id, verdict,
        context: EventContext(actor: actor, reason: reason, ticket: form["ticket"]))
    } catch { throw Self.fault(error, id) }
    return Self.redirect(to: "/hindsight/changes/\(id)")
  }

  private static func fault(_ refusal: RulingRefusal, _ id: CommandID) -> ConsoleFault {
    let (status, what): (Int, String) =
      switch refusal {
      case .commandNotKnown: (404, "No command \(id) is recorded.")
      case .notInDoubt: (409, "This command is not in doubt any more.")
      case .busy: (409, "A change of this connection was running still.")
      case .notRecorded: (503, "The journal cannot be written.")
      }
    return ConsoleFault(
      status: status, title: "The ruling was not recorded", what: what + " Nothing was recorded.",
      todo: "Look at the change as it is now.", link: "/hindsight/changes/\(id)",
      linkName: "To the change")
  }
}
