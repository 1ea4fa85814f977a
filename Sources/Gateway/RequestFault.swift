import OktaAPI

/// What no door takes, whatever the path: a request that two programs may read in two ways. It is
/// refused before anything is done.
enum RequestFault {
  case pathNotWellFormed
  case targetTooLong
  case transferCoding
  case severalHosts
  case lengthBeyondBounds

  init?(_ request: GatewayRequest) {
    func values(_ name: String) -> [String] {
      request.headers.filter { $0.name.lowercased() == name }
        .map { String($0.value.lowercased().filter { $0 != " " && $0 != "\t" }) }
    }
    let codings = values("transfer-encoding")
    if request.target.utf8.count > Self.maximumTargetBytes {
      self = .targetTooLong
    } else if !request.hasReadablePath {
      self = .pathNotWellFormed
    } else if !codings.isEmpty, codings != ["chunked"] {
      self = .transferCoding
    } else if values("host").contains(where: { $0 != request.authority?.lowercased() }) {
      self = .severalHosts
    } else if request.contentLength == .max {
      self = .lengthBeyondBounds
    } else {
      return nil
    }
  }

  /// The longest path and query, in bytes; a consent's code and state fit many times.
  private static let maximumTargetBytes = 16 << 10

  var sentence: String {
    switch self {
    case .targetTooLong: "The path and query are longer than \(Self.maximumTargetBytes) bytes."
    case .pathNotWellFormed: "The path is not well-formed: it must be percent-encoded UTF-8."
    case .transferCoding: "The only transfer coding that is taken is chunked, once."
    case .severalHosts: "The request names several hosts."
    case .lengthBeyondBounds: "The Content-Length is beyond all bounds."
    }
  }

  var status: Int {
    switch self {
    case .lengthBeyondBounds: 413
    case .targetTooLong: 414
    case .pathNotWellFormed, .transferCoding, .severalHosts: 400
    }
  }
}
