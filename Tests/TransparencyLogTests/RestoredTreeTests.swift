import Testing

@testable import TransparencyLog

@Suite struct `A restored tree` {
  /// Enough to fill the tile that was partial, and to begin another.
  static let more = 300

  @Test func `goes on as if it had never stopped, from each size up to 600`() {
    let leaves = PlainTree.leaves(600 + Self.more)
    var whole = GrowingTree()
    for size in 0...600 {
      expectSame(whole, GrowingTree(restoring: PlainTree.partialTiles(of: leaves[..<size])))
      if [0, 1, 255, 256, 257, 511, 512, 513, 600].contains(size) {
        var restored = GrowingTree(restoring: PlainTree.partialTiles(of: leaves[..<size]))
        growTogether(whole, &restored, leaves[size..<(size + Self.more)])
      }
      _ = whole.append(leaves[size])
    }
  }

  @Test(arguments: [65_279, 65_535, 65_536, 65_537, 65_791, 65_792, 69_999])
  func `goes on where a tile of the second level fills`(size: Int) {
    let leaves = PlainTree.leaves(size + Self.more)
    var whole = GrowingTree()
    for leaf in leaves[..<size] { _ = whole.append(leaf) }
    var restored = GrowingTree(restoring: PlainTree.partialTiles(of: leaves[..<size]))
    expectSame(whole, restored)
    growTogether(whole, &restored, leaves[size...])
  }

  @Test func `from nothing is an empty one`() {
    let tree = GrowingTree(restoring: [])
    #expect(tree.size == 0)
    #expect(tree.root == .emptyRoot)
  }

  private func expectSame(_ whole: GrowingTree, _ restored: GrowingTree) {
    #expect(restored.size == whole.size)
    #expect(restored.root == whole.root, "at size \(whole.size)")
  }

  private func growTogether(
    _ whole: GrowingTree, _ restored: inout GrowingTree, _ leaves: ArraySlice<NodeHash>
  ) {
    var whole = whole
    for leaf in leaves {
      #expect(restored.append(leaf) == whole.append(leaf))
    }
    expectSame(whole, restored)
  }
}
