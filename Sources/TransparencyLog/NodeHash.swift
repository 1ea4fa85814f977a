import Crypto

/// A SHA-256 hash in the tree: of a leaf or of an inner node.
package struct NodeHash: Hashable, Sendable {
  private let words: Words

  // Four plain words: a SIMD type of 32 bytes is aligned more strictly than the frames of
  // asynchronous functions are.
  private struct Words: Hashable, Sendable, BitwiseCopyable {
    var first: UInt64 = 0
    var second: UInt64 = 0
    var third: UInt64 = 0
    var fourth: UInt64 = 0
  }

  /// - Parameter bytes: exactly 32.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    var words = Words()
    withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
    self.words = words
  }

  /// The same of bytes that are only lent, which need no look at what kind of collection they are.
  package init?(lent bytes: UnsafeRawBufferPointer) {
    guard bytes.count == Self.byteCount else { return nil }
    words = bytes.loadUnaligned(as: Words.self)
  }

  init(_ digest: SHA256.Digest) {
    var words = Words()
    withUnsafeMutableBytes(of: &words) { target in
      digest.withUnsafeBytes { target.copyMemory(from: $0) }
    }
    self.words = words
  }

  package static let byteCount = 32

  /// `SHA-256(0x00 || entry)`, RFC 6962 section 2.1.
  package static func leaf(_ entry: UnsafeRawBufferPointer) -> NodeHash {
    var hasher = SHA256()
    withUnsafeBytes(of: UInt8(0)) { hasher.update(bufferPointer: $0) }
    hasher.update(bufferPointer: entry)
    return NodeHash(hasher.finalize())
  }

  package static func leaf(_ entry: [UInt8]) -> NodeHash {
    entry.withUnsafeBytes { leaf($0) }
  }

  /// `SHA-256(0x01 || left || right)`, RFC 6962 section 2.1.
  package static func node(_ left: NodeHash, _ right: NodeHash) -> NodeHash {
    // In one piece: a tree has as many nodes as leaves, and each update costs as much as a hash.
    withUnsafeTemporaryAllocation(byteCount: 1 + 2 * byteCount, alignment: 1) { input in
      input[0] = 1
      left.withBytes { UnsafeMutableRawBufferPointer(rebasing: input[1...]).copyMemory(from: $0) }
      right.withBytes {
        UnsafeMutableRawBufferPointer(rebasing: input[(1 + byteCount)...]).copyMemory(from: $0)
      }
      var hasher = SHA256()
      hasher.update(bufferPointer: UnsafeRawBufferPointer(input))
      return NodeHash(hasher.finalize())
    }
  }

  /// The root of a tree without leaves: `SHA-256("")`.
  package static let emptyRoot = NodeHash(SHA256().finalize())

  package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    withUnsafeBytes(of: words) { body($0) }
  }

  package var bytes: [UInt8] { withBytes { Array($0) } }
}

extension NodeHash: CustomStringConvertible {
  /// 64 lower-case hexadecimal digits.
  package var description: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
