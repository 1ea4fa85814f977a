import Connections
import EventStore
import Evidence
import Fixtures
import Notary
import Testing
import TransparencyLog

@Suite(.timeLimit(.minutes(5))) struct `The witnesses of a log` {
  private func cosign(
    _ witness: Cosigner, _ checkpoint: CheckedCheckpoint?, in journal: SQLiteJournal
  ) async throws {
    let checkpoint = try #require(checkpoint)
    try await journal.writer.addCosignature(
      try witness.sign(checkpoint.checkpoint.text), by: witness.key,
      size: checkpoint.checkpoint.size)
  }

  @Test func `are told with their last word, those that are asked first`() async throws {
    let seconds: [UInt64] = [1_790_000_000, 1_790_000_060]
    let asked = try Cosigner(name: "asked.example/w", seed: Array(2...33)) { seconds[1] }
    let silent = try Cosigner(name: "silent.example/w", seed: Array(3...34)) { seconds[0] }
    let former = try Cosigner(name: "former.example/w", seed: Array(4...35)) { seconds[0] }
    let scene = try SignedJournal()
    try await scene.lend { journal, notary in
      try await scene.append(2, to: journal)
      let first = try await notary.sign()
      for witness in [asked, former] { try await cosign(witness, first, in: journal) }
      try await scene.append(3, to: journal)
      try await cosign(asked, try await notary.sign(), in: journal)
    }
    let log = PublishedLog(try scene.reader(), witnesses: [silent.key, asked.key])
    #expect(
      try await log.witnessStandings() == [
        .init(name: "silent.example/w", isAsked: true),
        .init(
          name: "asked.example/w", isAsked: true, size: 5,
          at: Instant(microseconds: 1_790_000_060_000_000)),
        .init(
          name: "former.example/w", isAsked: false, size: 2,
          at: Instant(microseconds: 1_790_000_000_000_000)),
      ])
  }
}
