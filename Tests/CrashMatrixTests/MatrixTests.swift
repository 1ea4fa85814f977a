import Fixtures
import Testing

@testable import CrashMatrix

@Suite(.timeLimit(.minutes(1))) struct `The crash matrix` {
  private func run(
    _ name: RoundName, liesAboutSync: Bool = false
  ) async throws -> Round.Result {
    let directory = try TemporaryDirectory()
    return try await Stage.lend(in: directory.path) { stage in
      let ground = try await Ground.prepare(Plan(number: name.plan, of: 5), on: stage)
      return try await Round(name, on: ground, of: stage, liesAboutSync: liesAboutSync).run()
    }
  }

  /// A plan without changes at the same time, so that it passes the same boundaries each time.
  private var sequential: Int {
    (0..<100).first { !Plan(number: $0, of: 5).isConcurrent } ?? 0
  }

  @Test func `passes the same boundaries in each run of a plan`() async throws {
    let name = RoundName(plan: sequential, kind: .none, boundary: 0)
    let first = try await run(name)
    #expect(first.broken == [])
    #expect(first.boundaries > 50)
    #expect(try await run(name).boundaries == first.boundaries)
  }

  @Test func `ends at the boundary that it is told`() async throws {
    let result = try await run(RoundName(plan: sequential, kind: .cut, boundary: 40))
    #expect(result.broken == [])
    #expect(result.boundaries == 40)
  }

  @Test func `finds out a disk that lies about its syncs`() async throws {
    let result = try await run(
      RoundName(plan: sequential, kind: .none, boundary: 0), liesAboutSync: true)
    #expect(result.broken.contains { $0.promise == .intentFirst })
    #expect(result.broken.contains { $0.promise == .answersAreRecorded })
  }

  @Test(arguments: ["12.cut.45", "0.none.0", "3.io.7", "1.full.2"])
  func `reads the name of a round`(text: String) {
    #expect(RoundName(text)?.description == text)
  }

  @Test(arguments: ["", "12", "12.cut", "12.cut.", "12.burn.4", "-1.cut.4", "1.cut.4.5"])
  func `takes no other text for a name`(text: String) {
    #expect(RoundName(text) == nil)
  }
}
