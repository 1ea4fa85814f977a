/// Whom a reader believes: which logs, and which witnesses must have cosigned
/// (c2sp.org/tlog-policy).
package struct TrustPolicy: Hashable, Sendable {
  package private(set) var logs: [VerificationKey] = []
  /// Names are octets, compared as they are.
  private var members: [[UInt8]: Member] = [:]
  private var witnesses: [VerificationKey] = []
  private var quorum: [UInt8]?

  private enum Member: Hashable, Sendable {
    case witness(VerificationKey)
    case group(atLeast: Int, of: [[UInt8]])
  }

  /// One log, and no witness needed.
  package init(log: VerificationKey) { logs = [log] }

  /// The same with another log, for a policy that names none.
  package func believing(_ log: VerificationKey) -> TrustPolicy {
    var policy = self
    if !policy.logs.contains(log) { policy.logs.append(log) }
    return policy
  }

  /// Opens a checkpoint, if a known log has signed it and the quorum has cosigned it.
  package func open(_ bytes: [UInt8]) throws(CheckpointFault) -> CheckedCheckpoint {
    let opened = try CheckedCheckpoint(bytes, logs: logs, witnesses: witnesses)
    guard let quorum else { return opened }
    let cosigned = Set(opened.cosignatures.map(\.witness))
    guard isReached(quorum, cosigned) else {
      throw .quorumMissing(
        quorum: String(decoding: quorum, as: UTF8.self), cosigned: cosigned.map(\.name).sorted())
    }
    return opened
  }

  private func isReached(_ name: [UInt8], _ cosigned: Set<VerificationKey>) -> Bool {
    switch members[name] {
    case .witness(let key): cosigned.contains(key)
    case .group(let least, let names): names.count { isReached($0, cosigned) } >= least
    case nil: false
    }
  }
}

// MARK: - The file

extension TrustPolicy {
  package init(parsing bytes: [UInt8]) throws(TrustPolicyFault) {
    var hasQuorum = false
    var isMember: Set<[UInt8]> = []
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() {
      func wrong(_ reason: String) -> TrustPolicyFault { .init(line: number + 1, reason: reason) }
      guard line.allSatisfy({ $0 == 0x09 || $0 >= 0x20 && $0 != 0x7F }) else {
        throw wrong("it has a control character")
      }
      let words = line.split { $0 == 0x20 || $0 == 0x09 }.map(Array.init)
      guard let first = words.first, first.first != UInt8(ascii: "#") else { continue }
      let rest = Array(words.dropFirst())
      do throws(Reason) {
        switch String(decoding: first, as: UTF8.self) {
        case "log": try addLog(rest)
        case "witness": try addWitness(rest)
        case "group": try addGroup(rest, &isMember)
        case "quorum":
          guard !hasQuorum else { throw Reason("there is a quorum already") }
          hasQuorum = true
          try setQuorum(rest)
        case let word: throw Reason("it begins with \(word)")
        }
      } catch { throw wrong(error.text) }
    }
    guard hasQuorum else { throw .init(line: lines.count, reason: "there is no quorum line") }
  }

  private struct Reason: Error {
    var text: String
    init(_ text: String) { self.text = text }
  }

  private func key(
    _ word: [UInt8], _ algorithm: VerificationKey.Algorithm
  ) throws(Reason) -> VerificationKey {
    let key: VerificationKey
    do throws(VerificationKeyFault) {
      key = try VerificationKey(String(decoding: word, as: UTF8.self))
    } catch { throw Reason("\(error)") }
    guard key.algorithm == algorithm else {
      throw Reason("the key \(key.name) is not of the kind that is needed here")
    }
    return key
  }

  private mutating func addLog(_ words: [[UInt8]]) throws(Reason) {
    guard (1...2).contains(words.count) else { throw Reason("a log has a key and maybe a URL") }
    let key = try key(words[0], .ed25519)
    guard !logs.contains(where: { $0.publicKey == key.publicKey }) else {
      throw Reason("this log's key is there already")
    }
    logs.append(key)
  }

  private mutating func addWitness(_ words: [[UInt8]]) throws(Reason) {
    guard (2...3).contains(words.count) else {
      throw Reason("a witness has a name, a key and maybe a URL")
    }
    let key = try key(words[1], .ed25519Cosignature)
    guard !witnesses.contains(where: { $0.publicKey == key.publicKey }) else {
      throw Reason("this witness's key is there already")
    }
    try define(words[0], .witness(key))
    witnesses.append(key)
  }

  private mutating func addGroup(
    _ words: [[UInt8]], _ isMember: inout Set<[UInt8]>
  ) throws(Reason) {
    guard words.count >= 3 else { throw Reason("a group has a name, a number and members") }
    let names = Array(words[2...])
    for name in names {
      guard members[name] != nil else { throw Reason("a member is not defined above") }
      guard isMember.insert(name).inserted else { throw Reason("a name is a member twice") }
    }
    let least: Int?
    switch String(decoding: words[1], as: UTF8.self) {
    case "any": least = 1
    case "all": least = names.count
    default: least = Decimal.number(words[1])
    }
    guard let least, (1...names.count).contains(least) else {
      throw Reason("the number of members is all, any, or from 1 to \(names.count)")
    }
    try define(words[0], .group(atLeast: least, of: names))
  }

  private mutating func setQuorum(_ words: [[UInt8]]) throws(Reason) {
    guard words.count == 1 else { throw Reason("a quorum has one name") }
    guard words[0] != Self.none else { return }
    guard members[words[0]] != nil else { throw Reason("the quorum is not defined above") }
    quorum = words[0]
  }

  private mutating func define(_ name: [UInt8], _ member: Member) throws(Reason) {
    guard name != Self.none, members[name] == nil else { throw Reason("the name is taken") }
    members[name] = member
  }

  private static let none = Array("none".utf8)
}

/// Why a file is no policy. A line that is not understood ends the reading: what it was to demand
/// would go undemanded.
package struct TrustPolicyFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// From 1.
  package var line: Int
  package var reason: String

  package var description: String { "line \(line) of the policy: \(reason)" }
}
