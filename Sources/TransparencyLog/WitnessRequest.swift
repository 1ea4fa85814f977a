/// What a log asks a witness with (c2sp.org/tlog-witness, `add-checkpoint`): here is a new head,
/// and the proof that it grew out of the one that you saw last.
package struct WitnessRequest: Hashable, Sendable {
  package var oldSize: Int
  package var proof: [NodeHash]
  /// A signed note.
  package var checkpoint: [UInt8]

  package init(oldSize: Int, proof: [NodeHash], checkpoint: [UInt8]) {
    self.oldSize = oldSize
    self.proof = proof
    self.checkpoint = checkpoint
  }

  /// As many proof lines as a request may have.
  private static let maximumHashes = 63

  package var bytes: [UInt8] {
    let lines = ["old \(oldSize)"] + proof.map(\.base64)
    return Array((lines.joined(separator: "\n") + "\n\n").utf8) + checkpoint
  }

  package init(parsing bytes: [UInt8]) throws(WitnessRequestFault) {
    var rest = bytes[...]
    func line(_ rest: inout ArraySlice<UInt8>) throws(WitnessRequestFault) -> ArraySlice<UInt8> {
      guard let end = rest.firstIndex(of: 0x0A) else { throw .cut }
      defer { rest = rest[(end + 1)...] }
      return rest[..<end]
    }
    let first = try line(&rest)
    guard first.starts(with: "old ".utf8), let size = Decimal.number(first.dropFirst(4)) else {
      throw .badOldSize
    }
    oldSize = size
    proof = []
    while true {
      let next = try line(&rest)
      if next.isEmpty { break }
      guard proof.count < Self.maximumHashes, let hash = NodeHash(base64: Array(next)) else {
        throw .badProof
      }
      proof.append(hash)
    }
    checkpoint = Array(rest)
  }
}

package enum WitnessRequestFault: Error, Hashable, Sendable {
  case cut
  case badOldSize
  case badProof
}
