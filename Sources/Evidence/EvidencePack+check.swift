import Connections
import Foundation
package import TransparencyLog

extension EvidencePack {
  /// Checks every part of a pack, and names each that failed.
  ///
  /// - Returns: sentences on what is wrong, and the checkpoint where it could be believed.
  package static func check(
    _ bytes: [UInt8], _ policy: TrustPolicy
  ) -> (findings: [String], checkpoint: CheckedCheckpoint?, said: String) {
    let files: [StoredZip.File]
    do throws(StoredZip.Fault) { files = try StoredZip.decode(bytes) } catch {
      switch error {
      case .notAnArchive: return (["it is no ZIP archive of ours"], nil, "")
      case .cut: return (["the archive is truncated"], nil, "")
      case .altered(let place):
        return (["the archive's own structure was altered, at byte \(place)"], nil, "")
      }
    }
    var check = Check(files, policy)
    check.digests()
    check.manifest()
    check.proofs()
    return (check.findings, check.checkpoint, check.said)
  }

  private struct Check {
    private let files: [String: [UInt8]]
    private let names: [String]
    private let policy: TrustPolicy
    private(set) var findings: [String] = []
    private(set) var checkpoint: CheckedCheckpoint?
    private(set) var said = ""
    private var manifestValue: [String: Any] = [:]

    init(_ files: [StoredZip.File], _ policy: TrustPolicy) {
      names = files.map(\.name)
      self.files = Dictionary(files.map { ($0.name, $0.bytes) }) { first, _ in first }
      self.policy = policy
    }

    private mutating func wrong(_ problem: String) { findings.append(problem) }

    /// Every file against its line in the sums.
    mutating func digests() {
      guard let sums = files[EvidencePack.sums] else { return wrong("SHA256SUMS is missing") }
      let due = files.filter { $0.key != EvidencePack.sums }
      var lines = Set(String(decoding: sums, as: UTF8.self).split(separator: "\n"))
      guard names.count == files.count else { return wrong("a file is there twice") }
      for (name, bytes) in due.sorted(by: { $0.key < $1.key })
      where lines.remove("\(EvidencePack.digest(bytes))  \(name)") == nil {
        wrong("\(name) is not the one of SHA256SUMS: one of the two was altered")
      }
      for line in lines.sorted() { wrong("SHA256SUMS has a line of its own: \(line.prefix(120))") }
    }

    mutating func manifest() {
      guard let bytes = files["manifest.json"],
        let value = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any],
        value["format"] as? String == EvidencePack.format,
        let listed = value["files"] as? [[String: Any]]
      else { return wrong("manifest.json cannot be read") }
      manifestValue = value
      for file in listed {
        guard let name = file["name"] as? String, let bytes = files[name] else {
          wrong("manifest.json names a file that is not there")
          continue
        }
        if file["sha256"] as? String != EvidencePack.digest(bytes) {
          wrong("\(name) is not the one of manifest.json: one of the two was altered")
        }
      }
      let rows = files["changes.csv"].map(EvidencePack.rows) ?? 0
      if value["rows"] as? Int != rows {
        wrong("manifest.json and changes.csv do not have the same number of rows")
      }
    }

    mutating func proofs() {
      guard let bytes = files["checkpoint"] else { return wrong("checkpoint is missing") }
      do throws(CheckpointFault) { checkpoint = try policy.open(bytes) } catch {
        return wrong("checkpoint: \(error)")
      }
      let events = (files["events.jsonl"] ?? []).split(separator: 0x0A).map { Array($0) }
      var indexes: [Int] = []
      for entry in events {
        guard let event = try? Event(canonicalBytes: entry) else {
          wrong("events.jsonl has a line that is no event")
          continue
        }
        indexes.append(event.index)
        checkProof(of: event.index, entry, bytes)
      }
      checkAbsence(indexes, bytes)
      if manifestValue["events"] as? Int != events.count {
        wrong("manifest.json and events.jsonl do not have the same number of events")
      }
    }

    private mutating func checkProof(of index: Int, _ entry: [UInt8], _ note: [UInt8]) {
      let name = "proofs/\(index).tlog-proof"
      guard let bytes = files[name] else { return wrong("\(name) is missing") }
      do throws(LogProofFault) {
        let proof = try LogProof(parsing: bytes)
        if proof.index != index { wrong("\(name) is for index \(proof.index)") }
        if proof.checkpoint != note { wrong("\(name) is for another checkpoint") }
        _ = try proof.check(entry: entry, policy)
      } catch { wrong("\(name): \(error)") }
    }

    private mutating func checkAbsence(_ indexes: [Int], _ note: [UInt8]) {
      guard let bytes = files["absence.proof"] else { return wrong("absence.proof is missing") }
      do throws(AbsenceFault) {
        let proof = try AbsenceProof(parsing: bytes)
        let happened = try proof.check(policy).happened
        if proof.checkpoint != note { wrong("absence.proof is for another checkpoint") }
        if happened != indexes {
          wrong("events.jsonl does not hold the events that absence.proof is about")
        }
        let query = manifestValue["query"] as? [String: Int]
        if manifestValue["appId"] as? String != proof.appID.description
          || query?["fromIndex"] != proof.from || query?["toIndex"] != proof.to
        {
          wrong("manifest.json asks something else than absence.proof answers")
        }
        said = """
          all \(happened.count) events of \(proof.appID) from event \(proof.from) to before event \
          \(proof.to), and nothing else happened to it
          """
      } catch { wrong("absence.proof: \(error)") }
    }
  }

  /// Records of RFC 4180, without the header.
  static func rows(_ csv: [UInt8]) -> Int {
    var isQuoted = false
    var rows = 0
    for byte in csv {
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if byte == 0x0A, !isQuoted { rows += 1 }
    }
    return max(0, rows - 1)
  }
}
