import Testing

@testable import TransparencyLog

@Suite struct `The path of a tile` {
  static let paths: [(TilePath, String)] = [
    (TilePath(.hashes(level: 0), position: 0), "tile/0/000"),
    (TilePath(.hashes(level: 0), position: 999), "tile/0/999"),
    (TilePath(.hashes(level: 1), position: 1_000), "tile/1/x001/000"),
    (TilePath(.hashes(level: 0), position: 1_234_067), "tile/0/x001/x234/067"),
    (TilePath(.hashes(level: 3), position: 7, width: 5), "tile/3/007.p/5"),
    (TilePath(.entries, position: 0, width: 255), "tile/entries/000.p/255"),
    (TilePath(.entries, position: 1_001), "tile/entries/x001/001"),
  ]

  @Test(arguments: paths)
  func `is written and read as the standard has it`(path: TilePath, text: String) {
    #expect(path.description == text)
    #expect(TilePath(text) == path)
  }

  @Test(arguments: [
    "", "tile", "tile/0", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/00/000", "tile/8/000",
    "tile/-1/000", "tile/x/000", "tile/0/x000/000", "tile/0/000/000", "tile/0/x001", "tile/0/001.p",
    "tile/0/001.p/0", "tile/0/001.p/256", "tile/0/001.p/05", "tile/0/001.p/5/6", "tile/0/001/",
    "/tile/0/001", "tile/0/../001", "tile/entries/1", "tile/0/x001/x002.p/5", "tile/0/ 01",
    "tile/0/+01", "tile/0/001.q/5",
    "tile/0/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/999",
  ])
  func `is nothing else`(text: String) {
    #expect(TilePath(text) == nil)
  }

  @Test func `is listed for a size, and for what is new in it`() {
    func paths(_ size: Int, _ earlier: Int = 0) -> [String] {
      TilePath.all(in: size, after: earlier).map(\.description)
    }
    #expect(paths(0) == [])
    #expect(paths(5) == ["tile/0/000.p/5", "tile/entries/000.p/5"])
    #expect(
      paths(257) == [
        "tile/0/000", "tile/0/001.p/1", "tile/entries/000", "tile/entries/001.p/1",
        "tile/1/000.p/1",
      ])
    #expect(paths(257, 257) == [])
    #expect(paths(300, 257) == ["tile/0/001.p/44", "tile/entries/001.p/44"])
    #expect(
      paths(512, 257) == ["tile/0/001", "tile/entries/001", "tile/1/000.p/2"])
    #expect(paths(65_536).suffix(2) == ["tile/1/000", "tile/2/000.p/1"])
  }

  @Test func `of entries leads to their bytes behind their lengths`() {
    let entries: [[UInt8]] = [[], [7], Array(repeating: 9, count: 65_535)]
    let bytes = EntryBundle.encode(entries)
    #expect(Array(bytes[..<5]) == [0, 0, 0, 1, 7])
    #expect(EntryBundle.decode(bytes) == entries)
    #expect(EntryBundle.decode([]) == [])
    #expect(EntryBundle.decode(bytes.dropLast()) == nil)
    #expect(EntryBundle.decode([0]) == nil)
    #expect(EntryBundle.decode([0, 2, 1]) == nil)
  }
}
