/// What one file holds on the disk, and what was written to it and not synced yet. What the program
/// reads is the real file above it, as it would be the page cache.
struct SimulatedFile: Sendable {
  private(set) var durable: [UInt8] = []
  /// In the order in which they were made. A disk owes nothing about the order in which it takes
  /// them.
  private(set) var pending: [Change] = []

  enum Change: Sendable {
    case write(offset: Int, [UInt8])
    case truncate(size: Int)
  }

  /// The unit that a disk writes whole.
  static let sectorBytes = 512

  /// A file whose bytes were synced before this disk was looked at.
  init(durable: [UInt8] = []) { self.durable = durable }

  mutating func add(_ change: Change) { pending.append(change) }

  mutating func sync() {
    for change in pending { Self.apply(change, to: &durable) }
    pending = []
  }

  /// A sync that failed: the kernel takes what was written for clean all the same, so each change
  /// has reached the disk by now or never will.
  mutating func failSync(_ dice: inout Dice) {
    durable = afterPowerCut(.mixed, &dice)
    pending = []
  }

  /// What a power cut leaves of the changes that were not synced.
  enum Fate: Sendable {
    case lost, kept
    /// Each change by itself: lost, kept, or torn.
    case mixed
  }

  /// One of the contents that the file may have after a power cut.
  func afterPowerCut(_ fate: Fate, _ dice: inout Dice) -> [UInt8] {
    var bytes = durable
    guard fate != .lost else { return bytes }
    for change in pending {
      switch (fate, change) {
      case (.kept, _): Self.apply(change, to: &bytes)
      case (_, .truncate): if dice.chance(50) { Self.apply(change, to: &bytes) }
      case (_, .write(let offset, let written)):
        switch dice.below(3) {
        case 0: break
        case 1: Self.apply(change, to: &bytes)
        default: Self.tear(written, at: offset, in: &bytes, &dice)
        }
      }
    }
    return bytes
  }

  private static func tear(
    _ written: [UInt8], at offset: Int, in bytes: inout [UInt8], _ dice: inout Dice
  ) {
    var start = 0
    while start < written.count {
      let end = min(written.count, ((offset + start) / sectorBytes + 1) * sectorBytes - offset)
      if dice.chance(50) {
        apply(.write(offset: offset + start, Array(written[start..<end])), to: &bytes)
      }
      start = end
    }
  }

  private static func apply(_ change: Change, to bytes: inout [UInt8]) {
    switch change {
    case .truncate(let size):
      if size < bytes.count { bytes.removeLast(bytes.count - size) }
    case .write(let offset, let written):
      let end = offset + written.count
      if bytes.count < end { bytes += [UInt8](repeating: 0, count: end - bytes.count) }
      bytes.replaceSubrange(offset..<end, with: written)
    }
  }
}
