import Connections
import Foundation
package import TransparencyLog

/// A tlog-tiles directory of somebody's, checked from its entries up to its checkpoint.
package struct ExportedLog: Sendable {
  package let checkpoint: CheckedCheckpoint
  /// What is wrong, file by file; none when all agrees.
  package private(set) var findings: [String] = []
  /// What lies there and is not covered by the checkpoint.
  package private(set) var said: [String] = []
  /// Every hash of each level of tiles, computed from the entries.
  private var levels: [[NodeHash]] = [[]]
  /// Where each stream stood; absent once an entry could not be read, after which nobody knows.
  private var streams: [StreamID: (version: Int, index: Int)]? = [:]
  private let directory: String

  /// - Throws: when the checkpoint cannot be believed; then nothing else is looked at.
  package init(
    directory: String, _ policy: TrustPolicy
  ) throws(CheckpointFault) {
    self.directory = directory
    guard let bytes = FileManager.default.contents(atPath: directory + "/checkpoint") else {
      throw .malformed("\(directory)/checkpoint is not there")
    }
    checkpoint = try policy.open(Array(bytes))
    checkEntries()
    checkTiles()
    checkOthers()
    let size = checkpoint.checkpoint.size
    if levels[0].count == size, root(ofFirst: size) != checkpoint.checkpoint.root {
      findings.append(
        """
        the entries do not give the root of the checkpoint: one of them was altered, exchanged or \
        taken away
        """)
    }
  }

  /// The root over its first entries, for comparing it with an earlier checkpoint.
  package func root(ofFirst size: Int) -> NodeHash? {
    guard size <= levels[0].count else { return nil }
    var tiles = TileHashes()
    return try? Subtree.root(over: 0..<size) { subtree throws(TooShort) in
      let hash = tiles.hash(of: subtree) { level, tile in
        guard levels.indices.contains(level) else { return [] }
        return Array(levels[level].dropFirst(tile * Tile.width).prefix(Tile.width))
      }
      guard let hash else { throw TooShort() }
      return hash
    }
  }

  private struct TooShort: Error {}

  // MARK: - Files

  /// - Returns: the bytes of a file, and how many hashes or entries it is to have: a tile that has
  ///   grown full since answers for its earlier, partial self.
  private func contents(_ path: TilePath) -> (bytes: [UInt8], width: Int)? {
    for path in [path, path.full] {
      if let bytes = FileManager.default.contents(atPath: "\(directory)/\(path)") {
        return (Array(bytes), path.width)
      }
    }
    return nil
  }

  private mutating func checkEntries() {
    let size = checkpoint.checkpoint.size
    for position in 0..<(size + Tile.width - 1) / Tile.width {
      let width = min(Tile.width, size - position * Tile.width)
      let bundle = TilePath(.entries, position: position, width: width)
      let tile = TilePath(.hashes(level: 0), position: position, width: width)
      let kept = hashes(tile)
      var leaves = entries(bundle).map { $0.map { NodeHash.leaf($0) } }
      if let leaves, let kept, leaves != kept {
        for (place, pair) in zip(leaves, kept).enumerated() where pair.0 != pair.1 {
          let index = position * Tile.width + place
          findings.append("entry \(index) in \(bundle) is not the one whose hash is in \(tile)")
        }
      }
      // Without the entries their hashes let the check go on.
      leaves = leaves ?? kept
      levels[0] += leaves ?? []
      if leaves == nil { return }
    }
  }

  private mutating func entries(_ path: TilePath) -> [[UInt8]]? {
    guard let (bytes, width) = contents(path) else {
      findings.append("\(path) is missing: the export is truncated")
      return nil
    }
    guard let entries = EntryBundle.decode(bytes), entries.count >= path.width else {
      findings.append("\(path) ends in the middle: it was cut, or altered")
      return nil
    }
    if entries.count != width {
      findings.append("\(path) has \(entries.count) entries, and \(width) belong to it")
    }
    let due = Array(entries.prefix(path.width))
    for (index, entry) in zip(path.leaves, due) {
      guard let event = try? Event(canonicalBytes: entry) else {
        streams = nil
        continue
      }
      if event.index != index {
        findings.append("entry \(index) in \(path) says that it is event \(event.index)")
      }
      follow(event, at: index)
    }
    return due
  }

  /// Every event names the one before it in its stream: proofs of absence rest on that.
  private mutating func follow(_ event: Event, at index: Int) {
    guard let before = streams?[event.stream] ?? (streams == nil ? nil : (0, -1)) else { return }
    let previous = before.index < 0 ? nil : before.index
    if event.previous != previous || event.streamVersion != before.version + 1 {
      findings.append(
        """
        entry \(index) does not name the event before it in its stream, which is \
        \(previous.map(String.init) ?? "none"): no proof of absence about it holds
        """)
    }
    streams?[event.stream] = (event.streamVersion, index)
  }

  private mutating func hashes(_ path: TilePath) -> [NodeHash]? {
    guard let (bytes, width) = contents(path) else {
      findings.append("\(path) is missing: the export is truncated")
      return nil
    }
    let due = bytes.prefix(path.width * NodeHash.byteCount)
    guard let hashes = Tile.hashes(Array(due)), hashes.count == path.width else {
      findings.append("\(path) ends too early: the export is truncated")
      return nil
    }
    if bytes.count != width * NodeHash.byteCount {
      findings.append("\(path) has \(bytes.count) bytes, and \(width) hashes belong to it")
    }
    return hashes
  }

  /// Files that the checkpoint does not need: parts of earlier exports must agree with what they
  /// have become, and of what is later nobody knows anything.
  private mutating func checkOthers() {
    let due = Set(TilePath.all(in: levels[0].count).flatMap { ["\($0)", "\($0.full)"] })
    let names = FileManager.default.enumerator(atPath: directory + "/tile")
    var strangers: [String] = []
    while let name = names?.nextObject() as? String {
      let file = "tile/" + name
      var isDirectory: ObjCBool = false
      guard !due.contains(file),
        FileManager.default.fileExists(atPath: "\(directory)/\(file)", isDirectory: &isDirectory),
        !isDirectory.boolValue
      else { continue }
      guard let path = TilePath(file), let hashes = known(path) else {
        strangers.append(file)
        continue
      }
      let bytes =
        FileManager.default.contents(atPath: "\(directory)/\(file)").map { Array($0) } ?? []
      let found =
        path.kind == .entries
        ? EntryBundle.decode(bytes).map { $0.map { NodeHash.leaf($0) } } : Tile.hashes(bytes)
      if found != hashes { findings.append("\(file), of an earlier export, is not what it was") }
    }
    guard let first = strangers.min() else { return }
    let count = strangers.count == 1 ? "one file" : "\(strangers.count) files"
    said.append("not checked: \(count) under tile/ that no signature covers, such as \(first)")
  }

  /// The hashes that a tile has; `nil` where the checkpoint does not reach so far.
  private func known(_ path: TilePath) -> [NodeHash]? {
    let level = if case .hashes(let level) = path.kind { level } else { 0 }
    guard levels.indices.contains(level), path.leaves.upperBound <= levels[level].count else {
      return nil
    }
    return Array(levels[level][path.leaves])
  }

  /// The levels above the leaves.
  private mutating func checkTiles() {
    while let below = levels.last, below.count >= Tile.width {
      levels.append(
        (0..<below.count / Tile.width).map {
          Tile.root(over: below[$0 * Tile.width..<($0 + 1) * Tile.width])
        })
    }
    for path in TilePath.all(in: levels[0].count) {
      guard case .hashes(let level) = path.kind, level > 0, let found = hashes(path) else {
        continue
      }
      if found != Array(levels[level][path.leaves]) {
        findings.append("\(path) is not the one of the entries")
      }
    }
  }
}
