import Connections
import Foundation
package import TransparencyLog

extension EvidencePack {
  /// Checks every part of a pack, and names each that failed.
  ///
  /// - Returns: sentences on what is wrong, and the checkpoint where it could be believed.
  package static func check(
    _ bytes: [UInt8], _ policy: TrustPolicy, _ report: PackedReport
  ) -> (findings: [String], checkpoint: CheckedCheckpoint?, said: [String]) {
    let files: [StoredZip.File]
    do throws(StoredZip.Fault) { files = try StoredZip.decode(bytes) } catch {
      switch error {
      case .notAnArchive: return (["it is no ZIP archive of ours"], nil, [])
      case .cut: return (["the archive is truncated"], nil, [])
      case .altered(let place, let name?):
        return ([Self.altered("\(name), or its place in the archive, is", place)], nil, [])
      case .altered(let place, nil):
        return ([Self.altered("the archive's own structure is", place)], nil, [])
      }
    }
    var check = Check(files, policy)
    check.parts()
    check.digests()
    check.manifest()
    check.proofs()
    // What no key vouches for tells of no events with which the rest could be compared.
    if check.checkpoint != nil { check.rows(of: report) }
    check.page()
    return (check.findings, check.checkpoint, check.said)
  }

  private static func altered(_ part: String, _ place: Int) -> String {
    """
    \(part) not as Hindsight writes it, from byte \(place) on: it was altered, or another program \
    has packed the archive anew. Check the one that was handed out
    """
  }

  private struct Check {
    private let files: [String: [UInt8]]
    private let names: [String]
    private let policy: TrustPolicy
    private(set) var findings: [String] = []
    private(set) var checkpoint: CheckedCheckpoint?
    private(set) var said: [String] = []
    private var range = 0..<0
    /// The first event of the connection after the range.
    private var next: Event?
    /// The last entry of the log, where the pack has it.
    private var last: Event?
    private var events: [Event] = []
    private var manifestValue: [String: Any] = [:]

    init(_ files: [StoredZip.File], _ policy: TrustPolicy) {
      names = files.map(\.name)
      self.files = Dictionary(files.map { ($0.name, $0.bytes) }) { first, _ in first }
      self.policy = policy
    }

    private mutating func wrong(_ problem: String) { findings.append(problem) }

    /// What is in a pack, and nothing else.
    mutating func parts() {
      guard names.count == files.count else { return wrong("a file is there twice") }
      let fixed = [
        "absence.proof", "changes.csv", "checkpoint", "events.jsonl", "log.vkey", "manifest.json",
        EvidencePack.page, EvidencePack.sums,
      ]
      for name in fixed where files[name] == nil { wrong("\(name) is missing") }
      let proofs = lines.compactMap { try? Event(canonicalBytes: $0) }.map(Self.proofName)
      for name in Set(names).subtracting(fixed + proofs).sorted() {
        wrong("\(name.prefix(120).debugDescription) is no part of a pack")
      }
    }

    private var lines: [[UInt8]] {
      (files["events.jsonl"] ?? []).split(separator: 0x0A).map { Array($0) }
    }

    private static func proofName(_ event: Event) -> String { "proofs/\(event.index).tlog-proof" }

    /// The page is made of the other parts: it is read as it was made, or not at all.
    mutating func page() {
      guard let page = files[EvidencePack.page] else { return }
      let parts = names.filter { ![EvidencePack.page, EvidencePack.sums].contains($0) }
        .map { StoredZip.File($0, files[$0] ?? []) }
      guard page != EvidencePack.page(parts) else { return }
      guard String(decoding: page, as: UTF8.self).contains(EvidencePack.embedded(parts)) else {
        return wrong("\(EvidencePack.page) does not hold the parts of this pack")
      }
      wrong(
        """
        \(EvidencePack.page) is not the page that this version of Hindsight makes of these parts: \
        it was altered, or another version made it. What it shows may be anything; do not rely on it
        """)
    }

    /// Every file against its line in the sums.
    mutating func digests() {
      guard let sums = files[EvidencePack.sums] else { return }
      let due = files.filter { $0.key != EvidencePack.sums }
      var lines = Set(String(decoding: sums, as: UTF8.self).split(separator: "\n"))
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
      for field in Set(value.keys).subtracting(EvidencePack.manifestFields).sorted() {
        wrong("manifest.json has a field of its own: \(field.prefix(60).debugDescription)")
      }
      for file in listed {
        guard let name = file["name"] as? String, let bytes = files[name] else {
          wrong("manifest.json names a file that is not there")
          continue
        }
        if file["bytes"] as? Int != bytes.count || file.count != 3 {
          wrong("\(name) has not the length that manifest.json says")
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
    mutating func rows(of report: PackedReport) {
      let named = manifestValue["report"] as? String
      guard named == report.definition else {
        return wrong(
          """
          manifest.json names the report \(named?.prefix(60).debugDescription ?? "none"), and this \
          Hindsight makes \(report.definition): its rows cannot be made anew
          """)
      }
      for problem in PackedRows(files["changes.csv"] ?? []).problems(report, of: events) {
        wrong("changes.csv: \(problem)")
      }
      said.append("not proved: the label of the app, who made the pack and when")
    }

    mutating func proofs() {
      guard let bytes = files["checkpoint"] else { return }
      do throws(CheckpointFault) { checkpoint = try policy.open(bytes) } catch {
        return wrong("checkpoint: \(error)")
      }
      var indexes: [Int] = []
      for entry in lines {
        guard let event = try? Event(canonicalBytes: entry) else {
          wrong("events.jsonl has a line that is no event")
          continue
        }
        indexes.append(event.index)
        self.events.append(event)
        checkProof(of: event, entry, bytes)
      }
      checkAbsence(indexes, bytes)
      if manifestValue["events"] as? Int != lines.count {
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
      checkEnds(from: start ?? nil, to: end ?? nil, head.size)
    }

    /// That the proof reaches as far as the times do: a later `to` would hide what came before it.
    private mutating func checkEnds(from: Instant?, to: Instant?, _ size: Int) {
      if from == nil, range.lowerBound > 0 {
        wrong("manifest.json has no from, and the proof begins at event \(range.lowerBound)")
      }
      if let from, range.lowerBound > 0 {
        said.append(
          """
          not proved: that event \(range.lowerBound) is the first at or after \(from), for the one \
          before it is not here
          """)
      }
      if let to {
        if let next, next.recordedAt < to {
          wrong("event \(next.index) is before the to of manifest.json, and is left out")
        }
        if range.isEmpty {
          said.append(AbsenceProof.emptiness)
        } else if next == nil, last.map({ $0.recordedAt < to }) ?? true {
          let start = last.map { "from \($0.recordedAt)" } ?? "from then"
          said.append(
            """
            not proved: that nothing happened \(start) to \(to), for event \(size - 1) is the last \
            one of the checkpoint
            """)
        }
      } else if range.upperBound < size {
        wrong("manifest.json has no to, and the proof ends before event \(range.upperBound)")
      }
    }

    private mutating func checkProof(of event: Event, _ entry: [UInt8], _ note: [UInt8]) {
      let (name, index) = (Self.proofName(event), event.index)
      guard let bytes = files[name] else { return wrong("\(name) is missing") }
      do throws(LogProofFault) {
        let proof = try LogProof(parsing: bytes)
        if proof.index != index { wrong("\(name) is for index \(proof.index)") }
        if proof.checkpoint != note { wrong("\(name) is for another checkpoint") }
        _ = try proof.check(entry: entry, policy)
      } catch { wrong("\(name): \(error)") }
    }

    private mutating func checkAbsence(_ indexes: [Int], _ note: [UInt8]) {
      guard let bytes = files["absence.proof"] else { return }
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
        next = proof.links.last { $0.index >= proof.to }
          .flatMap { try? Event(canonicalBytes: $0.entry) }
        last = (proof.tail?.entries.last ?? proof.links.last?.entry)
          .flatMap { try? Event(canonicalBytes: $0) }
        said.append(
          """
          all \(happened.count) events of \(proof.appID) from event \(proof.from) to before event \
          \(proof.to), and nothing else happened to it
          """)
      } catch { wrong("absence.proof: \(error)") }
    }
  }
}
