package import Connections
import Foundation
package import TransparencyLog

extension EvidencePack {
  /// Checks every part of a pack, and names each that failed.
  ///
  /// - Parameter rows: makes the rows of the report from events, as CSV without the header.
  /// - Returns: sentences on what is wrong, and the checkpoint where it could be believed.
  package static func check(
    _ bytes: [UInt8], _ policy: TrustPolicy, rows: ([Event]) -> [[UInt8]]
  ) -> (findings: [String], checkpoint: CheckedCheckpoint?, said: [String]) {
    let files: [StoredZip.File]
    do throws(StoredZip.Fault) { files = try StoredZip.decode(bytes) } catch {
      switch error {
      case .notAnArchive: return (["it is no ZIP archive of ours"], nil, [])
      case .cut: return (["the archive is truncated"], nil, [])
      case .altered(let place, let name?):
        return (["\(name) was altered, or its place in the archive: byte \(place)"], nil, [])
      case .altered(let place, nil):
        return (["the archive's own structure was altered, at byte \(place)"], nil, [])
      }
    }
    var check = Check(files, policy)
    check.digests()
    check.manifest()
    check.proofs()
    check.report(rows)
    return (check.findings, check.checkpoint, check.said)
  }

  private struct Check {
    private let files: [String: [UInt8]]
    private let names: [String]
    private let policy: TrustPolicy
    private(set) var findings: [String] = []
    private(set) var checkpoint: CheckedCheckpoint?
    private(set) var said: [String] = []
    private var range = 0..<0
    private var events: [Event] = []
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
      let rows = PackedRows(files["changes.csv"] ?? []).rows.count
      if value["rows"] as? Int != rows {
        wrong("manifest.json and changes.csv do not have the same number of rows")
      }
    }

    /// The rows of the report, computed anew from the events that are proved.
    mutating func report(_ rows: ([Event]) -> [[UInt8]]) {
      let packed = PackedRows(files["changes.csv"] ?? [])
      let (problems, late) = packed.compare(with: rows(events), before: range.upperBound)
      for problem in problems { wrong("changes.csv: \(problem)") }
      if late > 0 {
        let rows = late == 1 ? "one row of changes.csv tells" : "\(late) rows of changes.csv tell"
        said.append("not proved: what \(rows) of events after the period")
      }
      said.append("not proved: the label of the app, who made the pack and when")
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
        self.events.append(event)
        checkProof(of: event.index, entry, bytes)
      }
      checkAbsence(indexes, bytes)
      if manifestValue["events"] as? Int != events.count {
        wrong("manifest.json and events.jsonl do not have the same number of events")
      }
      checkPeriod()
    }

    /// What the manifest says of the checkpoint, of the key and of the time.
    private mutating func checkPeriod() {
      guard let head = checkpoint?.checkpoint, let log = checkpoint?.log else { return }
      let asOf = manifestValue["asOf"] as? [String: Any]
      if asOf?["origin"] as? String != head.origin || asOf?["size"] as? Int != head.size
        || asOf?["root"] as? String != head.root.base64
      {
        wrong("manifest.json is true as of another checkpoint than the pack's")
      }
      if files["log.vkey"] != Array("\(log)\n".utf8) {
        wrong("log.vkey is not the key that signed the checkpoint")
      }
      let (from, to) = (manifestValue["from"] as? String, manifestValue["to"] as? String)
      let start = from.map { Instant($0) }
      let end = to.map { Instant($0) }
      if start == .some(nil) || end == .some(nil) { wrong("manifest.json asks for no time") }
      for event in events
      where start??.microseconds ?? .min > event.recordedAt.microseconds
        || end??.microseconds ?? .max <= event.recordedAt.microseconds
      {
        wrong("event \(event.index) is not of the time that manifest.json asks for")
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
        range = proof.from..<proof.to
        said.append(
          """
          all \(happened.count) events of \(proof.appID) from event \(proof.from) to before event \
          \(proof.to), and nothing else happened to it
          """)
      } catch { wrong("absence.proof: \(error)") }
    }
  }
}
