import Connections
import Fixtures
import Testing

@testable import Commands

/// A word for programs is recorded; people are told a phrase.
@Suite struct `A refused rollback is told in words` {
  private static let id = StillLife().newID()

  @Test(
    arguments: [
      .blocked(.connectionNotKnown), .blocked(.targetNotFound), .blocked(.targetStateUnknown),
      .blocked(.presentStateUnknown), .blocked(.secretNeverRecorded),
      .blocked(.secretCompromised(fingerprint: "f")), .blocked(.secretShredded(fingerprint: "f")),
      .blocked(.rollbackOpen(id)), .blocked(.overtaken(by: id)), .blocked(.unsupportedApp),
      .blocked(.commandInFlight(id)), .planIsVoid(expected: "a", found: "b"), .noCredential,
      .busy(waited: .seconds(1)), .notRead("why"), .secretDoesNotOpen(id), .nothingPicked,
      .notKnown,
      .notOpen(.completed), .awaitsConsent(until: StillLife().now),
    ] as [RollbackRefusal])
  func `for each word`(refusal: RollbackRefusal) {
    let phrase = RefusalPhrase.of(refusal.word)
    #expect(phrase != refusal.word && phrase.contains(" "))
  }
}
