import Connections
import Crypto
import EventStore
import Foundation
package import TransparencyLog

/// What a witness saw last of each log, a file a log. Without it a witness would put its name under
/// any history.
package struct WitnessMemory: Sendable {
  private let directory: String
  /// Held, never read: two witnesses of one memory could each cosign another history.
  private let lock: FileLock

  /// Makes the directory where there is none.
  package init(directory: String) throws(WitnessMemoryFault) {
    self.directory = directory
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    } catch { throw .notWritable(directory) }
    do throws(FileLockFault) { lock = try FileLock(directory + "/witness.lock") } catch {
      throw error == .held ? .inUse(directory) : .notWritable(directory)
    }
  }

  /// c2sp.org/tlog-witness: a log is known by SHA-256 of its origin, in hex.
  package static func name(of origin: String) -> String {
    Hex.encode(SHA256.hash(data: Array(origin.utf8)))
  }

  package struct Seen: Hashable, Sendable {
    package var checkpoint: Checkpoint
    package var note: [UInt8]
  }

  /// Reads what was seen of each log, so that what is damaged is told at the start.
  ///
  /// - Returns: the logs of which nothing was seen yet.
  package func check(
    _ logs: [VerificationKey]
  ) throws(WitnessMemoryFault) -> [VerificationKey] {
    var strangers: [VerificationKey] = []
    for log in logs where try last(of: log.name) == nil { strangers.append(log) }
    return strangers
  }

  func last(of origin: String) throws(WitnessMemoryFault) -> Seen? {
    let path = path(of: origin)
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    // One that cannot be read is no reason to begin anew: the log might be the one that broke it.
    guard let data = FileManager.default.contents(atPath: path),
      let note = try? SignedNote(parsing: Array(data)),
      let checkpoint = try? Checkpoint(text: note.text)
    else { throw .damaged(path) }
    return Seen(checkpoint: checkpoint, note: Array(data))
  }

  func remember(_ note: [UInt8], of origin: String) throws(WitnessMemoryFault) {
    try write(note, to: path(of: origin))
  }

  /// - Returns: where it is kept.
  func keepDisagreement(
    _ first: [UInt8], _ second: [UInt8], of origin: String
  ) throws(WitnessMemoryFault) -> String {
    let path = directory + "/\(Self.name(of: origin)).disagreement"
    try write(first + Array("--\n".utf8) + second, to: path)
    return path
  }

  /// Keeps the last head of a log that was shown with no proof that it grew out of what was seen.
  ///
  /// - Returns: where it is kept.
  func keepUnproved(_ note: [UInt8], of origin: String) throws(WitnessMemoryFault) -> String {
    let path = directory + "/\(Self.name(of: origin)).unproved"
    try write(note, to: path)
    return path
  }

  private func path(of origin: String) -> String {
    directory + "/\(Self.name(of: origin)).checkpoint"
  }

  /// On the disk and under its name when it returns.
  private func write(_ bytes: [UInt8], to path: String) throws(WitnessMemoryFault) {
    let draft = path + ".new"
    do {
      guard FileManager.default.createFile(atPath: draft, contents: nil) else {
        throw WitnessMemoryFault.notWritable(draft)
      }
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: draft))
      defer { try? file.close() }
      try file.write(contentsOf: bytes)
      try file.synchronize()
      guard rename(draft, path) == 0 else { throw WitnessMemoryFault.notWritable(path) }
      let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard folder >= 0 else { throw WitnessMemoryFault.notWritable(directory) }
      defer { close(folder) }
      guard fsync(folder) == 0 else { throw WitnessMemoryFault.notWritable(directory) }
    } catch { throw .notWritable(path) }
  }
}

package enum WitnessMemoryFault: Error, Hashable, Sendable, CustomStringConvertible {
  case notWritable(String)
  /// Another witness remembers there.
  case inUse(String)
  case damaged(String)

  package var description: String {
    switch self {
    case .notWritable(let path): "\(path) cannot be written. Nothing was cosigned."
    case .inUse(let path):
      """
      Another witness keeps its memory in \(path), and two of one memory could each cosign another \
      history. Nothing was cosigned. Stop it first, or name a directory of its own with --data.
      """
    case .damaged(let path):
      "\(path) is not as it was written. Nothing is cosigned for this log until it is put right."
    }
  }
}
