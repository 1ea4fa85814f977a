import Commands
import Connections
import HTTPTypes
import Hummingbird
import NIOCore
import OktaAPI
import Upstream

extension Gateway {
  /// Passes a request on untouched, streaming both ways.
  ///
  /// - Parameter needsCredential: whether Okta is called with the caller's rights. Below
  ///   `/oauth2` and `/.well-known` the caller proves itself to Okta, or need not.
  func forward(
    _ request: GatewayRequest, needsCredential: Bool, role: Role = .operator
  ) async -> Response {
    let credential: OktaCredential?
    if needsCredential, case .own = doorkeeper.authentication {
      do throws(Doorkeeper.Denial) {
        credential = try await doorkeeper.admit(request, needing: role).credential
      } catch { return denied(error, requestID: environment.newID()) }
    } else {
      credential = await doorkeeper.passingCredential(of: request)
    }
    let hasBody =
      (request.contentLength ?? 0) > 0 || request.header("transfer-encoding") != nil
    do throws(TransportFailure) {
      let answer = try await upstream.forward(
        UpstreamClient.Forward(
          method: request.method, target: collapsed(request.target), headers: request.headers,
          credential: credential, body: hasBody ? request.body : nil,
          contentLength: request.contentLength))
      return response(answer, isHead: request.method == "HEAD")
    } catch {
      return errors.response(
        error.isNotSent
          ? .unavailable.because("Nothing was sent to Okta: \(error.reason).")
          : .internalError.because("Whether Okta carried this out is not known: \(error.reason)."))
    }
  }

  private func response(_ answer: UpstreamClient.ForwardedAnswer, isHead: Bool) -> Response {
    let length = answer.headers.first { $0.name.lowercased() == "content-length" }
      .flatMap { Int($0.value) }
    let hasNoBody = isHead || answer.status == 204 || answer.status == 304
    let body = answer.body
    var response = Response(
      status: .init(code: answer.status),
      headers: HTTPFields(HeaderPolicy.towardsClient(answer.headers)),
      body: hasNoBody
        ? ResponseBody()
        : ResponseBody(contentLength: length) { writer in
          for try await part in body { try await writer.write(part) }
          try await writer.finish(nil)
        })
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
