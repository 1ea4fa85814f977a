import Connections
import Projections

/// One change in words, table and picture.
struct ChangeView {
  /// The command, or the beginning of a rollback.
  var item: HistoryItem
  /// The last thing recorded of it.
  var ends: HistoryItem
  var events: [Event]
  var name: String
  var now: Instant

  var content: UpdateContent? { item.intent?.command.updateContent }

  /// It took effect, so there is something to go back from.
  var canBeUndone: Bool {
    switch item.ending {
    case .succeeded?, .resolved(.applied)?: item.intent?.command.kind != .verify
    default: false
    }
  }

  var model: [String: Any] {
    var model: [String: Any] = [
      "headline": headline, "state": state, "indexes": events.map(\.index).ranges,
      "who": who, "upstream": upstream, "hasUpstream": item.outcome != nil,
      "eventsLine": eventsLine, "hasFields": item.intent != nil, "fields": fields,
      "beforeHead": "Before\(readSaying(item.intent?.before))", "askedHead": askedHead,
      "afterHead": "After\(readSaying(item.outcome?.after))",
    ]
    if let course = CoursePicture(item, events)?.markup { model["course"] = course }
    return model
  }

  // MARK: - In words

  var headline: String {
    let actor = item.context.actor.display
    switch item.kind {
    case .command(let kind): return sentence(kind, actor)
    case .observed: return "Okta was read"
    case .rollback:
      guard case .rollback(let last) = ends.kind else { return "\(actor) rolled \(name) back" }
      return switch last {
      case .completed: "\(actor) rolled \(name) back"
      case .awaitingConsent: "The rollback of \(name) waits for consent"
      case .stopped(let stop):
        stop.isInDoubt
          ? "The rollback of \(name) stopped in doubt" : "The rollback of \(name) stopped"
      case .failed: "The rollback of \(name) ended short of its target"
      case .refused: "A rollback of \(name) was refused"
      case .started, .resumed: "\(name) is being rolled back"
      }
    }
  }

  private func sentence(_ kind: ConnectionCommand.Kind, _ actor: String) -> String {
    switch item.ending {
    case .succeeded?:
      return "\(actor) \(kind.past) \(name)\(unaskedSaying)"
    case .refused?:
      let who = item.intent == nil ? "Hindsight" : "Okta"
      return "\(who) refused to \(kind.rawValue) \(name) for \(actor)"
    case .notSent?: return "The \(kind.rawValue) of \(name) by \(actor) was not sent"
    case .inDoubt?: return "Nobody knows yet whether the \(kind.rawValue) of \(name) happened"
    case .open?, nil: return "The \(kind.rawValue) of \(name) by \(actor) has no outcome yet"
    case .resolved(let verdict)?:
      let end =
        switch verdict {
        case .applied: "and it had happened"
        case .notApplied: "and it had not happened"
        case .noDifference: "and it made no difference"
        case .superseded: "until a later command superseded it"
        }
      return "The \(kind.rawValue) of \(name) by \(actor) was in doubt, \(end)"
    }
  }

  private var unaskedSaying: String {
    let count = unasked.count
    guard count > 0 else { return "" }
    return count == 1
      ? ", and one field changed that nobody named"
      : ", and \(Signs.spelled(count).lowercased()) fields changed that nobody named"
  }

  private var state: Markup {
    var parts: [Markup] = []
    if let ending = item.ending { parts.append(Signs.badge(ending)) }
    parts.append("<span>\(Signs.time(item.recordedAt))</span>")
    if item.context.causationID != nil {
      parts.append("<span>\(Signs.badge("back", "back", "a step of a rollback"))</span>")
    }
    if let repeated = item.intent?.repeatOf {
      parts.append(
        """
        <span>may repeat <a href="/hindsight/changes/\(repeated.description)">an earlier one</a>\
        </span>
        """)
    }
    return parts.joined()
  }

  private var eventsLine: String {
    guard let first = events.first?.index, let last = events.last?.index, first != last else {
      return ""
    }
    let stream = events.filter { $0.stream == events.first?.stream }
    let isUnbroken = zip(stream, stream.dropFirst()).allSatisfy { $1.previous == $0.index }
    return isUnbroken
      ? """
      Nothing happened to this connection between \(first) and \(last): each names the one before
      """ : "Other events of this connection lie between \(first) and \(last)"
  }

  private var askedHead: String {
    let index = events.first { $0.payload.kind == .intended }?.index
    return "Asked for" + (index.map { ", intended at \($0)" } ?? "")
  }

  private func readSaying(_ reading: Reading?) -> String {
    switch reading?.source {
    case .get?: ", read"
    case .answer?: ", in Okta's answer"
    case .journal?: ", known"
    case Reading.Source.none?: ", not known"
    case nil: ""
    }
  }

  // MARK: - Before, asked for, after

  private static let visible: [ConnectionField] = [
    .status, .authScheme, .baseURL, .clientID, .rotationMode,
  ]

  private var unasked: [ConnectionField] {
    guard let command = item.intent?.command, let before = item.before, let after = item.after
    else { return [] }
    return Self.visible.filter {
      before[$0] != after[$0] && !command.names($0) && !before.leaves($0, by: after)
    }
  }

  private var fields: Markup {
    guard let intent = item.intent else { return .nothing }
    let moved = Set(unasked)
    let order =
      Self.visible.filter { moved.contains($0) }
      + Self.visible.filter { !moved.contains($0) }
    var out = order.map { field -> Markup in
      let (before, after) = (item.before, item.after)
      let same = before != nil && before?[field] == after?[field]
      let mono: Markup = field.isMono ? " mono" : ""
      let style: Markup =
        moved.contains(field)
        ? " class=\"unasked\"" : same ? "" : after == nil ? "" : " class=\"moved\""
      let soft: Markup = same ? "same" : ""
      let monoClass: Markup = field.isMono ? " class=\"mono\"" : ""
      return """
        <tr\(style)><th scope="row">\(field.word)</th>\
        <td data-label="Before" class="\(soft)\(mono)">\
        \(Self.shown(before, field, "not known"))</td>\
        <td data-label="Asked for"\(intent.command.names(field) ? monoClass : "")>\
        \(asked(field, intent.command))</td>\
        <td data-label="After" class="\(soft)\(mono)">\(Self.shown(after, field, unread))\
        \(moved.contains(field) ? Self.explanation(field) : "")</td></tr>

        """
    }.joined()
    out += secretRow(intent)
    return out
  }

  /// Why no state after it is shown.
  private var unread: String {
    switch item.ending {
    case .resolved(.applied) where item.isRuled: "as asked for, by a ruling"
    case .resolved(.notApplied) where item.isRuled: "as before, by a ruling"
    case .resolved(.superseded): "not read, superseded"
    case .refused, .notSent: "not read"
    case .succeeded: "not read back"
    default: "not known"
    }
  }

  private static func shown(
    _ state: ConnectionState?, _ field: ConnectionField, _ absent: String
  ) -> Markup {
    guard let state else { return Signs.unknown(absent) }
    return state[field].map { "\($0)" } ?? Signs.empty
  }

  private func asked(_ field: ConnectionField, _ command: ConnectionCommand) -> Markup {
    guard command.names(field) else { return Signs.notInRequest }
    switch (field, command) {
    case (.status, .deactivate): return "DISABLED"
    case (.status, _): return "ENABLED"
    case (.authScheme, _): return "\(content?.authScheme ?? "")"
    case (.baseURL, _): return "\(content?.baseURL ?? "")"
    case (.clientID, _): return "\(content?.clientID ?? "")"
    case (.rotationMode, _): return "\(content?.rotationMode ?? "")"
    case (.token, _): return .nothing
    }
  }

  private static func explanation(_ field: ConnectionField) -> Markup {
    switch field {
    case .status: "<span class=\"under\">Okta disables on a plain update</span>"
    case .rotationMode: "<span class=\"under\">Okta reads a missing value as MANUAL</span>"
    default: ""
    }
  }

  private func secretRow(_ intent: Intent) -> Markup {
    let asked =
      (content?.secrets ?? []).map { secret -> Markup in
        "\(secret.field == .adminPassword ? "password " : "")\(Signs.seal(secret.fingerprint))"
      }.joined(" ")
    return """
      <tr><th scope="row">Secret</th><td data-label="Before" class="same">never shown by Okta</td>\
      <td data-label="Asked for">\(asked.isEmpty ? Signs.notInRequest : asked)</td>\
      <td data-label="After" class="same">never shown by Okta</td></tr>

      """
  }
}

extension ConnectionState {
  /// The field belongs to one of two schemes alone, so it comes or goes with the scheme.
  func leaves(_ field: ConnectionField, by after: ConnectionState) -> Bool {
    authScheme != after.authScheme && field != .status
      && (self[field] == nil || after[field] == nil)
  }

  subscript(field: ConnectionField) -> String? {
    switch field {
    case .status: status
    case .authScheme: authScheme
    case .baseURL: baseURL
    case .clientID: clientID
    case .rotationMode: rotationMode
    case .token: nil
    }
  }
}

extension ConnectionCommand.Kind {
  var past: String {
    switch self {
    case .update: "updated"
    case .activate: "activated"
    case .deactivate: "deactivated"
    case .verify: "verified the consent of"
    }
  }
}
