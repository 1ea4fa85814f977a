package import Connections
import OktaAPI

/// A pretend Okta organisation: its apps, their connections, and what is meant to go wrong.
///
/// It answers requests as values; ``SandboxServer`` carries them over a port. Nothing is durable.
package actor SandboxOrganisation {
  /// The credentials that the organisation accepts. They open nothing but the sandbox.
  package static let adminToken = "00sandboxAdminToken"
  package static let accessToken = "sandboxAccessToken"

  private(set) var switches: SandboxSwitches
  private(set) var apps: [AppID: SandboxApp]
  var connections: [AppID: SandboxConnection] = [:]
  var faults = SandboxFaults()
  private(set) var callCounts: [SandboxOperation: Int] = [:]
  private var appsBucket: SandboxRateLimit
  private var otherBucket: SandboxRateLimit
  private var hanging: [AsyncStream<Never>.Continuation] = []
  /// Counts how often whatever is held was let go of.
  private(set) var releases = 0
  private var isClosing = false
  private var arrivals = 0
  /// Sees each call when it arrives, and again when it takes effect.
  private let witness: @Sendable (SandboxCall) -> Void

  package init(
    switches: SandboxSwitches = .init(), apps: [SandboxApp] = SandboxApp.samples,
    witness: @escaping @Sendable (SandboxCall) -> Void = { _ in }
  ) {
    self.switches = switches
    self.witness = witness
    self.apps = Dictionary(apps.map { ($0.id, $0) }) { first, _ in first }
    appsBucket = SandboxRateLimit(limit: switches.callsPerMinute)
    otherBucket = SandboxRateLimit(limit: switches.callsPerMinute)
  }

  /// The token that is held for an app now.
  package func token(ofApp app: AppID) -> Secret? { connections[app]?.token }

  /// Whether a person's consent is held for an app now.
  package func hasConsent(ofApp app: AppID) -> Bool { connections[app]?.hasConsent == true }

  /// What a GET would show now; `nil` when there is no such app.
  package func state(ofApp app: AppID) -> ConnectionState? {
    guard let connection = connection(of: app) else { return nil }
    var state = connection.state
    state.offersConsent =
      connection.consentState != nil && (!state.isEnabled || switches.showsAuthorizeLinkWhenEnabled)
    return state
  }

  /// How often an operation has arrived, whatever became of it.
  package func calls(_ operation: SandboxOperation) -> Int { callCounts[operation, default: 0] }

  /// Decides otherwise from now on; connections keep what they have.
  package func set(_ switches: SandboxSwitches) {
    self.switches = switches
    appsBucket.limit = switches.callsPerMinute
    otherBucket.limit = switches.callsPerMinute
  }

  private var underWay = 0
  private var waitingForQuiet: [CheckedContinuation<Void, Never>] = []

  package func add(_ fault: SandboxFault) { faults.add(fault) }
  package func removeFaults() { faults.removeAll() }

  /// Lets go of every request that hangs.
  ///
  /// - Returns: how many did.
  @discardableResult
  package func release() -> Int {
    let count = hanging.count
    releases += 1
    for continuation in hanging { continuation.finish() }
    hanging = []
    return count
  }

  /// Whether nothing was let go of since.
  func isHolding(since round: Int) -> Bool { releases == round && !isClosing }

  /// Nothing hangs from now on, so that the server can end.
  func close() {
    isClosing = true
    release()
  }

  /// Returns once every call that has arrived is carried out, or is not going to be.
  package func whenQuiet() async {
    guard underWay > 0 else { return }
    await withCheckedContinuation { waitingForQuiet.append($0) }
  }

  private func end() {
    underWay -= 1
    guard underWay == 0 else { return }
    for waiting in waitingForQuiet { waiting.resume() }
    waitingForQuiet = []
  }

  func answer(_ request: SandboxRequest) async -> SandboxAnswer {
    if request.segments.first == "sandbox" { return control(request) }
    underWay += 1
    defer { end() }
    let route = OktaRoute(method: request.method, target: request.target)
    let call = arrived(request, route)
    guard let fault = faults.take(SandboxOperation(route), route.appID) else {
      return carryOut(call, request, route)
    }
    if case .latency(let milliseconds) = fault.kind, !fault.isApplied {
      try? await Task.sleep(for: .milliseconds(milliseconds))
      return carryOut(call, request, route)
    }
    let real = fault.comesAfterEffect ? carryOut(call, request, route) : nil
    switch fault.kind {
    case .latency(let milliseconds): try? await Task.sleep(for: .milliseconds(milliseconds))
    case .hang: await hang()
    default: break
    }
    let now = request.now.epochSeconds
    return fault.answer(
      to: request, instead: real, rate: appsBucket.reading(atEpochSeconds: now),
      exhausted: appsBucket.exhausted(atEpochSeconds: now))
  }

  /// Whether the connection of a call whose head has arrived is to be reset.
  func resetsEarly(_ request: SandboxRequest) -> Bool {
    let route = OktaRoute(method: request.method, target: request.target)
    guard request.segments.first != "sandbox",
      faults.takeEarly(SandboxOperation(route), route.appID)
    else { return false }
    arrived(request, route)
    return true
  }

  @discardableResult
  private func arrived(_ request: SandboxRequest, _ route: OktaRoute) -> SandboxCall {
    let operation = SandboxOperation(route)
    callCounts[operation, default: 0] += 1
    arrivals += 1
    let call = SandboxCall(
      number: arrivals, operation: operation, appID: route.appID, target: request.target,
      body: Secret(bytes: request.body))
    witness(call)
    return call
  }

  private func carryOut(
    _ call: SandboxCall, _ request: SandboxRequest, _ route: OktaRoute
  ) -> SandboxAnswer {
    let answer = okta(request, route)
    if (200..<300).contains(answer.status) {
      var call = call
      call.tookEffect = true
      witness(call)
    }
    return answer
  }

  /// Waits for a release; a cancelled task waits no longer.
  private func hang() async {
    guard !isClosing else { return }
    let (stream, continuation) = AsyncStream<Never>.makeStream()
    hanging.append(continuation)
    for await _ in stream {}
  }

  /// The app of this id; ids for load tests come into being here.
  func app(_ id: AppID) -> SandboxApp? {
    if apps[id] == nil { apps[id] = SandboxApp.summoned(id) }
    return apps[id]
  }

  func connection(of id: AppID) -> SandboxConnection? {
    guard let app = app(id) else { return nil }
    return connections[id] ?? SandboxConnection(fresh: app.kind, switches: switches)
  }

  /// Takes a call out of the bucket that its path belongs to.
  func charge(_ request: SandboxRequest) -> SandboxRateLimit.Reading? {
    request.segments.dropFirst(2).first == "apps"
      ? appsBucket.charge(atEpochSeconds: request.now.epochSeconds)
      : otherBucket.charge(atEpochSeconds: request.now.epochSeconds)
  }

  /// The figures of that bucket without a charge; all buckets have the same limit.
  func rate(_ request: SandboxRequest, isExhausted: Bool = false) -> SandboxRateLimit.Reading {
    let now = request.now.epochSeconds
    if isExhausted { return appsBucket.exhausted(atEpochSeconds: now) }
    return request.segments.dropFirst(2).first == "apps"
      ? appsBucket.reading(atEpochSeconds: now) : otherBucket.reading(atEpochSeconds: now)
  }
}
