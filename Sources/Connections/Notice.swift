/// What is recorded beside the changes themselves: who signed in to look, who was not let, when
/// nobody had watched, and how an app is called. The stream `access` tells it.
package enum Notice: Hashable, Sendable {
  /// The holder of this token signed in to the console.
  case signedIn(tokenID: UUIDv7)
  /// Somebody known wanted to do this, for which another role is needed. Nothing was done.
  case denied(deed: String, needed: Role)
  /// Hindsight watches again. It had last been seen running at this moment, so that what lies
  /// between was not watched.
  case watchResumed(lastSeenAt: Instant)
  /// An app's label, and the kind of app that it is, as Okta shows them; recorded when they are
  /// first seen and when they change.
  case appLabelled(AppID, label: String, name: String?)

  package var kind: EventPayload.Kind {
    switch self {
    case .signedIn: .signedIn
    case .denied: .denied
    case .watchResumed: .watchResumed
    case .appLabelled: .appLabelled
    }
  }

  init(
    kind: EventPayload.Kind, from reader: inout CanonicalReader
  ) throws(EventFault) {
    switch kind {
    case .signedIn: self = .signedIn(tokenID: try reader.id("tokenId"))
    case .denied:
      let deed = try reader.string("deed")
      self = .denied(deed: deed, needed: try reader.word("needed", of: Role.self))
    case .watchResumed:
      guard let seen = try reader.optionalInstant("lastSeenAt") else {
        throw .malformed(offset: 0, expected: "the field \"lastSeenAt\"")
      }
      self = .watchResumed(lastSeenAt: seen)
    case .appLabelled:
      let app = AppID(recorded: try reader.string("appId"))
      let label = try reader.string("label")
      self = .appLabelled(app, label: label, name: try reader.optionalString("name"))
    default: throw .unknownWord(field: "type", word: kind.rawValue)
    }
  }

  func write(to writer: inout CanonicalWriter) {
    switch self {
    case .signedIn(let tokenID): writer.string("tokenId", tokenID.description)
    case .denied(let deed, let needed):
      writer.string("deed", deed)
      writer.string("needed", needed.rawValue)
    case .watchResumed(let seen): writer.string("lastSeenAt", seen.description)
    case .appLabelled(let app, let label, let name):
      writer.string("appId", app.description)
      writer.string("label", label)
      writer.string("name", name)
    }
  }
}
