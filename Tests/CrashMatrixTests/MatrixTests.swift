import Connections
import EventStore
import Fixtures
import Testing

@testable import CrashMatrix

@Suite(.timeLimit(.minutes(5))) struct `The crash matrix` {
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

  /// The kinds of events that lie in the journal after the last life of a round.
  private func kinds(after name: RoundName) async throws -> Set<EventPayload.Kind> {
    let directory = try TemporaryDirectory()
    return try await Stage.lend(in: directory.path) { stage in
      let ground = try await Ground.prepare(Plan(number: name.plan, of: 5), on: stage)
      let result = try await Round(name, on: ground, of: stage, liesAboutSync: false).run()
      #expect(result.broken == [], "\(name)")
      let reader = try SQLiteJournal.openForReading(directory: result.directory + "/last").reader
      return Set(try await reader.events(EventSelection(limit: .max)).map(\.payload.kind))
    }
  }

  @Test func `goes back, shreds and holds`() async throws {
    var found: Set<EventPayload.Kind> = []
    let wanted: Set<EventPayload.Kind> = [
      .rollbackCompleted, .secretShredded, .holdAdded, .secretRefused,
    ]
    for number in 0..<60 where !found.isSuperset(of: wanted) {
      let steps = Plan(number: number, of: 5).steps
      let isOfUse = steps.contains { step in
        switch step {
        case .rollBack, .hold, .shred: true
        default: false
        }
      }
      guard isOfUse else { continue }
      found.formUnion(try await kinds(after: RoundName(plan: number, kind: .none, boundary: 0)))
    }
    #expect(found.isSuperset(of: wanted))
  }

  @Test func `goes on with a rollback that the power cut`() async throws {
    let number = (0..<100).first { number in
      let plan = Plan(number: number, of: 5)
      guard case .rollBack(app: _, .none)? = plan.steps.last else { return false }
      return !plan.isConcurrent
    }
    let plan = try #require(number)
    let dry = try await run(RoundName(plan: plan, kind: .none, boundary: 0)).boundaries
    var isResumed = false
    // Its steps are the last thing that the first life does.
    for boundary in stride(from: dry, to: max(0, dry - 60), by: -3) where !isResumed {
      isResumed = try await kinds(
        after: RoundName(plan: plan, kind: .cut, boundary: boundary)
      ).contains(.rollbackResumed)
    }
    #expect(isResumed)
  }

  @Test func `asks again with the same key`() {
    let asked = (0..<40).flatMap { Plan(number: $0, of: 5).steps }.compactMap { step in
      if case .order(let order) = step, order.asking != "first" { order } else { nil }
    }
    #expect(asked.count > 5)
    for order in asked {
      #expect(order.idempotencyKey != nil && order.name != order.mark && order.fault == nil)
    }
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
