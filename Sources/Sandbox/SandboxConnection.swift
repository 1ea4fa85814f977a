import Connections
import OktaAPI

/// The connection of one app, with the secrets that Okta would hold and never show.
struct SandboxConnection: Sendable {
  let kind: SandboxApp.Kind
  var state: ConnectionState
  var token: Secret?
  var adminUsername: String?
  var adminPassword: Secret?
  /// A person's consent was verified since the last update.
  var hasConsent = false
  /// The `state` of the link for consent; made anew by each update.
  var consentState: String?

  /// A connection that nobody has configured yet.
  init(fresh kind: SandboxApp.Kind, switches: SandboxSwitches) {
    self.kind = kind
    guard let scheme = kind.schemes.first else {
      state = ConnectionState(
        status: ConnectionState.Word.unknown, authScheme: ConnectionState.Word.unknown)
      return
    }
    state = ConnectionState(
      status: ConnectionState.Word.disabled, authScheme: scheme,
      baseURL: Self.initialBaseURL(kind, switches))
  }

  /// Applies an update, or throws and leaves everything as it was.
  ///
  /// - Parameter newConsentState: for the link for consent, if this kind has one.
  mutating func update(
    _ request: UpdateRequest, switches: SandboxSwitches, newConsentState: String
  ) throws(OktaError) {
    // Without provisioning Okta answers 200 to any update and stores nothing.
    guard !kind.schemes.isEmpty else { return }
    guard let scheme = request.content.authScheme else {
      throw .validation("profile", cause: "profile.authScheme: The field cannot be left blank")
    }
    guard kind.schemes.contains(scheme) else {
      guard switches.unsupportedSchemeFails else { return }
      throw .validation(
        "authScheme", cause: "The authentication scheme is not supported by this app.")
    }
    var next = self
    next.state.authScheme = scheme
    if scheme == ConnectionState.Word.token {
      try next.setToken(request, switches)
    } else if kind.needsConsent {
      try next.setConsent(request, switches, newConsentState)
    } else {
      try next.setClient(request.content, switches)
    }
    if !request.content.activate {
      if switches.plainUpdateDisables { next.state.status = ConnectionState.Word.disabled }
    } else if !kind.needsConsent {
      guard next.canBeEnabled(switches) else { throw Self.refusedCredential }
      next.state.status = ConnectionState.Word.enabled
    }
    if kind.needsConsent { next.state.status = ConnectionState.Word.disabled }
    self = next
  }

  /// What the answer to an update shows, which may be more than what it changed.
  func answering(_ content: UpdateContent, switches: SandboxSwitches) -> SandboxConnection {
    guard kind == .org2Org, !switches.storesBaseURLOfOrg2Org,
      state.authScheme == ConnectionState.Word.token
    else { return self }
    var shown = self
    shown.state.baseURL = content.baseURL ?? state.baseURL
    return shown
  }

  /// Turns provisioning on. Without provisioning nothing happens.
  mutating func activate(switches: SandboxSwitches) throws(OktaError) {
    guard !kind.schemes.isEmpty else { return }
    guard !state.isEnabled else { return try Self.repeated(switches) }
    guard canBeEnabled(switches) else { throw Self.refusedCredential }
    state.status = ConnectionState.Word.enabled
  }

  /// Turns provisioning off. Without provisioning nothing happens.
  mutating func deactivate(switches: SandboxSwitches) throws(OktaError) {
    guard !kind.schemes.isEmpty else { return }
    guard state.isEnabled else { return try Self.repeated(switches) }
    state.status = ConnectionState.Word.disabled
  }

  /// What becomes of a change of the status to what it is already.
  private static func repeated(_ switches: SandboxSwitches) throws(OktaError) {
    switch switches.repeatedLifecycleStatus {
    case 400: throw .validation("status", cause: "The connection has this status already.")
    case 409: throw .conflict("The connection has this status already.")
    default: return
    }
  }

  /// Stores a person's consent.
  ///
  /// - Returns: whether code and state were those of the link for consent.
  mutating func verify(appName: String, code: String?, state given: String?) -> Bool {
    guard kind.needsConsent, appName == kind.rawValue, code == "good", let given,
      given == consentState
    else { return false }
    hasConsent = true
    return true
  }

  /// What Okta answers when it tried a credential and failed, or has none to try.
  static let refusedCredential = OktaError.validation(
    "credential", cause: "Verification failed: Invalid URL. Not authorized.")

  private mutating func setToken(
    _ request: UpdateRequest, _ switches: SandboxSwitches
  ) throws(OktaError) {
    let given = request.secrets[.token]
    if given == nil, switches.missingTokenFails { throw Self.refusedCredential }
    token = given ?? token
    if switches.verifiesCredentials, token?.isRefused == true { throw Self.refusedCredential }
    let omitted = switches.keepsOmittedBaseURL ? state.baseURL : Self.initialBaseURL(kind, switches)
    let isStored = kind != .org2Org || switches.storesBaseURLOfOrg2Org
    state.baseURL = (isStored ? request.content.baseURL : nil) ?? omitted
    state.clientID = nil
    state.rotationMode = nil
  }

  private mutating func setClient(
    _ content: UpdateContent, _ switches: SandboxSwitches
  ) throws(OktaError) {
    if content.clientID == nil, switches.missingClientIDFails { throw Self.refusedCredential }
    let rotation = content.rotationMode ?? "MANUAL"
    guard ["AUTO", "MANUAL"].contains(rotation) else {
      throw .validation("rotationMode", cause: "rotationMode: must be AUTO or MANUAL")
    }
    state.clientID = content.clientID
    state.rotationMode = rotation
    state.baseURL = nil
    token = nil
  }

  private mutating func setConsent(
    _ request: UpdateRequest, _ switches: SandboxSwitches, _ newState: String
  ) throws(OktaError) {
    if kind == .office365 {
      adminUsername = request.content.adminUsername
      adminPassword = request.secrets[.adminPassword]
      if switches.missingSettingsFails, adminUsername == nil || adminPassword == nil {
        throw Self.refusedCredential
      }
      if switches.verifiesCredentials, adminPassword?.isRefused == true {
        throw Self.refusedCredential
      }
    }
    hasConsent = false
    consentState = newState
  }

  private func canBeEnabled(_ switches: SandboxSwitches) -> Bool {
    if kind.needsConsent {
      return hasConsent && !(switches.verifiesCredentials && adminPassword?.isRefused == true)
    }
    guard state.authScheme == ConnectionState.Word.token else { return state.clientID != nil }
    guard let token else { return false }
    return !(switches.verifiesCredentials && token.isRefused)
  }

  private static func initialBaseURL(
    _ kind: SandboxApp.Kind, _ switches: SandboxSwitches
  ) -> String? {
    kind == .org2Org && switches.freshAppShowsBaseURL ? "https://target.okta.example" : nil
  }
}

extension Secret {
  /// The far side does not accept secrets that begin with `bad`.
  fileprivate var isRefused: Bool { withBytes { $0.starts(with: "bad".utf8) } }

  func isSame(as other: Secret) -> Bool {
    withBytes { mine in other.withBytes { mine == $0 } }
  }

  func begins(with prefix: String) -> Bool {
    withBytes { $0.starts(with: prefix.utf8) }
  }
}
