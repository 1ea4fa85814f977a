import Connections
import Projections

/// The small parts of which all pages are made: a shape and a word for each meaning, so that colour
/// never stands alone, and a look of its own for each kind of nothing.
enum Signs {
  static func icon(_ name: Markup) -> Markup {
    "<svg class=\"icon\" aria-hidden=\"true\"><use href=\"#i-\(name)\"/></svg>"
  }

  static func badge(_ kind: Markup, _ iconName: Markup, _ word: String) -> Markup {
    "<span class=\"badge \(kind)\">\(icon(iconName))\(word)</span>"
  }

  static func badge(_ mark: Mark) -> Markup {
    switch mark {
    case .inDoubt: badge("doubt", "doubt", mark.word)
    case .awaitingConsent: badge("consent", "consent", mark.word)
    case .drift: badge("drift", "drift", mark.word)
    case .compromised: badge("compromised", "compromised", mark.word)
    case .refused: badge("refused", "refused", mark.word)
    case .rolledBack: badge("back", "back", mark.word)
    case .oldToken: badge("age", "age", mark.word)
    case .sharedToken: badge("same", "same", mark.word)
    case .neverChanged: badge("off", "off", mark.word)
    case .notReadBack: badge("unknown", "eye", mark.word)
    case .onARuling: badge("age", "ruled", mark.word)
    case .rollbackOpen: badge("back", "back", mark.word)
    }
  }

  static func status(_ status: String?) -> Markup {
    switch status {
    case ConnectionState.Word.enabled?: badge("on", "on", "Enabled")
    case ConnectionState.Word.disabled?: badge("off", "off", "Disabled")
    case nil, ConnectionState.Word.unknown?: badge("unknown", "unknown", "Unknown")
    case let other?: badge("unknown", "unknown", other)
    }
  }

  static func scheme(_ scheme: String?) -> Markup {
    guard let scheme, scheme != ConnectionState.Word.unknown else { return unknown("unknown") }
    return "\(scheme)"
  }

  static func badge(_ ending: HistoryItem.Ending) -> Markup {
    switch ending {
    case .open: badge("unknown", "unknown", "Running")
    case .succeeded: badge("done", "done", "Succeeded")
    case .refused: badge("refused", "refused", "Refused")
    case .notSent: badge("notsent", "notsent", "Not sent")
    case .inDoubt: badge("doubt", "doubt", "In doubt")
    case .resolved(let verdict):
      switch verdict {
      case .applied: badge("done", "done", "Resolved: applied")
      case .notApplied: badge("notsent", "notsent", "Resolved: not applied")
      case .noDifference: badge("done", "done", "Resolved: no difference")
      case .superseded: badge("notsent", "notsent", "Superseded")
      }
    }
  }

  // MARK: - Nothing, four times, and the seal

  static func unknown(_ word: String) -> Markup { "<span class=\"nil unknown\">\(word)</span>" }
  static let empty: Markup = "<span class=\"nil empty\">empty</span>"
  static let redacted: Markup = unknown("redacted")
  static let notObserved: Markup = "<span class=\"nil unobserved\">not observed</span>"
  static let notInRequest: Markup = "<span class=\"nil unsent\">not in the request</span>"

  static func seal(_ fingerprint: String) -> Markup {
    """
    <span class="seal" title="Sealed: \(fingerprint). Equal fingerprints mean the same secret.">\
    \(icon("seal"))\(String(fingerprint.prefix(8)))</span>
    """
  }

  static func value(_ value: FieldValue) -> Markup {
    switch value {
    case .text(let text): text.isEmpty ? empty : "\(text)"
    case .sealed(let fingerprint, let isCertain):
      isCertain ? seal(fingerprint) : "\(seal(fingerprint)) \(unknown("not certain"))"
    case .empty: empty
    case .unknown: unknown("unknown")
    case .notObserved: notObserved
    }
  }

  // MARK: - Time

  /// To the second; the exact moment stands in `datetime`.
  static func time(_ instant: Instant) -> Markup {
    "<time datetime=\"\(instant.description)\">\(Self.second(instant))</time>"
  }

  static func exactTime(_ instant: Instant) -> Markup {
    let text = instant.description.replacing("T", with: " ")
    return "<time datetime=\"\(instant.description)\">\(text)</time>"
  }

  static func second(_ instant: Instant) -> String {
    let text = instant.description
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))Z"
  }

  static func day(_ instant: Instant) -> String { String(instant.description.prefix(10)) }

  static func day(_ day: Int) -> String {
    Self.day(Instant(microseconds: Int64(day) * 86_400_000_000))
  }

  /// The two largest units, which come last: `7 h 30 min`.
  static func span(_ seconds: Int64) -> String {
    let seconds = max(0, seconds)
    switch seconds {
    case ..<60: return "\(seconds) s"
    case ..<3600: return "\(seconds / 60) min"
    case ..<86_400:
      let minutes = seconds % 3600 / 60
      return "\(seconds / 3600) h" + (minutes > 0 ? " \(minutes) min" : "")
    default:
      let hours = seconds % 86_400 / 3600
      let days = seconds / 86_400
      return "\(days) d" + (hours > 0 && days < 30 ? " \(hours) h" : "")
    }
  }

  static func span(from: Instant, to: Instant) -> String {
    span((to.microseconds - from.microseconds) / 1_000_000)
  }

  /// `863–865`
  static func count(_ count: Int, _ one: String, _ many: String) -> String {
    "\(count) \(count == 1 ? one : many)"
  }

  /// A number at the beginning of a headline.
  static func spelled(_ count: Int) -> String {
    let words = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"]
    return words.indices.contains(count) ? words[count] : String(count)
  }
}

extension Mark {
  var word: String {
    switch self {
    case .inDoubt: "In doubt"
    case .awaitingConsent: "Awaiting consent"
    case .drift: "Drift"
    case .compromised: "Compromised"
    case .refused: "Refused"
    case .rolledBack: "Rolled back"
    case .oldToken: "Old token"
    case .sharedToken: "Shared token"
    case .neverChanged: "Never changed"
    case .notReadBack: "Not read back"
    case .onARuling: "On a ruling"
    case .rollbackOpen: "Rollback open"
    }
  }
}

extension ConnectionField {
  var word: String {
    switch self {
    case .status: "Status"
    case .authScheme: "Scheme"
    case .baseURL: "Base URL"
    case .clientID: "Client id"
    case .rotationMode: "Key rotation"
    case .token: "Token"
    }
  }

  var isMono: Bool { self == .baseURL || self == .clientID }
}
