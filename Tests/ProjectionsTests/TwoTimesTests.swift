import Connections
import EventStore
import Fixtures
import Testing

@testable import Projections

/// What was known then, and what was so: two questions.
@Suite struct `What was so at a time` {
  private static let off = ConnectionState(status: "DISABLED", authScheme: "TOKEN")
  private static let on = ConnectionState(status: "ENABLED", authScheme: "TOKEN")
  private let life = StillLife()
  private let journal = InMemoryJournal()
  private let app = SampleApp.org2Org

  private func append(_ payload: EventPayload, _ command: CommandID? = nil) async throws {
    _ = try await journal.append(
      AppendBatch(
        to: .connection(app), at: .any, [life.draft(payload, command: command)]))
    life.advance(seconds: 60)
  }

  private func observe(_ state: ConnectionState, isDrift: Bool = false) async throws {
    try await append(
      .observed(
        Observation(cause: isDrift ? .client : .baseline, isDrift: isDrift, state: state)))
  }

  private func ask(_ time: String) async throws -> (so: WhatWasSo?, known: ConnectionState?) {
    let views = try await ConnectionViews.inMemory(of: journal)
    let instant = try #require(Instant(time))
    let known = try await views.connection(app, at: .time(instant)).connection
    return (try await views.whatWasSo(of: app, at: instant), known?.snapshot.state)
  }

  @Test func `is told with the two moments between which it changed past Hindsight`() async throws {
    try await observe(Self.off)
    life.advance(seconds: 3_600)
    let seen = life.now
    try await observe(Self.on, isDrift: true)
    let first = try #require(Instant("2026-11-23T08:00:00Z"))
    let before = try await ask("2026-11-23T08:30:00Z")
    #expect(before.known == Self.off)
    #expect(before.so?.snapshot.state == Self.off)
    #expect(before.so?.certainty == .changedBetween(first, seen))
    let after = try await ask("2026-11-23T09:30:00Z")
    #expect(after.so?.snapshot.state == Self.on && after.so?.certainty == .known)
    #expect(after.known == Self.on)
    #expect(try await ask("2026-11-23T07:00:00Z").so == nil)
  }

  /// What a command left is recorded a little after it was read.
  @Test func `is told with the two moments after a command, too`() async throws {
    try await observe(Self.off)
    let command = life.newID()
    let before = Reading(source: .journal, state: Self.off, readAt: life.now)
    try await append(
      .intended(Intent(before: before, command: .activate, expectedVersion: 1)), command)
    let read = life.now
    let after = Reading(source: .get, state: Self.on, readAt: read)
    life.advance(seconds: 1)
    let done = life.now
    try await append(
      .succeeded(Outcome(call: CallRecord(status: 204), after: after)), command)
    life.advance(seconds: 3_600)
    let seen = life.now
    try await observe(Self.off, isDrift: true)
    let so = try #require(try await ask("2026-11-23T08:30:00Z").so)
    #expect(so.snapshot.state == Self.on)
    #expect(so.since == done && so.certainty == .changedBetween(read, seen))
  }

  @Test func `lifts a doubt that has ended since, and what was known keeps it`() async throws {
    try await observe(Self.off)
    let command = life.newID()
    let reading = Reading(source: .journal, state: Self.off, readAt: life.now)
    try await append(
      .intended(Intent(before: reading, command: .activate, expectedVersion: 1)), command)
    let began = life.now
    try await append(.inDoubt(Outcome(call: CallRecord(detail: "No answer came."))), command)
    life.advance(seconds: 3_600)
    let ended = life.now
    let observed = Reading(source: .get, state: Self.on, readAt: life.now)
    try await append(.resolved(Resolution(verdict: .applied, observed: observed)), command)
    let then = try await ask("2026-11-23T08:30:00Z")
    #expect(then.known == Self.off, "nobody knew it then")
    #expect(then.so?.snapshot.state == Self.on)
    #expect(then.so?.since == began && then.so?.certainty == .learntLater(at: ended))
  }

  @Test func `stays in doubt where the doubt is open`() async throws {
    try await observe(Self.off)
    let command = life.newID()
    let reading = Reading(source: .journal, state: Self.off, readAt: life.now)
    try await append(
      .intended(Intent(before: reading, command: .activate, expectedVersion: 1)), command)
    try await append(.inDoubt(Outcome(call: CallRecord(detail: "No answer came."))), command)
    #expect(try await ask("2026-11-23T12:00:00Z").so?.certainty == .inDoubt(command))
  }

  @Test func `knows when Okta could not be reached, and when Hindsight was down`() async throws {
    try await observe(Self.off)
    let reading = Reading(source: .journal, state: Self.off, readAt: life.now)
    let lost = life.newID()
    try await append(
      .intended(Intent(before: reading, command: .activate, expectedVersion: 1)), lost)
    let from = life.now
    try await append(.notSent(Outcome(call: CallRecord(detail: "No name."))), lost)
    let seen = life.now
    let found = life.newID()
    try await append(
      .intended(Intent(before: reading, command: .activate, expectedVersion: 1)), found)
    let to = life.now
    try await append(.succeeded(Outcome(call: CallRecord(status: 204))), found)
    life.advance(seconds: 600)
    _ = try await journal.append(
      AppendBatch(
        to: .access, at: .any, [life.draft(.notice(.watchResumed(lastSeenAt: seen)))]))
    let views = try await ConnectionViews.inMemory(of: journal)
    let gaps = try await views.gaps(size: try await views.size())
    #expect(gaps.map(\.cause) == [.oktaUnreachable, .hindsightDown])
    #expect(gaps.first.map { [$0.from, $0.to] } == [from, to])
    #expect(gaps.first?.detail == "No name.")
    #expect(gaps.last.map { [$0.from, $0.to] } == [seen, life.now])
    // Where the outage lasted still.
    #expect(try await views.gaps(size: 3).map(\.to) == [nil])
  }
}
