/// The head of a log, as its text says it (c2sp.org/tlog-checkpoint). Anybody can write one; only a
/// `CheckedCheckpoint` was confirmed by a key.
package struct Checkpoint: Hashable, Sendable {
  package var origin: String
  package var size: Int
  package var root: NodeHash
  /// Lines after the root; we write none, and read past those of others.
  package var extensions: [String]

  package init(origin: String, size: Int, root: NodeHash) {
    self.origin = origin
    self.size = size
    self.root = root
    extensions = []
  }

  package init(text: [UInt8]) throws(CheckpointFault) {
    guard text.last == 0x0A else { throw .malformed("its text does not end with a line") }
    let lines = text.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false)
    guard lines.count >= 3 else { throw .malformed("it has fewer than three lines") }
    origin = String(decoding: lines[0], as: UTF8.self)
    guard !origin.isEmpty else { throw .malformed("its first line, the origin, is empty") }
    guard let size = Decimal.number(lines[1]) else {
      throw .malformed("its second line is no tree size")
    }
    guard lines[2].count == 44, let root = NodeHash(base64: Array(lines[2])) else {
      throw .malformed("its third line is no root hash in base64")
    }
    guard size > 0 || root == .emptyRoot else {
      throw .malformed("its root is not that of an empty tree")
    }
    guard !lines.dropFirst(3).contains(where: \.isEmpty) else {
      throw .malformed("one of its extension lines is empty")
    }
    self.size = size
    self.root = root
    extensions = lines.dropFirst(3).map { String(decoding: $0, as: UTF8.self) }
  }

  /// With the line feed of the last line.
  package var text: [UInt8] {
    Array(([origin, String(size), root.base64] + extensions).joined(separator: "\n").utf8)
      + [0x0A]
  }
}

/// A checkpoint that a log's key has confirmed, and those witnesses that were asked for.
package struct CheckedCheckpoint: Hashable, Sendable {
  package let checkpoint: Checkpoint
  package let note: SignedNote
  package let log: VerificationKey
  package let cosignatures: [Confirmation]

  package struct Confirmation: Hashable, Sendable {
    package let witness: VerificationKey
    /// When the witness saw it, in seconds since 1970, by its own clock.
    package let seconds: UInt64
  }

  /// Opens a checkpoint with the key of the one log that it may come from.
  package init(_ bytes: [UInt8], log: VerificationKey) throws(CheckpointFault) {
    try self.init(bytes, logs: [log], witnesses: [])
  }

  /// - Parameters:
  ///   - logs: the checkpoint must come from one of them.
  ///   - witnesses: those of them that have cosigned are named in `cosignatures`.
  init(
    _ bytes: [UInt8], logs: [VerificationKey], witnesses: [VerificationKey]
  ) throws(CheckpointFault) {
    let note: SignedNote
    do throws(NoteFault) { note = try SignedNote(parsing: bytes) } catch {
      throw .malformed("\(error)")
    }
    let checkpoint = try Checkpoint(text: note.text)
    // The origin is the name of the log's key: that is how one log's key cannot speak for another.
    let named = logs.filter { $0.name.utf8.elementsEqual(checkpoint.origin.utf8) }
    guard !named.isEmpty else {
      throw .otherLog(origin: checkpoint.origin, expected: logs.map(\.name))
    }
    var confirmedBy: VerificationKey?
    for log in named {
      switch note.check(log) {
      case .valid: confirmedBy = confirmedBy ?? log
      case .isFalse: throw .falseSignature(of: log.name)
      case .absent: break
      }
    }
    guard let log = confirmedBy else { throw .otherKey(origin: checkpoint.origin) }
    var cosignatures: [Confirmation] = []
    for witness in witnesses {
      switch note.check(witness) {
      case .valid(let seconds?):
        cosignatures.append(Confirmation(witness: witness, seconds: seconds))
      case .isFalse: throw .falseSignature(of: witness.name)
      case .valid(nil), .absent: break
      }
    }
    self.checkpoint = checkpoint
    self.note = note
    self.log = log
    self.cosignatures = cosignatures
  }
}

/// Why a checkpoint is not believed.
package enum CheckpointFault: Error, Hashable, Sendable, CustomStringConvertible {
  case malformed(String)
  case otherLog(origin: String, expected: [String])
  /// The origin is the right one, and none of its signatures is by the key that was given.
  case otherKey(origin: String)
  case falseSignature(of: String)
  /// The log signed it, and too few witnesses did.
  case quorumMissing(quorum: String, cosigned: [String])

  package var description: String {
    switch self {
    case .malformed(let reason): "this is no checkpoint: \(reason)"
    case .otherLog(let origin, let expected):
      """
      this is a checkpoint of another log: of \(origin), and not of \
      \(expected.isEmpty ? "any that the policy names" : expected.joined(separator: " or "))
      """
    case .otherKey(let origin):
      "the checkpoint of \(origin) is not signed by this key: the key is a wrong one, or forged"
    case .falseSignature(let name):
      "the signature of \(name) is false: the checkpoint was altered, or never signed"
    case .quorumMissing(let quorum, let cosigned):
      """
      too few witnesses have cosigned it: the quorum \(quorum) is not reached; \
      \(cosigned.isEmpty ? "none" : cosigned.joined(separator: ", ")) of its own has
      """
    }
  }
}
