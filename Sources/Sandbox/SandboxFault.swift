package import Connections
package import OktaAPI

/// Something that goes wrong on purpose, for the next calls that match it.
package struct SandboxFault: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    /// The answer is right, and late.
    case latency(milliseconds: Int)
    /// An error in Okta's envelope, with the code that Okta gives it.
    case status(Int)
    /// The connection is reset (RST) after the whole request, before any byte of an answer.
    case reset
    /// The connection is reset as soon as the request's head is there, whatever has come of its
    /// body. Such a call never takes effect.
    case resetEarly
    /// The connection is closed before any byte of an answer.
    case cutHead
    /// The connection is closed in the middle of the answer's head.
    case cutHeaders
    /// The connection is closed in the middle of the body.
    case cutBody
    /// The body comes a byte at a time, and does not end until it is released; then it is cut.
    case dripBody
    /// 200 with a text that is not JSON.
    case notJSON
    /// 200 with no body at all.
    case empty
    case rateLimit
    case rateLimitWithoutHeaders
    case forbidden
    /// No answer until it is released. A call that was not applied is then cut off, and never
    /// takes effect.
    case hang
  }

  package var kind: Kind
  /// `nil`: any.
  package var operation: SandboxOperation?
  /// `nil`: any.
  package var appID: AppID?
  /// So many matching calls pass unharmed first.
  package var skip: Int
  /// So many matching calls are then harmed.
  package var times: Int
  /// The call takes effect all the same, and the fault comes after. A late call takes effect in any
  /// case: after its wait, or before it if this is set.
  package var isApplied: Bool

  package init(
    _ kind: Kind, on operation: SandboxOperation? = nil, skip: Int = 0, times: Int = 1,
    isApplied: Bool = false
  ) {
    self.kind = kind
    self.operation = operation
    self.skip = skip
    self.times = times
    self.isApplied = isApplied
  }

  /// The call takes effect, and the fault comes after.
  var comesAfterEffect: Bool { isApplied && kind != .resetEarly }

  /// Reads a control request. Strict, for a fault with a misspelt word would make a test pass.
  package init(parsing value: JSONValue) throws(OktaError) {
    guard let members = value.members else { throw .malformedBody }
    let known = [
      "fault", "operation", "appId", "skip", "times", "applied", "milliseconds", "status",
    ]
    if let stranger = members.first(where: { !known.contains($0.key) }) {
      throw .validation("fault", cause: "There is no field \(stranger.key).")
    }
    self.init(try Self.kind(value))
    if let word = try Self.read("operation", of: value, { $0.text }), word != "any" {
      guard let operation = SandboxOperation(rawValue: word) else {
        throw .validation("operation", cause: "There is no operation \(word).")
      }
      self.operation = operation
    }
    appID = try Self.read("appId", of: value) { $0.text.flatMap { AppID($0) } }
    skip = try Self.read("skip", of: value) { $0.integer.flatMap { $0 >= 0 ? $0 : nil } } ?? 0
    times = try Self.read("times", of: value) { $0.integer.flatMap { $0 >= 1 ? $0 : nil } } ?? 1
    isApplied = try Self.read("applied", of: value) { $0.boolean } ?? false
    guard comesAfterEffect == isApplied else {
      throw .validation("applied", cause: "A call that is reset early never takes effect.")
    }
  }

  /// A field that may be missing, but must fit when it is there.
  private static func read<Field>(
    _ name: String, of value: JSONValue, _ convert: (JSONValue) -> Field?
  ) throws(OktaError) -> Field? {
    guard let member = value[name] else { return nil }
    guard let field = convert(member) else {
      throw .validation(name, cause: "The value of \(name) does not fit.")
    }
    return field
  }

  private static func kind(_ value: JSONValue) throws(OktaError) -> Kind {
    switch value["fault"]?.text {
    case "latency":
      guard let milliseconds = value["milliseconds"]?.integer, milliseconds >= 0 else {
        throw .validation("milliseconds", cause: "Latency needs a number of milliseconds.")
      }
      return .latency(milliseconds: milliseconds)
    case "status":
      guard let status = value["status"]?.integer, (400...599).contains(status) else {
        throw .validation("status", cause: "A status fault needs a status from 400 to 599.")
      }
      return .status(status)
    case "reset": return .reset
    case "resetEarly": return .resetEarly
    case "cutHead": return .cutHead
    case "cutHeaders": return .cutHeaders
    case "cutBody": return .cutBody
    case "dripBody": return .dripBody
    case "notJSON": return .notJSON
    case "empty": return .empty
    case "rateLimit": return .rateLimit
    case "rateLimitWithoutHeaders": return .rateLimitWithoutHeaders
    case "forbidden": return .forbidden
    case "hang": return .hang
    default: throw .validation("fault", cause: "There is no such fault.")
    }
  }

  func matches(_ operation: SandboxOperation, _ app: AppID?) -> Bool {
    (self.operation ?? operation) == operation && (appID == nil || appID == app)
  }
}

/// The faults that are waiting for their calls; of several that match, the first that was set
/// comes first.
struct SandboxFaults: Sendable {
  private(set) var waiting: [SandboxFault] = []

  mutating func add(_ fault: SandboxFault) { waiting.append(fault) }
  mutating func removeAll() { waiting = [] }

  /// Takes the fault that is due for a call if it comes before the call's body does.
  mutating func takeEarly(_ operation: SandboxOperation, _ app: AppID?) -> Bool {
    guard let first = waiting.first(where: { $0.times > 0 && $0.matches(operation, app) }),
      first.kind == .resetEarly, first.skip == 0
    else { return false }
    return take(operation, app) != nil
  }

  /// The fault for a call, if one is due.
  mutating func take(_ operation: SandboxOperation, _ app: AppID?) -> SandboxFault? {
    guard let position = waiting.firstIndex(where: { $0.times > 0 && $0.matches(operation, app) })
    else { return nil }
    if waiting[position].skip > 0 {
      waiting[position].skip -= 1
      return nil
    }
    let fault = waiting[position]
    waiting[position].times -= 1
    if waiting[position].times == 0 { waiting.remove(at: position) }
    return fault
  }
}

extension SandboxFault {
  /// What the client gets instead of the answer.
  ///
  /// - Parameter real: the answer of a call that took effect.
  func answer(
    to request: SandboxRequest, instead real: SandboxAnswer?, rate: SandboxRateLimit.Reading,
    exhausted: SandboxRateLimit.Reading
  ) -> SandboxAnswer {
    func failure(_ error: OktaError) -> SandboxAnswer { .failure(error, request) }
    switch kind {
    case .status(let status): return failure(Self.error(status)).stamped(request, rate)
    case .forbidden: return failure(.forbidden).stamped(request, rate)
    case .rateLimit: return failure(.tooManyRequests).stamped(request, exhausted)
    case .rateLimitWithoutHeaders: return failure(.tooManyRequests).stamped(request, nil)
    case .notJSON:
      let html = SandboxAnswer.Header(name: "Content-Type", value: "text/html")
      return SandboxAnswer(status: 200, headers: [html], body: Array("<html>Sorry</html>".utf8))
        .stamped(request, rate)
    case .empty: return SandboxAnswer(status: 200).stamped(request, rate)
    case .reset, .resetEarly: return SandboxAnswer(status: 500, delivery: .reset)
    case .cutHead: return SandboxAnswer(status: 500, delivery: .cutHead)
    case .cutHeaders: return SandboxAnswer(status: 200, delivery: .cutHeaders)
    case .cutBody, .dripBody:
      // A 204 has no body that could be cut, and a call without effect has none to show.
      var cut =
        real.flatMap { $0.body.isEmpty ? nil : $0 }
        ?? SandboxAnswer.json(["status": "ENABLED"]).stamped(request, rate)
      cut.delivery = kind == .cutBody ? .cutBody : .dripBody
      return cut
    case .latency, .hang: return real ?? SandboxAnswer(status: 500, delivery: .cutHead)
    }
  }

  private static func error(_ status: Int) -> OktaError {
    let known: [OktaError] = [
      SandboxConnection.refusedCredential, .invalidToken, .forbidden, .pathNotFound,
      .methodNotAllowed, .conflict("Another change is under way."), .tooManyRequests, .unavailable,
      OktaError(status: 423, code: "E0000239", summary: "Policy reconciliation is under way."),
    ]
    var error =
      known.first { $0.status == status }
      ?? (status < 500 ? .validation("request", cause: "It cannot be done.") : .internalError)
    error.status = status
    return error
  }
}
