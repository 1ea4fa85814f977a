/// What was seen of one upstream call, or why there was none.
package struct CallRecord: Hashable, Sendable {
  /// The HTTP status of the answer, if one came to its end.
  package var status: Int?
  /// Okta's `errorCode`, such as `E0000001`.
  package var errorCode: String?
  /// Okta's summary and causes, with any secret of the request cut out.
  package var errorSummary: String?
  /// `X-Okta-Request-Id`: the join key to Okta's System Log.
  package var requestID: String?
  package var rateLimit: RateLimit?
  /// From the first byte sent to the last read, in microseconds.
  package var durationMicroseconds: Int?
  /// In one sentence why it was refused by us, not sent, or in doubt.
  package var detail: String?

  package init(
    status: Int? = nil, errorCode: String? = nil, errorSummary: String? = nil,
    requestID: String? = nil, rateLimit: RateLimit? = nil, durationMicroseconds: Int? = nil,
    detail: String? = nil
  ) {
    self.status = status
    self.errorCode = errorCode
    self.errorSummary = errorSummary
    self.requestID = requestID
    self.rateLimit = rateLimit
    self.durationMicroseconds = durationMicroseconds
    self.detail = detail
  }

  /// Okta itself answered, so it is done with the call. What stands between may answer 502, 503 and
  /// 504 while Okta is still at it, and a redirection is not Okta's word.
  var isOktasLastWord: Bool {
    guard let status else { return false }
    return status == 500 || status == 501 || (200..<300).contains(status)
  }

  func write(to writer: inout CanonicalWriter) {
    writer.string("detail", detail)
    writer.integer("durationMicroseconds", durationMicroseconds)
    writer.string("errorCode", errorCode)
    writer.string("errorSummary", errorSummary)
    if let rateLimit { writer.object("rateLimit") { rateLimit.write(to: &$0) } }
    writer.string("requestId", requestID)
    writer.integer("status", status)
  }

  init(from reader: inout CanonicalReader) throws(EventFault) {
    detail = try reader.optionalString("detail")
    durationMicroseconds = try reader.optionalInteger("durationMicroseconds")
    errorCode = try reader.optionalString("errorCode")
    errorSummary = try reader.optionalString("errorSummary")
    rateLimit = try reader.optionalObject("rateLimit") { (reader) throws(EventFault) in
      try RateLimit(from: &reader)
    }
    requestID = try reader.optionalString("requestId")
    status = try reader.optionalInteger("status")
  }
}

/// Okta's `X-Rate-Limit-*` headers of one answer.
package struct RateLimit: Hashable, Sendable {
  /// Calls a window.
  package var limit: Int
  /// Calls left in this window.
  package var remaining: Int
  /// When the window ends, in seconds since the epoch.
  package var resetEpochSeconds: Int

  package init(limit: Int, remaining: Int, resetEpochSeconds: Int) {
    self.limit = limit
    self.remaining = remaining
    self.resetEpochSeconds = resetEpochSeconds
  }

  func write(to writer: inout CanonicalWriter) {
    writer.integer("limit", limit)
    writer.integer("remaining", remaining)
    writer.integer("resetEpochSeconds", resetEpochSeconds)
  }

  init(from reader: inout CanonicalReader) throws(EventFault) {
    limit = try reader.integer("limit")
    remaining = try reader.integer("remaining")
    resetEpochSeconds = try reader.integer("resetEpochSeconds")
  }
}
