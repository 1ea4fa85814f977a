import Testing

@testable import TransparencyLog

@Suite struct `A signed note` {
  /// The example of the standard's authors.
  static let vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
  static let text = "This is an example message.\n"
  static let line =
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuw"
    + "HjG1Yu72IneyaQM=\n"
  static let example = text + "\n" + line

  @Test func `of the standard is read, confirmed, and written as it was`() throws {
    let key = try VerificationKey(Self.vkey)
    #expect(key.name == "example.com/foo")
    #expect(key.id == 0x530d_903a)
    #expect(key.description == Self.vkey)
    let note = try SignedNote(parsing: Array(Self.example.utf8))
    #expect(note.text == Array(Self.text.utf8))
    #expect(note.check(key) == .valid(seconds: nil))
    #expect(note.bytes == Array(Self.example.utf8))
  }

  @Test func `is not confirmed when any byte of it is another one`() throws {
    let key = try VerificationKey(Self.vkey)
    let bytes = Array(Self.example.utf8)
    for place in bytes.indices {
      var altered = bytes
      altered[place] ^= 0x01
      guard let note = try? SignedNote(parsing: altered) else { continue }
      #expect(note.check(key) != .valid(seconds: nil), "byte \(place)")
    }
  }

  @Test func `has what unknown keys say passed over, and a false signature of ours not`() throws {
    let signer = try LogSigner(name: "log.example/x", seed: Array(1...32))
    let text = Array("a\n\nb\n".utf8)
    let good = try signer.sign(text)
    let foreign = NoteSignature(name: "somebody", keyID: 7, bytes: [1, 2, 3])
    let note = SignedNote(text: text, signatures: [foreign, good])
    let read = try SignedNote(parsing: note.bytes)
    #expect(read == note)
    #expect(read.check(signer.key) == .valid(seconds: nil))
    let other = try LogSigner(name: "log.example/x", seed: Array(2...33)).key
    #expect(read.check(other) == .absent)
    let forged = NoteSignature(
      name: good.name, keyID: good.keyID, bytes: [UInt8](repeating: 1, count: 64))
    #expect(note.adding([forged]).check(signer.key) == .isFalse)
    #expect(note.adding([good]) == note)
  }

  static let faulty: [(String, NoteFault)] = [
    ("", .noSignatures), ("a\n", .noSignatures), ("a\n\n", .noSignatures),
    (text + line, .noSignatures), (String(example.dropLast()), .noSignatures),
    (example + "\n", .noSignatures), ("a\r\n\n" + line, .controlCharacter),
    ("a\u{0}\n\n" + line, .controlCharacter), (text + "\n- a Uw2QOkn8\n", .badSignatureLine),
    (text + "\n— a\n", .badSignatureLine), (text + "\n— a+b Uw2QOkn8\n", .badSignatureLine),
    (text + "\n—  Uw2QOkn8\n", .badSignatureLine), (text + "\n— a Uw2QOg==\n", .badSignatureLine),
    (text + "\n— a Uw2QOkn\n", .badSignatureLine), (text + "\n— a Uw2QOkn8 \n", .badSignatureLine),
    (text + "\n— a\u{A0}b Uw2QOkn8\n", .badSignatureLine),
    (text + "\n" + String(repeating: line, count: 101), .tooLarge),
  ]

  @Test(arguments: faulty)
  func `is nothing else`(text: String, fault: NoteFault) {
    #expect(throws: fault) { try SignedNote(parsing: Array(text.utf8)) }
  }

  @Test func `is UTF-8, and not too large`() {
    #expect(throws: NoteFault.notUTF8) {
      try SignedNote(parsing: [0xFF] + Array(Self.example.utf8))
    }
    #expect(throws: NoteFault.tooLarge) {
      try SignedNote(parsing: [UInt8](repeating: 0x61, count: 1_000_001))
    }
  }

  @Test func `takes sixteen signatures and more`() throws {
    let note = Self.text + "\n" + String(repeating: Self.line, count: 16)
    #expect(try SignedNote(parsing: Array(note.utf8)).signatures.count == 16)
  }
}

@Suite struct `A verification key` {
  static let faulty: [(String, VerificationKeyFault)] = [
    ("", .notAKey), ("a", .notAKey), ("a+530d903a", .notAKey),
    ("example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", .wrongID("530d903a")),
    ("example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", .wrongID("530d903a")),
    ("+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", .badName),
    ("a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", .badName),
    ("a+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2", .badKey),
    ("a+530d903a+AQ==", .badKey), ("a+530d903a+", .badKey),
    ("a+530d903a+BukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", .unknownAlgorithm(6)),
  ]

  @Test(arguments: faulty)
  func `is nothing else`(text: String, fault: VerificationKeyFault) {
    #expect(throws: fault) { try VerificationKey(text) }
  }

  @Test func `may have a plus sign in its base64`() throws {
    for seed in 0..<40 {
      let key = try LogSigner(name: "log", seed: Array(repeating: UInt8(seed), count: 32)).key
      #expect(try VerificationKey(key.description) == key)
    }
  }
}

@Suite struct `Bytes in base64` {
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
  ])
  func `has the vectors of RFC 4648`(clear: String, text: String) {
    #expect(Base64.encode(Array(clear.utf8)) == text)
    #expect(Base64.decode(text) == Array(clear.utf8))
  }

  @Test(arguments: [
    "Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "=Zg=", "Zg==Zg==", "Zm 9v", "Zm9v\n", "Zm-_",
    "====",
  ])
  func `has one text for each value`(text: String) {
    #expect(Base64.decode(text) == nil)
  }

  @Test func `comes back for all lengths`() {
    for count in 0..<100 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + count) }
      #expect(Base64.decode(Base64.encode(bytes)) == bytes)
    }
  }
}
