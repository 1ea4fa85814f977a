package import Connections
import EventStore
import Logging
import Vault

extension CommandHandler {
  /// Copies named in one event; a body holds at most 65,535 bytes.
  private static let copiesPerEvent = 200

  /// Destroys the data keys of a secret, in every connection that ever had it. Refused while a hold
  /// covers one of its copies; the attempt is recorded.
  package func shred(
    _ fingerprint: String, context: EventContext
  ) async throws(SecretFault) -> ShredResult {
    let result: Result<ShredResult, SecretFault> = await runToTheEnd {
      do throws(SecretFault) {
        return .success(try await self.shredNamed(fingerprint, context))
      } catch { return .failure(error) }
    }
    return try result.get()
  }

  private func shredNamed(
    _ fingerprint: String, _ context: EventContext
  ) async throws(SecretFault) -> ShredResult {
    while true {
      if let result = try await tryToShred(fingerprint, context) { return result }
    }
  }

  private func tryToShred(
    _ fingerprint: String, _ context: EventContext
  ) async throws(SecretFault) -> ShredResult? {
    let (all, standing) = try await copies { $0.fingerprint == fingerprint }
    guard !all.isEmpty else { throw .notKnown }
    let left = all.map(\.copy).filter { !standing.isShredded($0.id) }
    guard !left.isEmpty else { throw .shreddedBefore(isScrubbed: await scrub()) }
    let holds = Set(left.flatMap { standing.holds(covering: $0).map(\.hold.id) })
    guard holds.isEmpty else {
      try await record(
        SecretRefusal(.shred, of: fingerprint, because: "a legal hold covers it"), context)
      throw .held(holds.sorted { $0.description < $1.description })
    }
    guard var result = try await destroy(left, at: standing.version, context) else { return nil }
    // What is gone is gone: where the rest cannot be read any more, it is not told.
    result.holders =
      (try? await holders(of: fingerprint, among: Set(left.map(\.appID)))) ?? SecretHolders()
    return result
  }

  /// Destroys the data keys of all secrets last set more than so many days ago that are not in
  /// force in their connection, and cannot be; what a hold covers is left and told.
  package func shredOlder(
    thanDays days: Int, context: EventContext
  ) async throws(SecretFault) -> ShredResult {
    let result: Result<ShredResult, SecretFault> = await runToTheEnd {
      do throws(SecretFault) {
        return .success(try await self.shredByRule(days, context))
      } catch { return .failure(error) }
    }
    return try result.get()
  }

  private func shredByRule(
    _ days: Int, _ context: EventContext
  ) async throws(SecretFault) -> ShredResult {
    while true {
      if let result = try await tryToShred(olderThanDays: days, context) { return result }
    }
  }

  private func tryToShred(
    olderThanDays days: Int, _ context: EventContext
  ) async throws(SecretFault) -> ShredResult? {
    let limit = environment.now().adding(seconds: -86_400 * Int64(days))
    let (all, standing) = try await copies { _ in true }
    var inForce: Set<UsedSecret> = []
    do throws(JournalFault) {
      for app in Set(all.map(\.copy.appID)) {
        let connection = try await load(app)
        for reference in connection.presentSecrets + connection.possibleSecrets {
          inForce.insert(UsedSecret(app, reference.fingerprint))
        }
      }
    } catch { throw .notRecorded(RecordingFault(error)) }
    let lastUse = all.reduce(into: [UsedSecret: Instant]()) { last, recorded in
      last[UsedSecret(recorded.copy.appID, recorded.copy.fingerprint)] = recorded.recordedAt
    }
    let due = all.map(\.copy).filter { copy in
      let used = UsedSecret(copy.appID, copy.fingerprint)
      return !standing.isShredded(copy.id) && !inForce.contains(used)
        && lastUse[used].map { $0 < limit } == true
    }
    let held = due.filter { !standing.holds(covering: $0).isEmpty }
    let free = due.filter { standing.holds(covering: $0).isEmpty }
    guard !free.isEmpty else {
      return ShredResult(copies: [], held: held, isScrubbed: await scrub())
    }
    var result = try await destroy(free, olderThanDays: days, at: standing.version, context)
    result?.held = held
    return result
  }

  /// A secret in one connection.
  private struct UsedSecret: Hashable {
    var appID: AppID
    var fingerprint: String

    init(_ appID: AppID, _ fingerprint: String) {
      self.appID = appID
      self.fingerprint = fingerprint
    }
  }

  private func copies(
    _ isWanted: (SecretReference) -> Bool
  ) async throws(SecretFault) -> ([RecordedCopy], SecretStanding) {
    do throws(JournalFault) {
      let wanted = try await recordedCopies.all().filter { isWanted($0.reference) }
      return (wanted, try await secrets.standing())
    } catch { throw .notRecorded(RecordingFault(error)) }
  }

  /// The events and the destruction are one transaction: what is told as shredded is, and nothing
  /// else.
  ///
  /// - Parameter version: of the standing that was looked at.
  /// - Returns: `nil` when the standing has moved: a hold may have come.
  private func destroy(
    _ copies: [SealedCopy], olderThanDays: Int? = nil, at version: Int, _ context: EventContext
  ) async throws(SecretFault) -> ShredResult? {
    let facts = stride(from: 0, to: copies.count, by: Self.copiesPerEvent).map { start in
      SecretEvent.shredded(
        Shredding(
          Array(copies[start..<min(start + Self.copiesPerEvent, copies.count)]),
          olderThanDays: olderThanDays))
    }
    do throws(JournalFault) {
      try await secrets.append(
        facts, context, at: .exactly(version), keys: copies.map { .destroy(secret: $0.id) })
    } catch {
      if case .conflict = error { return nil }
      throw .notRecorded(RecordingFault(error))
    }
    // The keys are gone, whatever becomes of the old pages.
    return ShredResult(copies: copies, isScrubbed: await scrub())
  }

  private func scrub() async -> Bool {
    do throws(JournalFault) { return try await writer.scrub() } catch {
      logger.error(
        "the journal's write-ahead log could not be cut, and still keeps what was shredded",
        metadata: ["fault": "\(error)"])
      return false
    }
  }

  func record(
    _ refusal: SecretRefusal, _ context: EventContext
  ) async throws(SecretFault) {
    do throws(JournalFault) { try await secrets.append([.refused(refusal)], context) } catch {
      throw .notRecorded(RecordingFault(error))
    }
  }

  // MARK: - Holds

  package func holds() async throws(SecretFault) -> [SecretStanding.StandingHold] {
    do throws(JournalFault) { return try await secrets.standing().holds } catch {
      throw .notRecorded(RecordingFault(error))
    }
  }

  /// - Throws: `SecretFault.notKnown`, `.shredded` or `.connectionNotKnown` where it would cover
  ///   nothing.
  package func addHold(
    over scope: Hold.Scope, context: EventContext
  ) async throws(SecretFault) -> Hold {
    switch scope {
    case .all: break
    case .secret(let fingerprint):
      let (all, standing) = try await copies { $0.fingerprint == fingerprint }
      guard !all.isEmpty else { throw .notKnown }
      guard !all.allSatisfy({ standing.isShredded($0.copy.id) }) else { throw .shredded }
    case .connection(let app):
      let version: Int
      do throws(JournalFault) { version = try await load(app).version } catch {
        throw .notRecorded(RecordingFault(error))
      }
      guard version > 0 else { throw .connectionNotKnown }
    }
    let hold = Hold(id: environment.newID(), scope: scope)
    do throws(JournalFault) { try await secrets.append([.holdAdded(hold)], context) } catch {
      throw .notRecorded(RecordingFault(error))
    }
    return hold
  }

  package func releaseHold(
    _ id: UUIDv7, context: EventContext
  ) async throws(SecretFault) {
    guard try await holds().contains(where: { $0.hold.id == id }) else { throw .holdNotKnown }
    do throws(JournalFault) {
      try await secrets.append([.holdReleased(holdID: id)], context)
    } catch { throw .notRecorded(RecordingFault(error)) }
  }

  // MARK: - Revealing

  /// Opens one secret for a person's eyes. That it was revealed, to whom and why, is durable before
  /// it is opened.
  package func reveal(
    _ fingerprint: String, context: EventContext
  ) async throws(SecretFault) -> Secret {
    let (all, standing) = try await copies { $0.fingerprint == fingerprint }
    guard let any = all.last else { throw .notKnown }
    guard limits.allowsRevealing else {
      try await record(
        SecretRefusal(.reveal, of: any.copy.fingerprint, because: "revealing is switched off"),
        context)
      throw .revealingIsOff
    }
    guard let open = all.last(where: { !standing.isShredded($0.copy.id) }) else {
      try await record(
        SecretRefusal(.reveal, of: any.copy.fingerprint, because: "it was shredded"), context)
      throw .shredded
    }
    let sealed: SealedSecret?
    do throws(JournalFault) {
      try await secrets.append([.revealed(open.copy)], context)
      sealed = try await reader.sealedSecret(open.copy.id)
    } catch { throw .notRecorded(RecordingFault(error)) }
    guard let sealed else { throw .shredded }
    do throws(VaultFault) {
      return try vault.open(sealed, open.reference, for: open.copy.appID, in: open.intentID)
    } catch { throw .doesNotOpen(open.copy.id) }
  }
}
