package import EventStore
import Foundation
package import TransparencyLog

/// Writes the log as a plain c2sp.org/tlog-tiles directory, which any web server can serve and any
/// reader of that format can check. A second run adds what is new.
package struct LogExport: Sendable {
  private let reader: SQLiteJournalReader
  private let directory: String

  package init(of reader: SQLiteJournalReader, to directory: String) {
    self.reader = reader
    self.directory = directory
  }

  package struct Report: Hashable, Sendable {
    package var size: Int
    /// The size that the directory had before.
    package var earlier: Int
    package var files: Int
    /// Events that are recorded and not signed yet, so they are not exported.
    package var unsigned: Int

    package init(size: Int, earlier: Int, files: Int, unsigned: Int) {
      self.size = size
      self.earlier = earlier
      self.files = files
      self.unsigned = unsigned
    }
  }

  /// The checkpoint is written last: what it covers is there, whenever somebody looks.
  package func run() async throws -> Report {
    guard let record = try await reader.lastCheckpoint(), let key = try await reader.logKey() else {
      throw LogExportFault.nothingSigned
    }
    let ours = try CheckedCheckpoint(record.note, log: try VerificationKey(key.vkey))
    guard try await reader.root(ofFirst: record.size) == ours.checkpoint.root else {
      throw LogExportFault.altered(
        "the first \(record.size) events, of which another root was signed")
    }
    let earlier = try await earlierSize(ours)
    let paths = TilePath.all(in: record.size, after: earlier)
    for path in paths {
      guard let bytes = try await reader.contents(of: path, in: record.size) else {
        throw LogExportFault.missing(path)
      }
      if path.kind == .entries { try await check(bytes, of: path, in: record.size) }
      try write(bytes, to: path.description)
      if path.isFull {
        // c2sp.org/tlog-tiles: partial tiles may go when the full one is there.
        try? FileManager.default.removeItem(atPath: "\(directory)/\(path).p")
      }
    }
    try write(record.note, to: "checkpoint")
    let size = try await reader.head().size
    return Report(
      size: record.size, earlier: earlier, files: paths.count + 1, unsigned: size - record.size)
  }

  /// What is handed out holds, or is not handed out: each entry against the hash that is in the
  /// tree.
  private func check(_ bytes: [UInt8], of path: TilePath, in size: Int) async throws {
    let tile = TilePath(.hashes(level: 0), position: path.position, width: path.width)
    let leaves = EntryBundle.decode(bytes)?.map { NodeHash.leaf($0) } ?? []
    let hashes = try await reader.contents(of: tile, in: size).flatMap { Tile.hashes($0) } ?? []
    guard leaves != hashes else { return }
    let place = zip(leaves, hashes).prefix { $0 == $1 }.count { _ in true }
    throw LogExportFault.altered("event \(path.leaves.lowerBound + place)")
  }

  /// How much is there already: of this log, and of the same history.
  private func earlierSize(_ ours: CheckedCheckpoint) async throws -> Int {
    let path = directory + "/checkpoint"
    guard let bytes = FileManager.default.contents(atPath: path) else {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
      guard names.allSatisfy({ $0 == "tile" || $0.hasPrefix(".") }) else {
        throw LogExportFault.notAnExport(directory)
      }
      return 0
    }
    let theirs = try CheckedCheckpoint(Array(bytes), log: ours.log)
    let size = theirs.checkpoint.size
    guard let root = try await reader.root(ofFirst: size) else {
      throw LogExportFault.ahead(exported: size, signed: ours.checkpoint.size)
    }
    guard root == theirs.checkpoint.root else {
      throw LogExportFault.disagreement(theirs, ours)
    }
    return min(size, ours.checkpoint.size)
  }

  /// Under its name only when it is whole and on the disk.
  private func write(_ bytes: [UInt8], to name: String) throws {
    let place = URL(fileURLWithPath: directory + "/" + name)
    let draft = place.appendingPathExtension("new")
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    guard FileManager.default.createFile(atPath: draft.path, contents: nil) else {
      throw LogExportFault.notWritable(draft.path)
    }
    let handle = try FileHandle(forWritingTo: draft)
    defer { try? handle.close() }
    try handle.write(contentsOf: bytes)
    try handle.synchronize()
    guard rename(draft.path, place.path) == 0 else {
      throw LogExportFault.notWritable(place.path)
    }
  }
}

package enum LogExportFault: Error, Sendable, CustomStringConvertible {
  /// No server has run on this journal since checkpoints are signed.
  case nothingSigned
  case missing(TilePath)
  /// The journal does not have what it has signed.
  case altered(String)
  case notAnExport(String)
  case notWritable(String)
  /// The directory holds more than this journal.
  case ahead(exported: Int, signed: Int)
  /// Both are signed by the same key, and not of one history.
  case disagreement(CheckedCheckpoint, CheckedCheckpoint)

  package var description: String {
    switch self {
    case .nothingSigned:
      """
      Nothing of this journal is signed yet, so there is nothing to export or to prove. Start \
      `hindsight serve` on it: it makes the log's key and signs.
      """
    case .missing(let path):
      "The journal does not give \(path). The checkpoint was not written; run `hindsight verify`."
    case .altered(let what):
      """
      The journal does not prove \(what). The checkpoint there is still the old one; `hindsight \
      verify` tells what is wrong.
      """
    case .notAnExport(let directory):
      "\(directory) holds something else. Nothing was written; name a new directory."
    case .notWritable(let path):
      "\(path) cannot be written. The checkpoint there is still the old one."
    case .ahead(let exported, let signed):
      """
      The export has \(exported) entries, and this journal has \(signed) signed ones: it is an \
      older copy. Nothing was written.
      """
    case .disagreement(let theirs, let ours):
      """
      The export and this journal disagree about their first \(theirs.checkpoint.size) entries, \
      and the same key signed both: one of them is not the history. Nothing was written; keep both.
      \(Disagreement(theirs, ours))
      """
    }
  }
}

/// Two checkpoints of one log that cannot both be true, to be shown to whoever relies on it.
package struct Disagreement: Hashable, Sendable, CustomStringConvertible {
  package var first: CheckedCheckpoint
  package var second: CheckedCheckpoint

  package init(_ first: CheckedCheckpoint, _ second: CheckedCheckpoint) {
    self.first = first
    self.second = second
  }

  /// Both as they were signed, one after the other.
  package var description: String {
    [first, second].map { String(decoding: $0.note.bytes, as: UTF8.self) }
      .joined(separator: "--\n")
  }
}
