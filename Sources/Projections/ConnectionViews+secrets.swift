package import Connections

extension ConnectionViews {
  /// The connections whose credential in force has one of these secrets, by fingerprint.
  package func holders(of fingerprints: [String]) async throws -> [String: [AppID]] {
    let wanted = Set(fingerprints)
    guard !wanted.isEmpty else { return [:] }
    var holders: [String: [AppID]] = [:]
    for version in try await connections(at: .now).connections {
      guard let held = version.snapshot.fingerprint, wanted.contains(held) else { continue }
      holders[held, default: []].append(version.appID)
    }
    return holders
  }
}
