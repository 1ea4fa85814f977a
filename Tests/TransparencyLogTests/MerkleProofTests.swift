import Testing

@testable import TransparencyLog

@Suite struct `Proofs in the tree` {
  /// Leaves, the tiles over them as a log would keep them, and the same by the definition.
  final class Scene {
    let leaves: [NodeHash]
    let plain: PlainProofs
    private var levels: [[NodeHash]] = []
    private var tiles = TileHashes()
    private var known: [Subtree: NodeHash] = [:]

    init(_ count: Int) {
      leaves = PlainTree.leaves(count)
      plain = PlainProofs(leaves)
      levels = [leaves]
      while let below = levels.last, below.count >= Tile.width {
        levels.append(
          (0..<below.count / Tile.width).map {
            Tile.root(over: below[$0 * Tile.width..<($0 + 1) * Tile.width])
          })
      }
    }

    func hash(_ subtree: Subtree) throws -> NodeHash {
      if let hash = known[subtree] { return hash }
      let hash = tiles.hash(of: subtree) { level, tile in
        Array(levels[level].dropFirst(tile * Tile.width).prefix(Tile.width))
      }
      let found = try #require(hash)
      known[subtree] = found
      return found
    }
  }

  private func check(_ scene: Scene, index: Int, size: Int) throws {
    let proof = try InclusionProof(index: index, size: size, scene.hash)
    #expect(proof.hashes == scene.plain.path(index, 0..<size), "\(index) in \(size)")
    #expect(
      proof.root(from: scene.leaves[index]) == scene.plain.root(0..<size), "\(index) in \(size)")
  }

  private func check(_ scene: Scene, old: Int, new: Int) throws {
    let proof = try ConsistencyProof(from: old, to: new, scene.hash)
    #expect(proof.hashes == scene.plain.proof(old, new), "\(old) to \(new)")
    let (oldRoot, newRoot) = (scene.plain.root(0..<old), scene.plain.root(0..<new))
    #expect(proof.leads(from: oldRoot, to: newRoot), "\(old) to \(new)")
    if old > 0 {
      #expect(!proof.leads(from: scene.leaves[0].flipped, to: newRoot), "\(old) to \(new)")
      #expect(!proof.leads(from: oldRoot, to: newRoot.flipped), "\(old) to \(new)")
    }
  }

  @Test func `are those of the definition, all of them up to a size of 130`() throws {
    let scene = Scene(130)
    for size in 0...130 {
      #expect(try Subtree.root(over: 0..<size, scene.hash) == scene.plain.root(0..<size))
      for index in 0..<size { try check(scene, index: index, size: size) }
      for old in 0...size { try check(scene, old: old, new: size) }
    }
  }

  @Test func `are those of the definition, at each size up to 2000`() throws {
    let scene = Scene(2_000)
    var numbers = CountedNumbers(seed: 5)
    for size in 131...2_000 {
      #expect(try Subtree.root(over: 0..<size, scene.hash) == scene.plain.root(0..<size))
      for index in [0, size - 1, numbers.below(size), numbers.below(size)] {
        try check(scene, index: index, size: size)
      }
      for old in [0, size - 1, size, numbers.below(size), numbers.below(size)] {
        try check(scene, old: old, new: size)
      }
    }
  }

  @Test(arguments: [65_535, 65_536, 65_537, 66_000])
  func `are those of the definition where a third level of tiles begins`(size: Int) throws {
    let scene = Scene(size)
    for index in [0, 255, 256, 40_000, 65_534, size - 1] {
      try check(scene, index: index, size: size)
      try check(scene, old: index, new: size)
    }
  }

  // MARK: - What proves nothing

  @Test func `of inclusion fail for another leaf, index, size or hash`() throws {
    let scene = Scene(600)
    var numbers = CountedNumbers(seed: 8)
    for _ in 0..<300 {
      let size = 2 + numbers.below(598)
      let index = numbers.below(size)
      let root = scene.plain.root(0..<size)
      let proof = try InclusionProof(index: index, size: size, scene.hash)
      #expect(proof.root(from: scene.leaves[index].flipped) != root)
      for place in proof.hashes.indices {
        var altered = proof
        altered.hashes[place] = altered.hashes[place].flipped
        #expect(altered.root(from: scene.leaves[index]) != root)
        var cut = proof
        cut.hashes.remove(at: place)
        #expect(cut.root(from: scene.leaves[index]) != root)
      }
      for other in [index - 1, index + 1, index ^ 1, index + size] where other != index {
        var moved = proof
        moved.index = other
        #expect(moved.root(from: scene.leaves[index]) != root, "\(index) as \(other) in \(size)")
      }
      var longer = proof
      longer.hashes.append(root)
      #expect(longer.root(from: scene.leaves[index]) == nil)
    }
  }

  @Test func `of consistency fail for another size or hash`() throws {
    let scene = Scene(600)
    var numbers = CountedNumbers(seed: 9)
    for _ in 0..<300 {
      let size = 3 + numbers.below(597)
      let old = 1 + numbers.below(size - 2)
      let (oldRoot, newRoot) = (scene.plain.root(0..<old), scene.plain.root(0..<size))
      let proof = try ConsistencyProof(from: old, to: size, scene.hash)
      for place in proof.hashes.indices {
        var altered = proof
        altered.hashes[place] = altered.hashes[place].flipped
        #expect(!altered.leads(from: oldRoot, to: newRoot))
        altered.hashes.remove(at: place)
        #expect(!altered.leads(from: oldRoot, to: newRoot))
      }
      var longer = proof
      longer.hashes.append(newRoot)
      #expect(!longer.leads(from: oldRoot, to: newRoot))
      #expect(
        !ConsistencyProof(from: size, to: old, hashes: proof.hashes)
          .leads(from: newRoot, to: oldRoot))
    }
  }

  @Test func `from a tree to itself are empty, and say that it is the same`() {
    let (one, other) = (NodeHash.leaf([1]), NodeHash.leaf([2]))
    #expect(ConsistencyProof(from: 3, to: 3, hashes: []).leads(from: one, to: one))
    #expect(!ConsistencyProof(from: 3, to: 3, hashes: []).leads(from: one, to: other))
    #expect(!ConsistencyProof(from: 3, to: 3, hashes: [one]).leads(from: one, to: one))
    #expect(ConsistencyProof(from: 0, to: 3, hashes: []).leads(from: .emptyRoot, to: other))
    #expect(!ConsistencyProof(from: 0, to: 3, hashes: []).leads(from: one, to: other))
  }

  @Test func `read each tile once, and take no hash that a tile has not`() {
    var tiles = TileHashes()
    var reads = 0
    let hashes = PlainTree.leaves(7)
    func hash(_ height: Int, _ position: Int) -> NodeHash? {
      tiles.hash(of: Subtree(height: height, position: position)) { _, _ in
        reads += 1
        return hashes
      }
    }
    #expect(hash(0, 6) == hashes[6])
    #expect(hash(1, 2) == .node(hashes[4], hashes[5]))
    #expect(hash(1, 3) == nil)
    #expect(hash(0, 7) == nil)
    #expect(reads == 1)
  }
}

extension NodeHash {
  /// Another hash, by one bit.
  var flipped: NodeHash {
    var bytes = bytes
    bytes[7] ^= 0x10
    return NodeHash(bytes: bytes) ?? self
  }
}
