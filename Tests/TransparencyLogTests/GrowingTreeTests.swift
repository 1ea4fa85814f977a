import Testing

@testable import TransparencyLog

@Suite struct `A growing tree` {
  /// The reference inputs of Certificate Transparency, and the roots over the first n of them.
  static let inputs: [[UInt8]] = [
    [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
    [0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
    Array(0x60...0x6f),
  ]

  static let roots: [(size: Int, root: String)] = [
    (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    (4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    (5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    (6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
  ]

  @Test(arguments: roots)
  func `has the published roots`(size: Int, root: String) {
    var tree = GrowingTree()
    for input in Self.inputs.prefix(size) { _ = tree.append(.leaf(input)) }
    #expect(tree.size == size)
    #expect(tree.root.description == root)
  }

  @Test func `has the root that the definition gives, at each size up to 600`() {
    let leaves = PlainTree.leaves(600)
    var tree = GrowingTree()
    #expect(tree.root == PlainTree.root([]))
    for size in 1...600 {
      _ = tree.append(leaves[size - 1])
      #expect(tree.size == size)
      #expect(tree.root == PlainTree.root(leaves[..<size]), "at size \(size)")
    }
  }

  @Test func `has the root that the definition gives, where a tile of the second level fills`() {
    let leaves = PlainTree.leaves(70_000)
    var tree = GrowingTree()
    for (position, leaf) in leaves.enumerated() {
      _ = tree.append(leaf)
      let size = position + 1
      guard [65_280, 65_535, 65_536, 65_537, 70_000].contains(size) else { continue }
      #expect(tree.root == PlainTree.root(leaves[..<size]), "at size \(size)")
    }
    #expect(tree.size == 70_000)
  }

  @Test func `is a value: a copy grows alone`() {
    var tree = GrowingTree()
    _ = tree.append(.leaf([1]))
    let before = tree
    _ = tree.append(.leaf([2]))
    #expect(before.size == 1)
    #expect(before.root == .leaf([1]))
  }

  // MARK: - Tiles

  @Test func `gives out a tile for each 256 hashes, and nothing in between`() {
    let leaves = PlainTree.leaves(70_000)
    var tree = GrowingTree()
    var level0: [Tile] = []
    var level1: [Tile] = []
    for (position, leaf) in leaves.enumerated() {
      let tiles = tree.append(leaf)
      let size = position + 1
      #expect(tiles.map(\.level) == (size % 65_536 == 0 ? [0, 1] : size % 256 == 0 ? [0] : []))
      level0 += tiles.filter { $0.level == 0 }
      level1 += tiles.filter { $0.level == 1 }
    }
    #expect(level0.map(\.position) == Array(0..<273))
    #expect(level0.flatMap(\.hashes) == Array(leaves[..<(273 * 256)]))
    #expect(level1.map(\.position) == [0])
    #expect(level1.first?.hashes == level0.prefix(256).map(\.root))
    #expect(level1.first?.root == PlainTree.root(leaves[..<65_536]))
  }

  @Test(arguments: [(0, 1), (1, 256), (2, 65_536), (3, 16_777_216)])
  func `counts the leaves below a hash`(level: Int, leaves: Int) {
    #expect(GrowingTree.leaves(at: level) == leaves)
  }
}

@Suite struct `A tile` {
  let tile = Tile(level: 0, position: 0, hashes: PlainTree.leaves(256))

  @Test func `has the root of the tree over its hashes`() {
    #expect(tile.root == PlainTree.root(tile.hashes[...]))
  }

  @Test func `is stored as its hashes one after another`() {
    #expect(tile.bytes.count == 8_192)
    #expect(Array(tile.bytes[32..<64]) == tile.hashes[1].bytes)
    #expect(Tile.hashes(tile.bytes) == tile.hashes)
    #expect(Tile.hashes([]) == [])
  }

  @Test(arguments: [1, 31, 33, 8_191])
  func `is not read from a part of a hash`(count: Int) {
    #expect(Tile.hashes([UInt8](repeating: 0, count: count)) == nil)
  }
}
