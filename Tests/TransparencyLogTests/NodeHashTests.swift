import Testing

@testable import TransparencyLog

@Suite struct `A node hash` {
  @Test func `of an empty entry is the leaf hash that RFC 6962 implies`() {
    #expect(
      NodeHash.leaf([]).description
        == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
  }

  @Test func `keeps leaves and inner nodes apart`() {
    let left = NodeHash.leaf([1])
    let right = NodeHash.leaf([2])
    #expect(NodeHash.node(left, right) != NodeHash.leaf(left.bytes + right.bytes))
    #expect(NodeHash.node(left, right) != NodeHash.node(right, left))
  }

  @Test func `is the same from an array and from lent bytes`() {
    let entry = Array("an entry".utf8)
    #expect(entry.withUnsafeBytes { NodeHash.leaf($0) } == NodeHash.leaf(entry))
  }

  @Test func `comes back from its bytes`() {
    let hash = NodeHash.leaf([7])
    #expect(NodeHash(bytes: hash.bytes) == hash)
    #expect(hash.bytes.count == NodeHash.byteCount)
  }

  @Test func `prints its bytes in order`() throws {
    let hash = try #require(NodeHash(bytes: (0..<32).map { UInt8($0 * 8) }))
    #expect(
      hash.description == "0008101820283038404850586068707880889098a0a8b0b8c0c8d0d8e0e8f0f8")
  }

  @Test(arguments: [0, 1, 31, 33, 64])
  func `is made of 32 bytes and of no other number`(count: Int) {
    #expect(NodeHash(bytes: [UInt8](repeating: 0, count: count)) == nil)
  }
}
