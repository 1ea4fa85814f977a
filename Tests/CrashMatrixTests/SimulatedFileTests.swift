import Testing

@testable import CrashMatrix

@Suite struct `A simulated file` {
  private let page = [UInt8](repeating: 7, count: 4_096)

  private func contents(
    _ file: SimulatedFile, _ fate: SimulatedFile.Fate
  ) -> Set<[UInt8]> {
    var dice = Dice(seed: 1)
    return Set((0..<200).map { _ in file.afterPowerCut(fate, &dice) })
  }

  @Test func `keeps what was synced, whatever happens`() {
    var file = SimulatedFile()
    file.add(.write(offset: 0, page))
    file.sync()
    #expect(contents(file, .lost) == [page])
    #expect(contents(file, .mixed) == [page])
  }

  @Test func `may lose, keep or tear what was not synced`() {
    var file = SimulatedFile(durable: [UInt8](repeating: 1, count: 4_096))
    file.add(.write(offset: 0, page))
    let found = contents(file, .mixed)
    #expect(found.contains(page))
    #expect(found.contains { $0.allSatisfy { $0 == 1 } })
    let torn = found.filter { Set($0) == [1, 7] }
    #expect(torn.count > 10)
    for bytes in torn {
      // Sector by sector, each whole.
      for start in stride(from: 0, to: 4_096, by: SimulatedFile.sectorBytes) {
        #expect(Set(bytes[start..<start + SimulatedFile.sectorBytes]).count == 1)
      }
    }
  }

  @Test func `may take later changes and lose earlier ones`() {
    var file = SimulatedFile()
    file.add(.write(offset: 0, [1, 1]))
    file.add(.write(offset: 2, [2]))
    file.add(.truncate(size: 1))
    let found = contents(file, .mixed)
    #expect(found.contains([0, 0, 2]))
    #expect(found.contains([]))
    #expect(found.contains([1]))
    #expect(contents(file, .kept) == [[1]])
  }

  @Test func `has forgotten after a failed sync what was waiting for it`() {
    var file = SimulatedFile()
    var dice = Dice(seed: 2)
    file.add(.write(offset: 0, page))
    file.failSync(&dice)
    let after = contents(file, .kept)
    file.sync()
    #expect(contents(file, .lost) == after)
  }
}
