extension GatewayRequest {
  /// The path, but for parts that are neither words of an interface nor ids: a caller who mistakes
  /// a place may put a secret there.
  var loggedPath: String {
    path.split(separator: "/", omittingEmptySubsequences: false)
      .map { Self.isHarmless($0) ? String($0) : "…" }.joined(separator: "/")
  }

  private static func isHarmless(_ part: Substring) -> Bool {
    // Words, numbers, Okta's ids, ours, and fingerprints.
    part.wholeMatch(
      of: /|v1|[A-Za-z_.]{1,20}|[0-9]{1,12}|0[0o][a-z][A-Za-z0-9]{17}|[0-9a-f-]{32,36}/) != nil
  }
}
