import Commands
import Connections
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import OktaAPI
import Upstream

extension Gateway {
  /// Passes a request on untouched, streaming both ways.
  ///
  /// - Parameter needsCredential: whether Okta is called with the caller's rights. Below
  ///   `/oauth2` and `/.well-known` the caller proves itself to Okta, or need not.
  func forward(_ request: GatewayRequest, needsCredential: Bool) async -> Response {
    do throws(Failed) {
      let authorization = try await authorization(
        of: request, needsCredential: needsCredential, role: .operator)
      let body = request.hasBody ? request.arrivingBody() : nil
      let answer = try await pass(request, body, authorization)
      if answer.status == 401, needsCredential, case .own = doorkeeper.authentication {
        await body?.end()
        return errors.response(ownTokenRefused(request))
      }
      if OktaRoute.split(collapsed(request.target)).path == "/api/v1/apps" {
        await note(answer.headers, authorization)
      }
      return await response(answer, to: request, ending: body)
    } catch { return error.response }
  }

  /// The key set of a connection, one of the six operations: read whole, within the time of every
  /// call, before anything of it is passed on.
  func keys(_ request: GatewayRequest) async -> Response {
    do throws(Failed) {
      let authorization = try await authorization(
        of: request, needsCredential: true, role: .reviewer)
      let outcome = await upstream.read(
        target: collapsed(request.target), authorization: authorization, headers: request.headers)
      switch outcome {
      case .answered(let answer):
        await note(answer.headers, authorization)
        return response(answer, to: request)
      case .failed(let reason, _):
        return errors.response(
          .unavailable.because("Okta could not be read: \(reason). Nothing was changed."))
      }
    } catch { return error.response }
  }

  /// The calls that Okta counts together with those about connections.
  private func note(_ headers: [OktaAnswer.Header], _ authorization: Secret?) async {
    let header = authorization?.withBytes { String(decoding: $0, as: UTF8.self) }
    guard let credential = header.flatMap({ OktaCredential(header: $0) }) else { return }
    let answer = OktaAnswer(status: 0, headers: headers, body: [], durationMicroseconds: 0)
    await commands.note(answer.rateLimit, of: credential)
  }

  /// What ends it before there is an answer of Okta's.
  private struct Failed: Error {
    var response: Response
  }

  /// What Okta is called with: in *own* mode Hindsight's credential where the caller's rights
  /// count, and else what the caller itself brought.
  private func authorization(
    of request: GatewayRequest, needsCredential: Bool, role: Role
  ) async throws(Failed) -> Secret? {
    let isOwn = if case .own = doorkeeper.authentication { true } else { false }
    do throws(Doorkeeper.Denial) {
      if needsCredential, isOwn {
        return try await doorkeeper.admit(request, needing: role).credential.header
      }
      switch doorkeeper.proof(of: request) {
      case .none: return nil
      case .oktas(let header): return header
      case .hindsightToken:
        // A client sends its token with everything; where Okta asks for none, it must not see it.
        guard isOwn else { throw .unknown }
        return nil
      }
    } catch {
      throw Failed(response: denied(error, requestID: environment.newID()))
    }
  }

  private func pass(
    _ request: GatewayRequest, _ body: ArrivingBody?, _ authorization: Secret?
  ) async throws(Failed) -> UpstreamClient.ForwardedAnswer {
    do throws(TransportFailure) {
      return try await upstream.forward(
        UpstreamClient.Forward(
          method: request.method, target: collapsed(request.target), headers: request.headers,
          authorization: authorization, body: body,
          contentLength: request.contentLength))
    } catch {
      await body?.end()
      if let body, await body.wasLate { throw Failed(response: errors.response(.forwardTooLate)) }
      // A GET changes nothing, whatever became of it.
      let changedNothing = error.isNotSent || ["GET", "HEAD", "OPTIONS"].contains(request.method)
      request.logger.warning(
        "Okta did not answer what was passed on", metadata: ["cause": "\(error.reason)"])
      throw Failed(
        response: errors.response(
          changedNothing
            ? .unavailable.because(
              error.isNotSent
                ? "Nothing was sent to Okta: \(error.reason)."
                : "Okta could not be read: \(error.reason). Nothing was changed.")
            : .internalError.because(
              "Whether Okta carried this out is not known: \(error.reason).")))
    }
  }

  /// - Parameter arriving: what is still passed on while the answer comes back, and no longer.
  private func response(
    _ answer: UpstreamClient.ForwardedAnswer, to request: GatewayRequest,
    ending arriving: ArrivingBody?
  ) async -> Response {
    let length = answer.headers.first { $0.name.lowercased() == "content-length" }
      .flatMap { Int($0.value) }
    let hasNoBody = request.method == "HEAD" || answer.status == 204 || answer.status == 304
    if hasNoBody { await arriving?.end() }
    let body = answer.body
    var response = Response(
      status: .init(code: answer.status), headers: headers(answer.headers, for: request),
      body: hasNoBody
        ? ResponseBody()
        : ResponseBody(contentLength: length) { writer in
          for try await part in body { try await writer.write(part) }
          await arriving?.end()
          try await writer.finish(nil)
        })
    // RFC 9110 section 8.6: the length that a GET would have.
    if request.method == "HEAD", let length { response.headers[.contentLength] = String(length) }
    errors.completeRetryHeaders(&response, requestID: nil)
    return response
  }

  /// Okta collapses doubled slashes; one at the front would be read as an authority on the way.
  private func collapsed(_ target: String) -> String {
    let (path, query) = OktaRoute.split(target)
    var out = ""
    for character in path where !(character == "/" && out.last == "/") { out.append(character) }
    return out + (query.map { "?" + $0 } ?? "")
  }
}

extension OktaError {
  fileprivate static let forwardTooLate = OktaError(
    status: 408, code: "E0000003", summary: "The request body was not well-formed.",
    causes: [
      """
      The body did not arrive within \(BodyPatience.seconds) seconds, or Hindsight is ending. Okta \
      got only a part of it.
      """
    ])
}
