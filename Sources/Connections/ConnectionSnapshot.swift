/// One version of a connection as a reader of the history sees it: no secret, no reference to one.
package struct ConnectionSnapshot: Hashable, Sendable {
  package enum CredentialKind: String, Sendable {
    /// Set before Hindsight watched.
    case neverRecorded
    case recorded
    /// Somebody set it past Hindsight.
    case changedElsewhere
  }

  /// `nil` while no read has shown a state.
  package var state: ConnectionState?
  package var credentialKind: CredentialKind
  /// Of the token, or of the administrator's password; equal fingerprints mean equal secrets.
  package var fingerprint: String?
  /// When the credential in force was set.
  package var credentialVersion: Int?
  package var isCredentialCertain: Bool
  /// A command succeeded and no read has shown its effect.
  package var isUnconfirmed: Bool
  /// Commands that may have happened.
  package var doubts: [CommandID]
  /// The command by which a person's ruling says that the state came about.
  package var ruledBy: CommandID?

  package init(_ connection: Connection) {
    state = connection.known?.state
    isCredentialCertain = connection.isCredentialCertain
    isUnconfirmed = connection.isUnconfirmed
    doubts = connection.doubts.map(\.commandID)
    ruledBy = connection.ruledBy
    switch connection.credential {
    case .neverRecorded: credentialKind = .neverRecorded
    case .changedElsewhere(let version):
      credentialKind = .changedElsewhere
      credentialVersion = version
    case .recorded(let content, _, let version):
      credentialKind = .recorded
      credentialVersion = version
      fingerprint = (content.token ?? content.adminPassword)?.fingerprint
    }
  }

  package var canonicalBytes: [UInt8] {
    CanonicalWriter.object { writer in
      writer.boolean("certain", isCredentialCertain)
      writer.string("credential", credentialKind.rawValue)
      writer.integer("credentialVersion", credentialVersion)
      writer.strings("doubts", doubts.map(\.description))
      writer.string("fingerprint", fingerprint)
      writer.string("ruledBy", ruledBy?.description)
      if let state { writer.object("state") { state.write(to: &$0) } }
      writer.boolean("unconfirmed", isUnconfirmed)
    }
  }

  package init(canonicalBytes bytes: UnsafeRawBufferPointer) throws(EventFault) {
    self = try CanonicalReader.object(bytes) { (reader) throws(EventFault) in
      try ConnectionSnapshot(from: &reader)
    }
  }

  private init(from reader: inout CanonicalReader) throws(EventFault) {
    isCredentialCertain = try reader.boolean("certain")
    credentialKind = try reader.word("credential", of: CredentialKind.self)
    credentialVersion = try reader.optionalInteger("credentialVersion")
    doubts = try reader.strings("doubts").map { (word) throws(EventFault) in
      guard let id = UUIDv7(word) else { throw .unknownWord(field: "doubts", word: word) }
      return id
    }
    fingerprint = try reader.optionalString("fingerprint")
    ruledBy = try reader.optionalID("ruledBy")
    state = try reader.optionalObject("state") { (reader) throws(EventFault) in
      try ConnectionState(from: &reader)
    }
    isUnconfirmed = try reader.boolean("unconfirmed")
  }
}
