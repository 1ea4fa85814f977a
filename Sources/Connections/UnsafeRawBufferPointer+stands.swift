extension UnsafeRawBufferPointer {
  /// Whether these bytes are here, with as few comparisons as there can be.
  @inline(__always)
  func stands(_ word: UnsafeRawBufferPointer, at start: Int) -> Bool {
    let count = word.count
    guard start >= 0, start + count <= self.count else { return false }
    func isSame<Part: FixedWidthInteger & BitwiseCopyable>(_ part: Part.Type, _ at: Int) -> Bool {
      loadUnaligned(fromByteOffset: start + at, as: part)
        == word.loadUnaligned(fromByteOffset: at, as: part)
    }
    var offset = 0
    while offset + 8 <= count {
      guard isSame(UInt64.self, offset) else { return false }
      offset += 8
    }
    if offset == count { return true }
    // The last ones together with some that were compared before.
    if count > 8 { return isSame(UInt64.self, count - 8) }
    if count >= 4 { return isSame(UInt32.self, 0) && isSame(UInt32.self, count - 4) }
    return (0..<count).allSatisfy { isSame(UInt8.self, $0) }
  }

  @inline(__always)
  func stands(_ word: StaticString, at start: Int) -> Bool {
    stands(
      UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount), at: start)
  }
}
