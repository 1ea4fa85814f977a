import OktaAPI

/// The members of a native request's body. Nothing in it is passed over: what a misspelt or
/// mistyped field was to restrain would happen unrestrained.
struct BodyFields {
  private let members: [String: JSONValue]

  init(_ body: JSONValue, named names: Set<String>) throws(Gateway.InputFault) {
    guard let members = body.members else {
      throw Gateway.InputFault(detail: "The body must be a JSON object. Nothing was done.")
    }
    if let stranger = members.first(where: { !names.contains($0.key) }) {
      throw Gateway.InputFault(
        detail: "The body has no field \(stranger.key.debugDescription). Nothing was done.")
    }
    self.members = Dictionary(members.map { ($0.key, $0.value) }) { first, _ in first }
  }

  subscript(name: String) -> JSONValue? { members[name] }

  /// A text of at most so many bytes; null is as good as absent.
  func text(_ name: String, upTo limit: Int) throws(Gateway.InputFault) -> String? {
    guard let value = members[name], value != .null else { return nil }
    guard let text = value.text, text.utf8.count <= limit else {
      throw Gateway.InputFault(
        detail: "\(name) must be a text of at most \(limit) bytes. Nothing was done.")
    }
    return text
  }

  /// Why; nothing is said by blanks.
  func reason() throws(Gateway.InputFault) -> String? {
    guard let text = try text("reason", upTo: 2_000), !text.allSatisfy(\.isWhitespace) else {
      return nil
    }
    return text
  }
}
