package import Connections
package import EventStore
package import TransparencyLog

/// What a log shows to whoever asks: the last checkpoint that was signed, and the tiles below it
/// (c2sp.org/tlog-tiles). What is not signed yet is not shown.
package struct PublishedLog: Sendable {
  private let reader: SQLiteJournalReader
  /// The witnesses that are shown each checkpoint.
  private let witnesses: [VerificationKey]
  /// How many of them are needed.
  package let witnessQuorum: Int

  package init(
    _ reader: SQLiteJournalReader, witnesses: [VerificationKey] = [], witnessQuorum: Int = 0
  ) {
    self.reader = reader
    self.witnesses = witnesses
    self.witnessQuorum = witnessQuorum
  }

  /// A witness and its last word.
  package struct WitnessStanding: Hashable, Sendable {
    package var name: String
    /// It is shown each checkpoint now.
    package var isAsked: Bool
    /// The size of the tree under which it put its name last, and when by its own clock; absent
    /// where it has not spoken lately.
    package var size: Int?
    package var at: Instant?

    package init(name: String, isAsked: Bool, size: Int? = nil, at: Instant? = nil) {
      self.name = name
      self.isAsked = isAsked
      self.size = size
      self.at = at
    }
  }

  /// Those that are asked, in the order in which they are named, then others that have spoken.
  package func witnessStandings() async throws(JournalFault) -> [WitnessStanding] {
    let words = try await reader.latestCosignatures()
    let asked = witnesses.map { key in
      Self.standing(key, words.first { $0.witness == key.description }, isAsked: true)
    }
    let known = Set(witnesses.map(\.description))
    let others = words.filter { !known.contains($0.witness) }.compactMap { word in
      (try? VerificationKey(word.witness)).map { Self.standing($0, word, isAsked: false) }
    }
    return asked + others.sorted { $0.name < $1.name }
  }

  /// In seconds since 1970; no clock says that.
  private static let yearTenThousand: UInt64 = 253_402_300_800

  private static func standing(
    _ key: VerificationKey, _ word: CosignatureRecord?, isAsked: Bool
  ) -> WitnessStanding {
    var standing = WitnessStanding(name: key.name, isAsked: isAsked, size: word?.checkpoint.size)
    if let word, let note = try? SignedNote(parsing: word.checkpoint.note),
      case .valid(let seconds?) = note.check(key), seconds < yearTenThousand
    {
      standing.at = Instant(microseconds: Int64(seconds) * 1_000_000)
    }
    return standing
  }

  package func checkpoint() async throws(JournalFault) -> [UInt8]? {
    try await reader.lastCheckpoint()?.note
  }

  /// - Returns: `nil` for a tile that the signed tree does not have, or not that much of it.
  package func contents(of path: TilePath) async throws(JournalFault) -> [UInt8]? {
    guard let size = try await reader.lastCheckpoint()?.size else { return nil }
    return try await reader.contents(of: path, in: size)
  }

  /// The root over the first events, signed or not; `nil` when there are fewer.
  package func root(ofFirst size: Int) async throws(JournalFault) -> NodeHash? {
    try await reader.root(ofFirst: size)
  }

  /// That an event is in the tree that was signed last: the proof, and what checking it shows.
  ///
  /// - Throws: `ProofFault`, and `LogExportFault` while nothing is signed.
  package func proof(of index: Int) async throws -> CheckedProof {
    let proof = try await ProofMaker(of: reader).proof(of: index)
    guard let entry = proof.extra, let record = try await reader.logKey() else {
      throw LogExportFault.nothingSigned
    }
    let opened = try proof.check(entry: entry, TrustPolicy(log: VerificationKey(record.vkey)))
    return CheckedProof(proof: proof, leaf: .leaf(entry), checkpoint: opened.checkpoint)
  }
}

/// A proof that leads from its entry to a root that the log's own key signed.
package struct CheckedProof: Sendable {
  package var proof: LogProof
  package var leaf: NodeHash
  package var checkpoint: Checkpoint
}
