/// The place of a tile or of a bundle of entries in a c2sp.org/tlog-tiles directory.
package struct TilePath: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case hashes(level: Int)
    /// The entries themselves, 256 to a bundle.
    case entries
  }

  package var kind: Kind
  package var position: Int
  /// 256, or less for the last one of a size.
  package var width: Int

  package init(_ kind: Kind, position: Int, width: Int = Tile.width) {
    self.kind = kind
    self.position = position
    self.width = width
  }

  package var isFull: Bool { width == Tile.width }

  /// The same tile once it is full.
  package var full: TilePath { TilePath(kind, position: position) }

  /// What a size has in its levels and what an earlier size had not: full ones first, then the
  /// partial one of each level.
  package static func all(in size: Int, after earlier: Int = 0) -> [TilePath] {
    var paths: [TilePath] = []
    var (hashes, known) = (size, earlier)
    var level = 0
    while hashes > 0 {
      var kinds = [Kind.hashes(level: level)]
      if level == 0 { kinds.append(.entries) }
      for kind in kinds {
        for position in known / Tile.width..<max(hashes, known) / Tile.width {
          paths.append(TilePath(kind, position: position))
        }
        if hashes % Tile.width > 0, hashes > known {
          paths.append(
            TilePath(kind, position: hashes / Tile.width, width: hashes % Tile.width))
        }
      }
      hashes /= Tile.width
      known /= Tile.width
      level += 1
    }
    return paths
  }

  /// The leaves of a bundle of entries or of a tile of level 0.
  package var leaves: Range<Int> { position * Tile.width..<position * Tile.width + width }
}

extension TilePath: CustomStringConvertible {
  /// `tile/0/x001/x234/067` and, for a partial one, `.p/5` behind it.
  package var description: String {
    let name =
      switch kind {
      case .hashes(let level): String(level)
      case .entries: "entries"
      }
    var groups: [String] = []
    var rest = position
    repeat {
      let digits = String(rest % 1_000)
      groups.append(String(repeating: "0", count: 3 - digits.count) + digits)
      rest /= 1_000
    } while rest > 0
    let number = groups.reversed().enumerated().map { place, group in
      place == groups.count - 1 ? group : "x" + group
    }.joined(separator: "/")
    return "tile/\(name)/\(number)" + (isFull ? "" : ".p/\(width)")
  }

  /// Takes exactly what `description` gives.
  package init?(_ path: String) {
    var parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count >= 3, parts[0] == "tile" else { return nil }
    if parts[1] == "entries" {
      kind = .entries
    } else {
      guard let level = Decimal.number(parts[1].utf8), level < 8 else { return nil }
      kind = .hashes(level: level)
    }
    width = Tile.width
    let beforeLast = parts[parts.count - 2]
    if parts.count > 3, beforeLast.hasSuffix(".p") {
      guard let width = Decimal.number(parts[parts.count - 1].utf8), (1..<256).contains(width)
      else { return nil }
      self.width = width
      parts.removeLast()
      parts[parts.count - 1] = beforeLast.dropLast(2)
    }
    position = 0
    for (place, group) in parts.dropFirst(2).enumerated() {
      let isLast = place == parts.count - 3
      let digits = isLast ? group : group.dropFirst()
      guard isLast || group.first == "x", digits.utf8.count == 3,
        digits.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(digits),
        position < 1 << 50
      else { return nil }
      position = position * 1_000 + number
    }
    guard description == path else { return nil }
  }
}

/// Up to 256 entries in a file, each behind its length (c2sp.org/tlog-tiles).
package enum EntryBundle {
  /// - Parameter entries: each of at most 65,535 bytes.
  package static func encode(_ entries: [[UInt8]]) -> [UInt8] {
    entries.flatMap { [UInt8($0.count >> 8), UInt8($0.count & 0xFF)] + $0 }
  }

  /// `nil` when a length leads beyond the end.
  package static func decode(_ bytes: [UInt8]) -> [[UInt8]]? {
    var entries: [[UInt8]] = []
    var place = 0
    while place < bytes.count {
      guard place + 2 <= bytes.count else { return nil }
      let length = Int(bytes[place]) << 8 | Int(bytes[place + 1])
      guard place + 2 + length <= bytes.count else { return nil }
      entries.append(Array(bytes[place + 2..<place + 2 + length]))
      place += 2 + length
    }
    return entries
  }
}
