import Connections
import Foundation
package import TransparencyLog

/// What became of checking one file with nothing but keys: offline, and without a data directory.
package struct Verdict: Sendable {
  /// What was found, a sentence a line.
  package var findings: [String] = []
  package var isSound: Bool
  /// The path that it is about.
  package var path = ""
  /// The one that it was checked against, where that could be believed.
  package var checkpoint: CheckedCheckpoint?
  /// Of an export, which can tell about earlier checkpoints.
  package var export: ExportedLog?

  init(sound findings: [String], _ checkpoint: CheckedCheckpoint, _ export: ExportedLog? = nil) {
    self.findings = findings + Self.sentences(checkpoint)
    isSound = true
    self.checkpoint = checkpoint
    self.export = export
  }

  init(wrong findings: [String], _ checkpoint: CheckedCheckpoint? = nil) {
    self.findings = findings
    isSound = false
    self.checkpoint = checkpoint
  }

  /// The root over its first events, as far as it can tell.
  func root(ofFirst size: Int) -> NodeHash? {
    if let export { return export.root(ofFirst: size) }
    return checkpoint?.checkpoint.size == size ? checkpoint?.checkpoint.root : nil
  }

  private static func sentences(_ checkpoint: CheckedCheckpoint) -> [String] {
    let head = checkpoint.checkpoint
    let others = checkpoint.note.signatures.count - 1 - checkpoint.cosignatures.count
    return [
      "signed by \(head.origin): \(head.size) events, root \(head.root.base64)"
    ]
      + checkpoint.cosignatures.map { cosignature in
        let time = Instant(microseconds: Int64(clamping: cosignature.seconds) * 1_000_000)
        return "cosigned by \(cosignature.witness.name), which saw it at \(time)"
      }
      + (others > 0
        ? ["not checked: \(others) more under it, whose keys no --policy names"] : [])
  }
}

/// Tells what a file is and checks it.
package struct LogCheck: Sendable {
  private let policy: TrustPolicy
  private let report: PackedReport

  /// - Parameter report: that of an evidence pack.
  package init(_ policy: TrustPolicy, _ report: PackedReport) {
    self.policy = policy
    self.report = report
  }

  /// - Parameters:
  ///   - path: a directory or a file.
  ///   - entry: the event that a proof is about, where it does not bring it along.
  package func verdict(on path: String, entry: [UInt8]? = nil) -> Verdict {
    var verdict = judge(path, entry)
    verdict.path = path
    return verdict
  }

  private func judge(_ path: String, _ entry: [UInt8]?) -> Verdict {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      return Verdict(wrong: ["there is no such file"])
    }
    if isDirectory.boolValue {
      guard !FileManager.default.fileExists(atPath: path + "/absence.proof") else {
        return Verdict(wrong: ["it is an unpacked pack: check the archive it came from"])
      }
      return export(path)
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      return Verdict(wrong: ["it cannot be read"])
    }
    let bytes = Array(data)
    if bytes.starts(with: LogProof.header.utf8) { return proof(bytes, entry) }
    if bytes.starts(with: AbsenceProof.header.utf8) { return absence(bytes) }
    if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return pack(bytes) }
    return note(bytes)
  }

  private func pack(_ bytes: [UInt8]) -> Verdict {
    let (findings, checkpoint, said) = EvidencePack.check(bytes, policy, report)
    guard let checkpoint, findings.isEmpty else { return Verdict(wrong: findings, checkpoint) }
    return Verdict(sound: said, checkpoint)
  }

  private func note(_ bytes: [UInt8]) -> Verdict {
    guard !bytes.isEmpty else { return Verdict(wrong: ["it is empty"]) }
    // A checkpoint is text, and names a log in its first line.
    guard bytes.prefix(300).contains(0x0A), String(validating: bytes, as: UTF8.self) != nil else {
      return Verdict(wrong: ["it is no checkpoint, proof, proof of absence, pack or export"])
    }
    do throws(CheckpointFault) {
      return Verdict(sound: [], try policy.open(bytes))
    } catch { return Verdict(wrong: ["\(error)"]) }
  }

  private func export(_ path: String) -> Verdict {
    do throws(CheckpointFault) {
      let export = try ExportedLog(directory: path, policy)
      guard export.findings.isEmpty else {
        return Verdict(wrong: export.findings, export.checkpoint)
      }
      return Verdict(
        sound: ["every entry, every tile and the root agree"] + export.said, export.checkpoint,
        export)
    } catch { return Verdict(wrong: ["\(error)"]) }
  }

  private func proof(_ bytes: [UInt8], _ given: [UInt8]?) -> Verdict {
    do throws(LogProofFault) {
      let proof = try LogProof(parsing: bytes)
      guard let entry = given ?? proof.extra else {
        return Verdict(wrong: ["the proof does not bring its event along: name it with --event"])
      }
      if let extra = proof.extra, extra != entry {
        return Verdict(wrong: ["the proof brings another event along than the one of --event"])
      }
      if let event = try? Event(canonicalBytes: entry), event.index != proof.index {
        return Verdict(
          wrong: ["the proof is for index \(proof.index), and the event is \(event.index)"])
      }
      let checkpoint = try proof.check(entry: entry, policy)
      return Verdict(sound: ["event \(proof.index) is in the log"], checkpoint)
    } catch { return Verdict(wrong: ["\(error)"]) }
  }

  private func absence(_ bytes: [UInt8]) -> Verdict {
    do throws(AbsenceFault) {
      let proof = try AbsenceProof(parsing: bytes)
      let (happened, checkpoint) = try proof.check(policy)
      let range = "from event \(proof.from) to before event \(proof.to)"
      let indexes = happened.map(\.description).joined(separator: ", ")
      let what =
        happened.isEmpty
        ? "nothing happened to \(proof.appID) \(range)"
        : "to \(proof.appID) happened \(range) the events \(indexes), and nothing else"
      return Verdict(
        sound: [what] + (proof.from == proof.to ? [AbsenceProof.emptiness] : []), checkpoint)
    } catch { return Verdict(wrong: ["\(error)"]) }
  }

  // MARK: - Several at once

  /// Whether checkpoints that are each signed can all be true.
  ///
  /// - Returns: sentences on what contradicts what; two checkpoints of one log that do are evidence
  ///   that it told two stories, so both are shown.
  package static func contradictions(in verdicts: [Verdict]) -> [String] {
    var sentences: [String] = []
    for (place, first) in verdicts.enumerated() {
      for second in verdicts[(place + 1)...] {
        guard let one = first.checkpoint, let other = second.checkpoint, one.log == other.log else {
          continue
        }
        let isFirst = one.checkpoint.size <= other.checkpoint.size
        let (earlier, later) = isFirst ? (first, second) : (second, first)
        if let root = later.root(ofFirst: min(one.checkpoint.size, other.checkpoint.size)),
          root != earlier.checkpoint?.checkpoint.root
        {
          sentences.append(sentence(earlier, later))
        }
      }
    }
    return sentences
  }

  /// Checkpoints of one log and of different sizes of which no export tells whether the larger grew
  /// out of the smaller.
  package static func uncompared(in verdicts: [Verdict]) -> [String] {
    let exports = verdicts.compactMap(\.export)
    let all = verdicts.compactMap(\.checkpoint).filter { checkpoint in
      !exports.contains { export in
        export.checkpoint.log == checkpoint.log
          && export.checkpoint.checkpoint.size >= checkpoint.checkpoint.size
      }
    }
    let logs = Dictionary(grouping: all) { $0.log }
    return logs.keys.sorted { $0.name < $1.name }.compactMap { log in
      let sizes = Set((logs[log] ?? []).map(\.checkpoint.size)).sorted()
      guard sizes.count > 1 else { return nil }
      let told = sizes.map(String.init).joined(separator: ", ")
      return """
        whether the checkpoints of \(log.name) over \(told) events grew out of each other: that \
        takes an export of the largest
        """
    }
  }

  private static func sentence(_ first: Verdict, _ second: Verdict) -> String {
    guard let one = first.checkpoint, let other = second.checkpoint else { return "" }
    return """
      \(first.path) and \(second.path) disagree about the first \(one.checkpoint.size) events, and \
      the key of \(one.checkpoint.origin) signed both: the log misbehaved, and these are evidence
      \(Disagreement(one, other))
      """
  }
}
