import Fixtures

/// A browser in few lines: it keeps cookies, and sends a form with what the page put into it.
struct Browser {
  let gateway: RunningGateway
  private(set) var cookies: [String: String] = [:]
  /// What the last page gave its forms.
  private(set) var csrf = ""

  init(_ gateway: RunningGateway) { self.gateway = gateway }

  mutating func get(_ target: String, headers: [String] = []) async throws -> RawAnswer {
    keep(try await gateway.ask("GET", target, as: .nobody, headers: lines + headers))
  }

  mutating func post(
    _ target: String, _ fields: [String: String], headers: [String] = [], csrf: String? = nil
  ) async throws -> RawAnswer {
    var fields = fields
    fields["csrf"] = csrf ?? self.csrf
    let body = fields.sorted { $0.key < $1.key }
      .map { "\($0.key)=\(Self.encoded($0.value))" }.joined(separator: "&")
    return keep(try await gateway.ask("POST", target, as: .nobody, headers: lines + headers, body))
  }

  mutating func signIn(as caller: RunningGateway.Caller) async throws {
    _ = try await get("/hindsight/signin")
    _ = try await post("/hindsight/signin", ["token": gateway.token(of: caller)])
  }

  mutating func forget(_ cookie: String) { cookies[cookie] = nil }

  private var lines: [String] {
    guard !cookies.isEmpty else { return [] }
    return ["Cookie: " + cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")]
  }

  private mutating func keep(_ answer: RawAnswer) -> RawAnswer {
    for line in answer.all("set-cookie") {
      let pair = line.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
      guard let name = pair.first else { continue }
      cookies[String(name)] = pair.count == 2 ? String(pair[1]) : nil
    }
    if let found = answer.text.firstMatch(of: /name="csrf" value="([^"]+)"/) {
      csrf = String(found.output.1)
    }
    return answer
  }

  private static func encoded(_ text: String) -> String {
    text.utf8.map { byte in
      switch byte {
      case 48...57, 65...90, 97...122: String(UnicodeScalar(byte))
      default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }.joined()
  }
}
