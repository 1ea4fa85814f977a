/// That one entry is in a log, with all that is needed to check it (c2sp.org/tlog-proof).
package struct LogProof: Hashable, Sendable {
  /// What the application adds; not authenticated by itself. We put the entry here, which the proof
  /// then confirms or not.
  package var extra: [UInt8]?
  package var index: Int
  package var hashes: [NodeHash]
  /// A signed note.
  package var checkpoint: [UInt8]

  package init(extra: [UInt8]?, index: Int, hashes: [NodeHash], checkpoint: [UInt8]) {
    self.extra = extra
    self.index = index
    self.hashes = hashes
    self.checkpoint = checkpoint
  }

  package static let header = "c2sp.org/tlog-proof@v1"

  package var bytes: [UInt8] {
    var lines = [Self.header]
    if let extra { lines.append("extra " + Base64.encode(extra)) }
    lines.append("index \(index)")
    lines += hashes.map(\.base64)
    return Array((lines.joined(separator: "\n") + "\n\n").utf8) + checkpoint
  }

  package init(parsing bytes: [UInt8]) throws(LogProofFault) {
    var rest = bytes[...]
    func line(_ rest: inout ArraySlice<UInt8>) throws(LogProofFault) -> ArraySlice<UInt8> {
      guard let end = rest.firstIndex(of: 0x0A) else { throw .cut }
      defer { rest = rest[(end + 1)...] }
      return rest[..<end]
    }
    guard try line(&rest).elementsEqual(Self.header.utf8) else { throw .notAProof }
    var next = try line(&rest)
    if next.starts(with: "extra ".utf8) {
      guard let extra = Base64.decode(Array(next.dropFirst(6))) else { throw .badLine("extra") }
      self.extra = extra
      next = try line(&rest)
    }
    guard next.starts(with: "index ".utf8), let index = Decimal.number(next.dropFirst(6)) else {
      throw .badLine("index")
    }
    self.index = index
    hashes = []
    next = try line(&rest)
    while !next.isEmpty {
      guard let hash = NodeHash(base64: Array(next)) else { throw .badLine("a hash") }
      // No tree that fits this machine is higher.
      guard hashes.count < Int.bitWidth else { throw .badLine("a hash too many") }
      hashes.append(hash)
      next = try line(&rest)
    }
    checkpoint = Array(rest)
  }

  /// Checks the proof of an entry against a policy.
  ///
  /// - Returns: the checkpoint that it was checked against.
  package func check(
    entry: [UInt8], _ policy: TrustPolicy
  ) throws(LogProofFault) -> CheckedCheckpoint {
    let opened: CheckedCheckpoint
    do throws(CheckpointFault) { opened = try policy.open(checkpoint) } catch {
      throw .checkpoint(error)
    }
    let size = opened.checkpoint.size
    guard index < size else { throw .beyondTree(index: index, size: size) }
    let proof = InclusionProof(index: index, size: size, hashes: hashes)
    guard proof.root(from: .leaf(entry)) == opened.checkpoint.root else {
      throw .otherEntry(index: index)
    }
    return opened
  }
}

/// Why a proof proves nothing.
package enum LogProofFault: Error, Hashable, Sendable, CustomStringConvertible {
  case notAProof
  case cut
  case badLine(String)
  case checkpoint(CheckpointFault)
  case beyondTree(index: Int, size: Int)
  /// The hashes do not lead from this entry at this index to the checkpoint's root.
  case otherEntry(index: Int)

  package var description: String {
    switch self {
    case .notAProof: "the file does not begin with \(LogProof.header)"
    case .cut: "the proof ends in the middle"
    case .badLine(let name): "the proof cannot be read where \(name) is due"
    case .checkpoint(let fault): "\(fault)"
    case .beyondTree(let index, let size):
      "the proof is of index \(index), and the checkpoint's tree has \(size) entries"
    case .otherEntry(let index):
      """
      the proof does not lead to the checkpoint's root: it is not of this entry at index \(index), \
      or one of them was altered
      """
    }
  }
}
