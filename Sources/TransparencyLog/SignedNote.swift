/// A text with signatures under it (c2sp.org/signed-note). Reading one checks its form alone; what
/// it says is worth nothing until a key has confirmed it.
package struct SignedNote: Hashable, Sendable {
  /// Ends with a line feed.
  package let text: [UInt8]
  package private(set) var signatures: [NoteSignature]

  /// Larger ones are not read.
  package static let maximumBytes = 1_000_000
  private static let maximumSignatures = 100

  /// - Parameter text: lines without control characters, each ended by a line feed.
  package init(text: [UInt8], signatures: [NoteSignature]) {
    precondition(text.last == 0x0A, "the text of a note ends with a line feed")
    self.text = text
    self.signatures = signatures
  }

  package init(parsing bytes: [UInt8]) throws(NoteFault) {
    guard bytes.count <= Self.maximumBytes else { throw .tooLarge }
    guard String(validating: bytes, as: UTF8.self) != nil else { throw .notUTF8 }
    guard bytes.allSatisfy({ $0 >= 0x20 || $0 == 0x0A }) else { throw .controlCharacter }
    // Split at the last empty line.
    guard
      let split = bytes.indices.dropLast().last(where: { place in
        bytes[place] == 0x0A && bytes[place + 1] == 0x0A
      })
    else { throw .noSignatures }
    guard bytes.last == 0x0A, split + 2 < bytes.count else { throw .noSignatures }
    text = Array(bytes[...split])
    let lines = bytes[(split + 2)...].dropLast().split(
      separator: 0x0A, omittingEmptySubsequences: false)
    guard lines.count <= Self.maximumSignatures else { throw .tooLarge }
    signatures = []
    for line in lines { signatures.append(try NoteSignature(line: Array(line))) }
  }

  package var bytes: [UInt8] { text + [0x0A] + signatures.flatMap(\.line) }

  /// The same note with one more signature.
  package func adding(_ more: [NoteSignature]) -> SignedNote {
    SignedNote(text: text, signatures: signatures + more.filter { !signatures.contains($0) })
  }

  /// What a key says to this note. One signature that is named after the key and false spoils all:
  /// somebody changed the note, or claims to be that key.
  package func check(_ key: VerificationKey) -> Check {
    let named = signatures.filter { key.isNamed(by: $0) }
    guard !named.isEmpty else { return .absent }
    var seconds: UInt64?
    for signature in named {
      switch key.algorithm {
      case .ed25519:
        guard key.isValid(signature.bytes, for: text) else { return .isFalse }
      case .ed25519Cosignature:
        guard let cosignature = Cosignature(signature),
          key.isValid(
            cosignature.signature, for: Cosignature.message(text, at: cosignature.seconds))
        else { return .isFalse }
        seconds = max(seconds ?? 0, cosignature.seconds)
      }
    }
    return .valid(seconds: seconds)
  }

  package enum Check: Hashable, Sendable {
    /// With a cosignature's time, in seconds since 1970.
    case valid(seconds: UInt64?)
    case absent
    case isFalse
  }
}

/// A line under a note: who, with which key, and the signature.
package struct NoteSignature: Hashable, Sendable {
  package let name: String
  package let keyID: UInt32
  package let bytes: [UInt8]

  package init(name: String, keyID: UInt32, bytes: [UInt8]) {
    self.name = name
    self.keyID = keyID
    self.bytes = bytes
  }

  /// U+2014 and a space.
  private static let mark: [UInt8] = [0xE2, 0x80, 0x94, 0x20]

  /// - Parameter line: without its line feed.
  package init(line: [UInt8]) throws(NoteFault) {
    guard line.starts(with: Self.mark) else { throw .badSignatureLine }
    let rest = line.dropFirst(Self.mark.count)
    guard let space = rest.firstIndex(of: 0x20) else { throw .badSignatureLine }
    let name = String(decoding: rest[..<space], as: UTF8.self)
    guard VerificationKey.isName(name),
      let decoded = Base64.decode(Array(rest[(space + 1)...])), decoded.count > 4
    else { throw .badSignatureLine }
    self.init(
      name: name, keyID: decoded.prefix(4).reduce(0) { $0 << 8 | UInt32($1) },
      bytes: Array(decoded.dropFirst(4)))
  }

  /// With its line feed.
  package var line: [UInt8] {
    let id = (0..<4).map { UInt8(truncatingIfNeeded: keyID >> (24 - 8 * $0)) }
    return Self.mark + Array("\(name) \(Base64.encode(id + bytes))\n".utf8)
  }
}

/// Why bytes are no signed note.
package enum NoteFault: Error, Hashable, Sendable, CustomStringConvertible {
  case tooLarge
  case notUTF8
  case controlCharacter
  case noSignatures
  case badSignatureLine

  package var description: String {
    switch self {
    case .tooLarge: "it is larger than a signed note may be"
    case .notUTF8: "it is not UTF-8"
    case .controlCharacter: "it has a control character"
    case .noSignatures: "there are no signatures after an empty line at its end"
    case .badSignatureLine: "a line under it is not `— NAME BASE64`"
    }
  }
}
