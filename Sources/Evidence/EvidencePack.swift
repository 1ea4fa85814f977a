package import Connections
import Crypto
import EventStore
package import TransparencyLog

/// What happened to a connection in a period, with all that is needed to check it elsewhere: the
/// events, the report, proofs, the signed checkpoint, keys, and a page that checks them in a
/// browser.
package struct EvidencePack: Sendable {
  package let files: [StoredZip.File]
  package var bytes: [UInt8] { StoredZip.encode(files) }

  /// What was asked for, and by whom.
  package struct Request: Sendable {
    package var appID: AppID
    /// Of indexes.
    package var range: Range<Int>
    /// As the range was asked for, in words.
    package var from: String?
    package var to: String?
    package var madeBy: String
    package var madeAt: Instant
    /// As the app was called, where that is known.
    package var label: String?

    package init(
      of appID: AppID, _ range: Range<Int>, asked: (from: String?, to: String?),
      made: (by: String, at: Instant), label: String?
    ) {
      self.appID = appID
      self.range = range
      (from, to) = asked
      (madeBy, madeAt) = made
      self.label = label
    }
  }

  package static let format = "hindsight/evidence@v1"
  static let sums = "SHA256SUMS"
  static let page = "index.html"

  /// - Parameters:
  ///   - absence: of the same range; its events are those of the pack, and it proves that there are
  ///     no others.
  ///   - report: made of those events and of no others, so that each of its fields can be checked;
  ///     what ended after the range is open in it.
  package init(
    _ request: Request, absence: AbsenceProof, key: VerificationKey, report: PackedReport
  ) throws {
    let head = try CheckedCheckpoint(absence.checkpoint, log: key).checkpoint
    let within = absence.links.filter { $0.index < absence.to }
    let rows = report.rows(try within.map { try Event(canonicalBytes: $0.entry) }, request.label)
    var files = [
      StoredZip.File("absence.proof", absence.bytes),
      StoredZip.File("changes.csv", report.header + rows.joined()),
      StoredZip.File("checkpoint", absence.checkpoint),
      StoredZip.File("events.jsonl", within.flatMap { $0.entry + [0x0A] }),
      StoredZip.File("log.vkey", Array("\(key)\n".utf8)),
    ]
    files += within.map { link in
      let proof = LogProof(
        extra: nil, index: link.index, hashes: link.hashes, checkpoint: absence.checkpoint)
      return StoredZip.File("proofs/\(link.index).tlog-proof", proof.bytes)
    }
    let counts = (events: within.count, rows: rows.count)
    files.append(
      StoredZip.File(
        "manifest.json", Self.manifest(request, head, counts, report.definition, files)))
    files.append(StoredZip.File(Self.page, Self.page(files)))
    let lines = files.map { "\(Self.digest($0.bytes))  \($0.name)\n" }
    files.append(StoredZip.File(Self.sums, Array(lines.joined().utf8)))
    self.files = files
  }

  /// The fields of a manifest; `from` and `to` where they were asked for.
  static let manifestFields: Set<String> = [
    "appId", "asOf", "events", "files", "format", "from", "madeAt", "madeBy", "query", "report",
    "rows", "to",
  ]

  static func digest(_ bytes: [UInt8]) -> String { Hex.encode(SHA256.hash(data: bytes)) }

  private static func manifest(
    _ request: Request, _ head: Checkpoint, _ counts: (events: Int, rows: Int),
    _ definition: String, _ files: [StoredZip.File]
  ) -> [UInt8] {
    CanonicalWriter.object { writer in
      writer.string("appId", request.appID.description)
      writer.object("asOf") { asOf in
        asOf.string("origin", head.origin)
        asOf.string("root", head.root.base64)
        asOf.integer("size", head.size)
      }
      writer.integer("events", counts.events)
      writer.objects("files", files) { writer, file in
        writer.integer("bytes", file.bytes.count)
        writer.string("name", file.name)
        writer.string("sha256", digest(file.bytes))
      }
      writer.string("format", format)
      writer.string("from", request.from)
      writer.string("madeAt", request.madeAt.description)
      writer.string("madeBy", request.madeBy)
      writer.object("query") { query in
        query.integer("fromIndex", request.range.lowerBound)
        query.integer("toIndex", request.range.upperBound)
      }
      writer.string("report", definition)
      writer.integer("rows", counts.rows)
      writer.string("to", request.to)
    } + [0x0A]
  }

  /// The page with the files in it: it opens from a disk, where it could fetch nothing.
  static func page(_ files: [StoredZip.File]) -> [UInt8] {
    let template = String(decoding: PackageResources.evidence_html, as: UTF8.self)
    return Array(template.replacing("\"FILES\":\"\"", with: embedded(files)).utf8)
  }

  /// The files as a page holds them, whatever version of Hindsight made it.
  static func embedded(_ files: [StoredZip.File]) -> String {
    files.map { "\"\($0.name)\":\"\(Base64.encode($0.bytes))\"" }.joined(separator: ",\n")
  }
}
