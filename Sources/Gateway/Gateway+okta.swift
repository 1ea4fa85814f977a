import Commands
import Connections
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import OktaAPI
import Upstream

extension Gateway {
  func respond(to request: GatewayRequest, okta route: OktaRoute) async -> Response {
    switch route {
    case .getConnection(let app): return await read(app, request)
    case .jwks: return await keys(request)
    case .updateConnection(let app, let activate):
      return await change(app, request, .update) { () throws(OktaError) in
        try await update(request, activate: activate)
      }
    case .activate(let app):
      return await change(app, request, .activate) { () throws(OktaError) in
        _ = try await body(of: request)
        return .activate
      }
    case .deactivate(let app):
      return await change(app, request, .deactivate) { () throws(OktaError) in
        _ = try await body(of: request)
        return .deactivate
      }
    case .verify(let appName, let app, _):
      return await change(app, request, .verify) { () throws(OktaError) in
        _ = try await body(of: request)
        return .verify(appName: appName)
      }
    case .methodNotAllowed(let allowed):
      return errors.response(.methodNotAllowed).allowing(allowed)
    case .unknownConnectionPath, .other: return errors.response(.pathNotFound)
    }
  }

  // MARK: - Reading

  private func read(_ app: AppID, _ request: GatewayRequest) async -> Response {
    let caller: Doorkeeper.Caller
    do throws(Doorkeeper.Denial) {
      caller = try await doorkeeper.admit(request, needing: .reviewer)
    } catch { return denied(error, requestID: environment.newID()) }
    let outcome = await commands.readThrough(
      app, credential: caller.credential, headers: request.headers,
      context: EventContext(actor: caller.actor))
    switch outcome {
    case .answered(var answer):
      doorkeeper.note(answer, to: caller)
      if !caller.mayChange { answer.body = ConnectionResponse.hidingConsent(in: answer.body) }
      return response(answer, to: request)
    case .failed(let reason, _):
      return errors.response(
        .unavailable.because("Okta could not be read: \(reason). Nothing was changed."))
    }
  }

  // MARK: - Changing

  private func update(
    _ request: GatewayRequest, activate: Bool
  ) async throws(OktaError) -> CommandRequest.Operation {
    let body = try await body(of: request)
    // Okta takes one of them, and nobody here knows which.
    let words = Set(OktaRoute.parameters("activate", in: request.query).map { $0.lowercased() })
    guard words.count < 2 else {
      throw .validation("activate", cause: "It is given twice, with two values. Nothing was sent.")
    }
    return .update(try UpdateRequest(parsing: body, activate: activate), body: body)
  }

  /// All of it, also where nothing of it is used: a request that cannot be read to its end is not
  /// carried out.
  private func body(of request: GatewayRequest) async throws(OktaError) -> [UInt8] {
    do throws(GatewayRequest.BodyFault) { return try await request.wholeBody() } catch {
      switch error {
      case .tooLarge: throw .bodyTooLarge
      case .cut:
        throw .malformedBody.because("The body ended before its length. Nothing was sent to Okta.")
      case .late: throw .bodyTooLate
      }
    }
  }

  /// The way of every change: who, what, why, then the command layer.
  private func change(
    _ app: AppID, _ request: GatewayRequest, _ kind: ConnectionCommand.Kind,
    _ operation: () async throws(OktaError) -> CommandRequest.Operation
  ) async -> Response {
    let commandID = environment.newID()
    var response: Response
    do throws(OktaError) {
      response = try await performChange(app, request, kind, commandID, operation)
    } catch {
      response = errors.response(error, requestID: commandID)
    }
    // A repeat of an earlier command bears that one's id.
    if response.headers[.commandID] == nil { response.headers[.commandID] = commandID.description }
    return response
  }

  private func performChange(
    _ app: AppID, _ request: GatewayRequest, _ kind: ConnectionCommand.Kind,
    _ commandID: CommandID, _ operation: () async throws(OktaError) -> CommandRequest.Operation
  ) async throws(OktaError) -> Response {
    let caller: Doorkeeper.Caller
    do throws(Doorkeeper.Denial) {
      caller = try await doorkeeper.admit(request, needing: .operator)
    } catch {
      return await refuse(error, kind, app, request, commandID)
    }
    let why = try reason(of: request)
    let operation = try await operation()
    var command = CommandRequest(
      commandID: commandID, appID: app, operation: operation, query: request.query,
      headers: request.headers, credential: caller.credential,
      context: EventContext(
        actor: caller.actor, reason: why.reason, ticket: why.ticket))
    command.retry = retry(of: request)
    command.idempotencyKey = try idempotencyKey(of: request)
    let answer = await commands.carryOut(command)
    if case .answered(let oktas) = answer { doorkeeper.note(oktas, to: caller) }
    return response(answer, to: request, commandID)
  }

  /// `Hindsight-Reason` and `Hindsight-Ticket`.
  private func reason(
    of request: GatewayRequest
  ) throws(OktaError) -> (reason: String?, ticket: String?) {
    func bounded(_ name: String, _ limit: Int) throws(OktaError) -> String? {
      guard let text = request.header(name.lowercased()) else { return nil }
      guard request.headers.count(where: { $0.name.lowercased() == name.lowercased() }) == 1 else {
        throw .validation(name, cause: "\(name) is given more than once. Nothing was sent.")
      }
      guard text.utf8.count <= limit else {
        throw .validation(name, cause: "\(name) is longer than \(limit) bytes. Nothing was sent.")
      }
      // Bytes that are no UTF-8 arrive as U+FFFD: they would be recorded as what nobody wrote.
      guard !text.unicodeScalars.contains("\u{FFFD}") else {
        throw .validation(name, cause: "\(name) is not UTF-8. Nothing was sent.")
      }
      return text
    }
    return (try bounded("Hindsight-Reason", 2_000), try bounded("Hindsight-Ticket", 200))
  }

  /// `Idempotency-Key`: a string of RFC 8941 section 3.3.3, in quotes; the same without quotes is
  /// taken as well, for many clients send it so.
  private func idempotencyKey(of request: GatewayRequest) throws(OktaError) -> String? {
    let found = request.headers.filter { $0.name.lowercased() == "idempotency-key" }
    guard let text = found.first?.value else { return nil }
    guard found.count == 1, let key = StructuredString.parse(text), (1...255).contains(key.count)
    else {
      throw .validation(
        "Idempotency-Key",
        cause: "Idempotency-Key must be one string of 1 to 255 characters. Nothing was sent.")
    }
    return key
  }

  /// A client that repeats itself says so by two headers, each of which may stand several times.
  private func retry(of request: GatewayRequest) -> Retry? {
    let counts = request.headers.filter { $0.name.lowercased() == "x-okta-retry-count" }
    guard let requestID = request.header("x-okta-retry-for"),
      let attempt = counts.compactMap({ Int($0.value) }).max()
    else { return nil }
    return Retry(requestID: String(requestID.prefix(128)), attempt: attempt)
  }

  /// A known actor whose role is too small leaves a trace; a stranger does not.
  private func refuse(
    _ denial: Doorkeeper.Denial, _ kind: ConnectionCommand.Kind, _ app: AppID,
    _ request: GatewayRequest, _ commandID: CommandID
  ) async -> Response {
    if case .roleTooSmall(let actor, let needed) = denial {
      // One that cannot be read is none: the refusal is for the role.
      let why = try? reason(of: request)
      try? await access.recordRefusal(
        kind, of: app, status: 403, detail: "the role \(needed.rawValue) is needed",
        context: EventContext(
          actor: actor, commandID: commandID, reason: why?.reason, ticket: why?.ticket))
    }
    return denied(denial, requestID: commandID)
  }

  func denied(_ denial: Doorkeeper.Denial, requestID: UUIDv7) -> Response {
    switch denial {
    case .unknown: errors.response(.invalidToken, requestID: requestID)
    case .roleTooSmall(_, let needed):
      errors.response(
        .forbidden.because("The role \(needed.rawValue) is needed. Nothing was sent to Okta."),
        requestID: requestID)
    case .overBudget(let rate):
      errors.response(
        .tooManyRequests.because(
          """
          One caller may send \(rate.limit) requests a minute, and so may all together from one \
          address whose credentials Okta has not accepted yet. Nothing was sent to Okta; \
          wait until the time of X-Rate-Limit-Reset.
          """), requestID: requestID, rate: rate)
    }
  }

  // MARK: - Answering

  /// Okta's own answer, with its links leading through the gateway. An error that no SDK could read
  /// gets Okta's envelope.
  func response(
    _ answer: OktaAnswer, to request: GatewayRequest, requestID: UUIDv7? = nil
  ) -> Response {
    // The same for a repeat of the same command.
    let errorID =
      requestID.map { "oae" + $0.requestID.suffix(22) }
      ?? OktaError.errorID(random: environment.random(22))
    var answer = answer.readable(errorID: errorID)
    if answer.status == 401, case .own = doorkeeper.authentication {
      answer.body = ownTokenRefused(request).body(errorID: errorID)
    }
    let body = ConnectionResponse.rewritingLinks(in: answer.body, to: origin(for: request))
    var response = Response(
      status: .init(code: answer.status),
      headers: headers(answer.headers, for: request),
      body: body.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    errors.completeRetryHeaders(&response, requestID: requestID)
    return response
  }

  /// The caller is not to blame, and the operator is to know.
  func ownTokenRefused(_ request: GatewayRequest) -> OktaError {
    request.logger.error("Okta refuses Hindsight's own API token; renew the one of --upstream-auth")
    return .ownTokenRefused
  }

  /// What the caller gets of Okta's headers; their links lead through the gateway as well.
  func headers(_ oktas: [OktaAnswer.Header], for request: GatewayRequest) -> HTTPFields {
    HTTPFields(HeaderLinks.rehosted(HeaderPolicy.towardsClient(oktas), to: origin(for: request)))
  }

  /// Where the client thinks that it is talking to.
  func origin(for request: GatewayRequest) -> String {
    publicOrigin ?? "http://" + (request.authority ?? "localhost")
  }
}

extension OktaError {
  static let ownTokenRefused = OktaError(
    status: 401, code: "E0000011", summary: "Invalid token provided",
    causes: [
      """
      Okta refused the API token that Hindsight itself holds (--upstream-auth); yours is valid. \
      Nothing was changed.
      """
    ])
  static let bodyTooLate = OktaError(
    status: 408, code: "E0000003", summary: "The request body did not arrive in time.",
    causes: [
      """
      The body did not arrive within \(BodyPatience.seconds) seconds, or Hindsight is ending. \
      Nothing was sent to Okta.
      """
    ])
  static let bodyTooLarge = OktaError(
    status: 413, code: "E0000003", summary: "The request body is too large.",
    causes: [
      "The body is longer than \(GatewayRequest.maximumBodyBytes) bytes. Nothing was sent to Okta."
    ])
}
