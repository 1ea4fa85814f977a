import Testing

@testable import Connections

@Suite struct `A secret` {
  static let text = "tok-9f1c-hunter2"
  let secret = Secret(text)

  /// Everything that a log line, an error or a debugger's dump could print.
  private func descriptions(of value: some Any) -> String {
    var text = "\(value)\n" + String(reflecting: value) + "\n" + String(describing: value) + "\n"
    dump(value, to: &text)
    return text
  }

  @Test func `describes itself with nothing`() {
    #expect("\(secret)" == "(secret)")
    #expect(String(reflecting: secret) == "(secret)")
    #expect(Mirror(reflecting: secret).children.isEmpty)
    var dumped = ""
    dump(secret, to: &dumped)
    #expect(dumped == "- (secret)\n")
  }

  @Test func `is not seen in what holds it`() {
    struct Holder { let name = "holder", secret: Secret }
    struct Failure: Error { let secret: Secret? }
    let texts = [
      descriptions(of: [secret]), descriptions(of: ["token": secret]),
      descriptions(of: Optional(secret)), descriptions(of: Holder(secret: secret)),
      descriptions(of: Failure(secret: secret)), descriptions(of: (1, secret)),
    ]
    for text in texts {
      #expect(text.contains("(secret)"))
      #expect(!text.contains("9f1c"))
      // Its bytes as a list of numbers, in one line or in many.
      #expect(!text.contains("116, 111, 107"))
      #expect(!text.contains("- 116\n"))
    }
  }

  @Test func `lends its bytes`() {
    #expect(secret.withBytes { $0 } == Array(Self.text.utf8))
    #expect(Secret(bytes: [1, 2, 3]).withBytes { $0 } == [1, 2, 3])
  }

  @Test func `lets an error of the borrower through`() {
    struct Refused: Error {}
    #expect(throws: Refused.self) {
      try secret.withBytes { (_) throws(Refused) -> Int in throw Refused() }
    }
  }

  @Test(arguments: [("", true), (" ", false), ("x", false)])
  func `knows whether it is empty`(text: String, isEmpty: Bool) {
    #expect(Secret(text).isEmpty == isEmpty)
  }
}
