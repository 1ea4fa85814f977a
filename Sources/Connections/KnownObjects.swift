/// The last few objects that were read, by their bytes: where the same bytes stand, there is the
/// same value. An object's last byte ends it, so no longer object begins with a shorter one.
struct KnownObjects<Value> {
  private static var limit: Int { 8 }
  private var objects: [(bytes: [UInt8], value: Value)] = []
  /// The place of the oldest, once there are so many.
  private var oldest = 0

  /// - Returns: the object that stands at the beginning, and its length.
  func find(_ bytes: UnsafeRawBufferPointer) -> (value: Value, count: Int)? {
    for object in objects where object.bytes.withUnsafeBytes({ bytes.stands($0, at: 0) }) {
      return (object.value, object.bytes.count)
    }
    return nil
  }

  mutating func add(_ value: Value, _ bytes: UnsafeRawBufferPointer) {
    guard objects.count == Self.limit else {
      objects.append((Array(bytes), value))
      return
    }
    objects[oldest] = (Array(bytes), value)
    oldest = (oldest + 1) % Self.limit
  }
}
