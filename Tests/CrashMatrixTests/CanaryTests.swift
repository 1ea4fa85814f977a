import Foundation
import Testing

@testable import CrashMatrix

@Suite struct `A canary` {
  static let text = "cnry/+0123456789"

  static let dresses: [String] = [
    text, "before" + text + "behind", #"{"token":"cnry\/+0123456789"}"#,
    "token=cnry%2F%2B0123456789", "token=cnry%2f%2b0123456789", "636e72792f2b30313233343536373839",
    "636E72792F2B30313233343536373839", Data(text.utf8).base64EncodedString(),
    Data(("x" + text + "y").utf8).base64EncodedString(),
    Data(("xx" + text).utf8).base64EncodedString(),
    Data(("xxx" + text + "yyyy").utf8).base64EncodedString().replacing("/", with: "_")
      .replacing("+", with: "-"),
  ]

  @Test(arguments: dresses) func `is found in each dress`(dress: String) {
    let file = [UInt8](repeating: 99, count: 700) + Array(dress.utf8)
    #expect(Canary(Self.text).leaks(in: ["a": file]).map(\.promise) == [.sealed])
  }

  @Test func `is found beside others`() {
    #expect(
      Canary("another", Self.text).leaks(in: ["a": Array(Self.text.utf8), "b": [99]]).count == 1)
  }

  @Test(arguments: ["", "cnry", "cnry/+012345678", "another text"])
  func `is not found where it is not`(text: String) {
    #expect(Canary(Self.text).leaks(in: ["a": Array(text.utf8)]) == [])
  }
}
