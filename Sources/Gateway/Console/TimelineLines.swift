import Connections
import Projections

/// The timeline: a rail, a mark, and one line from intent to outcome.
struct TimelineLines {
  /// The latest first.
  var items: [HistoryItem]
  /// The oldest first; by them it is seen what an observation changed.
  var versions: [ConnectionVersion]
  /// The labels of apps, where lines of several connections stand together.
  var names: [AppID: String]?

  var markup: Markup {
    items.enumerated().map { position, item in
      let older = position + 1 < items.count ? items[position + 1] : nil
      return line(item, isJoined: older.map { item.completes($0) } ?? false)
    }.joined()
  }

  private func line(_ item: HistoryItem, isJoined: Bool) -> Markup {
    let mark = Marks.shape(item.shape, x: 6.5, y: 6.5, scale: 1.08)
    return """
      <li id="e\(item.indexes.first ?? 0)" class="\(isJoined ? "joined" : "")">\
      <span class="mark"><svg viewBox="0 0 13 13" aria-hidden="true">\(mark)</svg></span>\
      <span class="when">\(Signs.time(item.recordedAt))</span>\
      <div class="what"><span class="course">\(connection(item))\(course(item))</span>\
      \(why(item))</div>\
      <span class="hand">\(Self.hand(item))</span>\
      <span class="index">\(item.indexes.ranges)</span></li>

      """
  }

  private func connection(_ item: HistoryItem) -> Markup {
    guard let names else { return .nothing }
    let name = names[item.appID] ?? item.appID.description
    return "<a href=\"/hindsight/connections/\(item.appID.description)\">\(name)</a>"
  }

  private func course(_ item: HistoryItem) -> Markup {
    switch item.kind {
    case .command(let kind):
      let name: Markup =
        item.commandID.map {
          "<a href=\"/hindsight/changes/\($0.description)\"><b>\(kind.rawValue)</b></a>"
        } ?? "<b>\(kind.rawValue)</b>"
      let badge = item.ending.map { Signs.badge($0) } ?? .nothing
      return "\(name)<span class=\"arrow\">→</span>\(badge)<span>\(told(item))</span>"
    case .observed(let observation) where observation.isDrift:
      return "\(Signs.badge(Mark.drift))<span>\(moved(item, to: observation.state))</span>"
    case .observed(let observation):
      let state = observation.state
      let name = observation.cause == .baseline ? "recording began" : "read again"
      return """
        <b>\(name)</b><span class="arrow">→</span><span>\(state.authScheme), \(state.status)\
        \(observation.cause == .baseline ? Self.noSecret : "")</span>
        """
    case .rollback(let event): return course(event, item)
    }
  }

  private func course(_ event: RollbackEvent, _ item: HistoryItem) -> Markup {
    let name: Markup =
      item.commandID.map {
        "<a href=\"/hindsight/changes/\($0.description)\"><b>roll back</b></a>"
      } ?? "<b>roll back</b>"
    let head: Markup = "\(name)<span class=\"arrow\">→</span>"
    func done(_ count: Int) -> String { Signs.count(count, "step", "steps") + " done" }
    switch event {
    case .started(let start):
      let steps = start.steps.map(\.rawValue).joined(separator: ", then ")
      return """
        \(head)<span>begun, to version \(start.targetVersion)\(steps.isEmpty ? "" : " by \(steps)")\
        </span>
        """
    case .resumed: return "\(head)<span>gone on with</span>"
    case .stopped(let stop):
      let badge =
        stop.isInDoubt
        ? Signs.badge(Mark.inDoubt) : Signs.badge("refused", "refused", "Stopped")
      return "\(head)\(badge)<span>\(done(stop.stepsDone)). \(stop.detail)</span>"
    case .awaitingConsent(let wait):
      return """
        \(head)\(Signs.badge(Mark.awaitingConsent))<span>\(done(wait.stepsDone)); until \
        \(Signs.time(wait.expiresAt))</span>
        """
    case .completed(let end):
      return "\(head)\(Signs.badge(Mark.rolledBack))<span>\(done(end.stepsDone))</span>"
    case .failed(let end):
      let badge = Signs.badge(
        "refused", "refused", end.cause?.rawValue.capitalizedFirst ?? "Failed")
      let detail = end.cause == .abandoned ? "" : end.detail.map { ". \($0)" } ?? ""
      return "\(head)\(badge)<span>\(done(end.stepsDone))\(detail)</span>"
    case .refused(let refused):
      let why = RefusalPhrase.of(refused.blocker)
      return "\(head)\(Signs.badge(Mark.refused))<span>\(why); nothing was sent</span>"
    }
  }

  private static let noSecret: Markup = ", token \(Signs.notObserved)"

  // MARK: - What came of a command

  private func told(_ item: HistoryItem) -> Markup {
    let call = item.outcome?.call
    switch item.ending {
    case .refused?:
      let summary = [call?.errorCode, call?.errorSummary ?? call?.detail].compactMap(\.self)
      return "\(summary.joined(separator: " "))"
    case .notSent?: return "\(call?.detail ?? "no byte of the request was sent")"
    case .inDoubt?: return "\(call?.detail ?? "no telling answer came")"
    default:
      let changes = Self.changes(item.before, item.after, item.intent?.command)
      let unseen: Markup = item.isNotReadBack ? "not read back" : .nothing
      return (changes + [Self.secret(item), unseen]).filter { !$0.isEmpty }.joined(", ")
    }
  }

  private static func secret(_ item: HistoryItem) -> Markup {
    let content = item.intent?.command.updateContent
    if let token = content?.token { return "token \(Signs.seal(token.fingerprint))" }
    if let password = content?.adminPassword {
      return "password \(Signs.seal(password.fingerprint))"
    }
    return .nothing
  }

  /// What moved, and in orange what moved unasked.
  static func changes(
    _ before: ConnectionState?, _ after: ConnectionState?, _ command: ConnectionCommand?
  ) -> [Markup] {
    guard let before, let after else { return [] }
    let fields: [(ConnectionField, String?, String?)] = [
      (.authScheme, before.authScheme, after.authScheme), (.status, before.status, after.status),
      (.baseURL, before.baseURL, after.baseURL), (.clientID, before.clientID, after.clientID),
      (.rotationMode, before.rotationMode, after.rotationMode),
    ]
    return fields.compactMap { field, was, isNow -> Markup? in
      guard was != isNow else { return nil }
      let text: Markup = """
        \(field.word.lowercased()) \(was.map { "\($0)" } ?? Signs.empty) → \
        \(isNow.map { "\($0)" } ?? Signs.empty)
        """
      // That a plain update disables is Okta's way, and known; another field is a surprise.
      let isSurprise =
        field != .status && command?.names(field) == false
        && !before.leaves(field, by: after)
      return isSurprise ? "<mark>\(text), not asked for</mark>" : text
    }
  }

  private func moved(_ item: HistoryItem, to state: ConnectionState) -> Markup {
    let index = item.indexes.first ?? 0
    let before = versions.last { $0.index < index }?.snapshot.state
    let changes = Self.changes(before, state, nil)
    return changes.isEmpty ? "now \(state.authScheme), \(state.status)" : changes.joined(", ")
  }

  // MARK: - Why and who

  private func why(_ item: HistoryItem) -> Markup {
    var parts: [Markup] = []
    if let reason = item.context.reason { parts.append("\(reason)") }
    if let ticket = item.context.ticket {
      parts.append("<a href=\"/hindsight/find?q=\(Gateway.encoded(ticket))\">\(ticket)</a>")
    }
    if case .observed(let observation) = item.kind {
      switch observation.cause {
      case .baseline: parts.append("What was set before this line cannot be known.")
      case .client: parts.append("seen by a client's read")
      case .before: parts.append("seen by the read before a command")
      case .after: parts.append("seen by the read after a command")
      case .doubt: parts.append("seen by a read to settle a doubt")
      }
    }
    guard !parts.isEmpty else { return .nothing }
    return "<span class=\"why\">\(parts.joined(", "))</span>"
  }

  static func hand(_ item: HistoryItem) -> Markup {
    if case .observed(let observation) = item.kind, observation.isDrift {
      return "<span class=\"faint\">actor not known</span>"
    }
    let actor = item.context.actor
    return "\(actor.display)<span class=\"under-line\">\(actor.kindSaying)</span>"
  }
}

extension ActorIdentity {
  /// What kind of hand it was, with the end of its id.
  var kindSaying: String {
    switch kind {
    case .token: "token …\(id.suffix(4))"
    case .oktaCredential: "Okta credential …\(id.suffix(4))"
    case .local: "at the command line"
    case .hindsight: "by itself"
    }
  }
}
