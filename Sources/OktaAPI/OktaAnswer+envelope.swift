/// An error that an SDK can read, whatever came from upstream.
extension OktaAnswer {
  private var isJSON: Bool {
    let type = header("content-type")?.lowercased().prefix { $0 != ";" }
    return type?.filter { !$0.isWhitespace } == "application/json"
  }

  /// The same answer, unless it is an error that is none of Okta's: one of its SDKs takes an empty
  /// 404 for a success, and several lose a text that is not JSON. Such an error keeps its status
  /// and gets Okta's envelope. What has an error code is Okta's word, and its body stays as it is.
  ///
  /// - Parameter errorID: `oae` and 22 characters, for an envelope of ours.
  package func readable(errorID: @autoclosure () -> String) -> OktaAnswer {
    let isOktas = error != nil
    guard status >= 400, !(isOktas && isJSON) else { return self }
    var answer = self
    answer.headers.removeAll {
      ["content-type", "content-encoding"].contains($0.name.lowercased())
    }
    answer.headers.append(Header("Content-Type", "application/json"))
    if !isOktas { answer.body = OktaError.saidByStatus(status).body(errorID: errorID()) }
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
