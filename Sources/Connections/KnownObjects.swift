/// The last few objects that were read, by their bytes: where the same bytes stand, there is the
/// same value. An object's last byte ends it, so no longer object begins with a shorter one.
struct KnownObjects<Value> {
  private static var limit: Int { 8 }
  /// The bytes apart from the values, which are many parts to copy.
  private var bytes: [[UInt8]] = []
  private var values: [Value] = []
  /// The place of the oldest, once there are so many.
  private var oldest = 0

  /// - Returns: the object that stands at the beginning, and its length.
  func find(_ sought: UnsafeRawBufferPointer) -> (value: Value, count: Int)? {
    for place in bytes.indices
    where bytes[place].withUnsafeBytes({ sought.stands($0, at: 0) }) {
      return (values[place], bytes[place].count)
    }
    return nil
  }

  mutating func add(_ value: Value, _ found: UnsafeRawBufferPointer) {
    guard values.count == Self.limit else {
      bytes.append(Array(found))
      values.append(value)
      return
    }
    (bytes[oldest], values[oldest]) = (Array(found), value)
    oldest = (oldest + 1) % Self.limit
  }
}
