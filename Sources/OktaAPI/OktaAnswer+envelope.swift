/// An error that an SDK can read, whatever came from upstream.
extension OktaAnswer {
  /// Whether the body is an error in Okta's envelope, with what no SDK can do without.
  private var isEnvelope: Bool {
    guard let value = try? JSONValue(parsing: body) else { return false }
    return value["errorCode"]?.text != nil && value["errorSummary"]?.text != nil
      && value["errorCauses"]?.elements != nil
  }

  private var isJSON: Bool {
    let type = header("content-type")?.lowercased().prefix { $0 != ";" }
    return type?.filter { !$0.isWhitespace } == "application/json"
  }

  /// The same answer, unless it is an error that Okta's SDKs cannot read: one of them takes an
  /// empty 404 for a success, and several lose a text that is not JSON. Such an error keeps its
  /// status and gets an envelope; one that is an envelope is kept byte for byte.
  ///
  /// - Parameter errorID: `oae` and 22 characters, for an envelope of ours.
  package func readable(errorID: @autoclosure () -> String) -> OktaAnswer {
    guard status >= 400, !(isEnvelope && isJSON) else { return self }
    var answer = self
    answer.headers.removeAll {
      ["content-type", "content-encoding"].contains($0.name.lowercased())
    }
    answer.headers.append(Header("Content-Type", "application/json"))
    guard !isEnvelope else { return answer }
    let own = (try? JSONValue(parsing: body))?["errorId"]?.text
    answer.body = (error ?? OktaError.saidByStatus(status)).body(errorID: own ?? errorID())
    return answer
  }
}

extension OktaError {
  /// What a status alone says.
  package static func saidByStatus(_ status: Int) -> OktaError {
    let known: [OktaError] = [
      .invalidToken, .forbidden, .pathNotFound, .methodNotAllowed, .tooManyRequests, .unavailable,
    ]
    var error =
      known.first { $0.status == status }
      ?? (status < 500 ? .validation("request") : .internalError)
    error.status = status
    return error.because("Okta answered with status \(status) and said no more.")
  }
}
