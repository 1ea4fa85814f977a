/// What Okta shows of a connection. Everything but its secrets, which Okta never shows.
///
/// The words are kept as Okta sent them: a word that is new to us is history too.
package struct ConnectionState: Hashable, Sendable {
  /// `ENABLED`, `DISABLED`, or `UNKNOWN` for an app without provisioning.
  package var status: String
  /// `TOKEN`, `OAUTH2` or `UNKNOWN`.
  package var authScheme: String
  package var baseURL: String?
  package var clientID: String?
  /// `AUTO` or `MANUAL`; shown for Org2Org with OAuth alone.
  package var rotationMode: String?
  /// Okta offers a link by which a person can consent in a browser (a 3-legged OAuth app).
  package var offersConsent: Bool

  package init(
    status: String, authScheme: String, baseURL: String? = nil, clientID: String? = nil,
    rotationMode: String? = nil, offersConsent: Bool = false
  ) {
    self.status = status
    self.authScheme = authScheme
    self.baseURL = baseURL
    self.clientID = clientID
    self.rotationMode = rotationMode
    self.offersConsent = offersConsent
  }

  package var isEnabled: Bool { status == Word.enabled }

  /// The app has no provisioning; Okta answers 200 and 204 to everything and does nothing.
  package var isUnsupported: Bool { status == Word.unknown && authScheme == Word.unknown }

  package enum Word {
    package static let enabled = "ENABLED"
    package static let disabled = "DISABLED"
    package static let unknown = "UNKNOWN"
    package static let token = "TOKEN"
    package static let oauth2 = "OAUTH2"

    package static let statuses = [enabled, disabled, unknown]
    package static let schemes = [token, oauth2, unknown]
  }

  /// The same configuration, whatever the status. The offer of consent comes and goes with the
  /// status, so it is no part of the comparison.
  package func hasSameConfiguration(as other: ConnectionState) -> Bool {
    authScheme == other.authScheme && baseURL == other.baseURL && clientID == other.clientID
      && rotationMode == other.rotationMode
  }

  /// Nothing that a client sets is different.
  package func isSame(as other: ConnectionState) -> Bool {
    status == other.status && hasSameConfiguration(as: other)
  }
}

/// What was known of the state upstream around a call, and how it came to be known.
package struct Reading: Hashable, Sendable {
  package enum Source: String, Sendable {
    /// A GET for this purpose.
    case get
    /// Okta's own answer to the update.
    case answer
    /// The journal: a read so recent that it was not repeated.
    case journal
    /// No state is known; `note` says why.
    case none
  }

  package var source: Source
  package var state: ConnectionState?
  package var readAt: Instant?
  /// Why there is no state: `notFound`, `rateLimitLow`, `failed: …`.
  package var note: String?

  package init(source: Source, state: ConnectionState, readAt: Instant) {
    self.source = source
    self.state = state
    self.readAt = readAt
  }

  package init(without note: String) {
    source = .none
    self.note = note
  }

  private init(source: Source, state: ConnectionState?, readAt: Instant?, note: String?) {
    self.source = source
    self.state = state
    self.readAt = readAt
    self.note = note
  }
}

extension ConnectionState {
  func write(to writer: inout CanonicalWriter) {
    writer.string("authScheme", authScheme)
    writer.string("baseUrl", baseURL)
    writer.string("clientId", clientID)
    writer.boolean("offersConsent", offersConsent)
    writer.string("rotationMode", rotationMode)
    writer.string("status", status)
  }

  init(from reader: inout CanonicalReader) throws(EventFault) {
    authScheme = try reader.string("authScheme")
    baseURL = try reader.optionalString("baseUrl")
    clientID = try reader.optionalString("clientId")
    offersConsent = try reader.boolean("offersConsent")
    rotationMode = try reader.optionalString("rotationMode")
    status = try reader.string("status")
  }

  /// The canonical bytes, for a projection that keeps a state as one value.
  package var canonicalBytes: [UInt8] { CanonicalWriter.object { write(to: &$0) } }
}

extension Reading {
  func write(to writer: inout CanonicalWriter) {
    writer.string("note", note)
    writer.string("readAt", readAt?.description)
    writer.string("source", source.rawValue)
    if let state { writer.object("state") { state.write(to: &$0) } }
  }

  init(from reader: inout CanonicalReader) throws(EventFault) {
    let note = try reader.optionalString("note")
    let readAt = try reader.optionalInstant("readAt")
    let source = try reader.word("source", of: Source.self)
    let state = try reader.optionalObject("state") { (reader) throws(EventFault) in
      try ConnectionState(from: &reader)
    }
    self.init(source: source, state: state, readAt: readAt, note: note)
  }
}

extension CanonicalReader {
  mutating func word<Word: RawRepresentable<String>>(
    _ key: StaticString, of type: Word.Type
  ) throws(EventFault) -> Word {
    guard let word = try optionalWord(key, of: type) else {
      throw .malformed(offset: 0, expected: "the field \"\(key)\"")
    }
    return word
  }

  mutating func optionalWord<Word: RawRepresentable<String>>(
    _ key: StaticString, of type: Word.Type
  ) throws(EventFault) -> Word? {
    guard let text = try optionalString(key) else { return nil }
    guard let word = Word(rawValue: text) else { throw .unknownWord(field: "\(key)", word: text) }
    return word
  }
}
