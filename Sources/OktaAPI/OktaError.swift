/// An error in Okta's envelope, with the HTTP status that Okta gives it.
package struct OktaError: Error, Hashable, Sendable {
  package var status: Int
  package var code: String
  package var summary: String
  package var causes: [String]

  package init(status: Int, code: String, summary: String, causes: [String] = []) {
    self.status = status
    self.code = code
    self.summary = summary
    self.causes = causes
  }

  /// The envelope, keys in the order that Okta sends. `errorCauses` is never null: SDKs crash on
  /// it.
  ///
  /// - Parameter errorID: `oae` and 22 characters.
  package func body(errorID: String) -> [UInt8] {
    JSONValue.object([
      .init("errorCode", .string(code)), .init("errorSummary", .string(summary)),
      .init("errorLink", .string(code)), .init("errorId", .string(errorID)),
      .init("errorCauses", .array(causes.map { ["errorSummary": .string($0)] })),
    ]).bytes
  }

  /// - Parameter random: 22 bytes; 6 bits of each are used.
  package static func errorID(random: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-".utf8)
    return "oae"
      + String(decoding: random.prefix(22).map { alphabet[Int($0 & 63)] }, as: UTF8.self)
  }

  package static let malformedBody = OktaError(
    status: 400, code: "E0000003", summary: "The request body was not well-formed.")
  package static let invalidToken = OktaError(
    status: 401, code: "E0000011", summary: "Invalid token provided")
  package static let forbidden = OktaError(
    status: 403, code: "E0000006",
    summary: "You do not have permission to perform the requested action")
  package static let pathNotFound = OktaError(
    status: 404, code: "E0000008", summary: "The requested path was not found")
  package static let methodNotAllowed = OktaError(
    status: 405, code: "E0000022",
    summary: "The endpoint does not support the provided HTTP method")
  package static let internalError = OktaError(
    status: 500, code: "E0000009", summary: "Internal Server Error")
  package static let unavailable = OktaError(
    status: 503, code: "E0000181", summary: "Service temporarily unavailable.")
  package static let tooManyRequests = OktaError(
    status: 429, code: "E0000047",
    summary: "API call exceeded rate limit due to too many requests.")

  package static func notFound(_ id: String, type: String = "AppInstance") -> OktaError {
    OktaError(
      status: 404, code: "E0000007", summary: "Not found: Resource not found: \(id) (\(type))")
  }

  package static func validation(_ what: String, cause: String? = nil) -> OktaError {
    OktaError(
      status: 400, code: "E0000001", summary: "Api validation failed: \(what)",
      causes: cause.map { [$0] } ?? [])
  }

  package static func conflict(_ what: String) -> OktaError {
    OktaError(
      status: 409, code: "E0000195", summary: "Api validation failed due to conflict: \(what)",
      causes: [what])
  }

  /// Well formed, and not what may be asked.
  package static func unprocessable(_ what: String) -> OktaError {
    OktaError(
      status: 422, code: "E0000001", summary: "Api validation failed: Idempotency-Key",
      causes: [what])
  }

  /// The same error with a sentence of ours among its causes.
  package func because(_ cause: String) -> OktaError {
    var error = self
    error.causes.append(cause)
    return error
  }

  /// Reads code and texts out of an answer; `nil` when it is no envelope.
  package static func read(_ bytes: [UInt8], status: Int) -> OktaError? {
    guard let value = try? JSONValue(parsing: bytes), let code = value["errorCode"]?.text else {
      return nil
    }
    return OktaError(
      status: status, code: code, summary: value["errorSummary"]?.text ?? "",
      causes: (value["errorCauses"]?.elements ?? []).compactMap { $0["errorSummary"]?.text })
  }
}
