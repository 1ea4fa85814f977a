/// How the sandbox decides where Okta's behaviour is not documented or was seen only once. Each
/// default is what recordings of Okta suggest, or else the more cautious reading.
package struct SandboxSwitches: Sendable {
  /// An update without `activate=true` turns an enabled connection off. Recorded once.
  package var plainUpdateDisables = true
  /// Credentials are tried out before an update or an activation is accepted.
  package var verifiesCredentials = true
  /// A TOKEN update without a token is refused; otherwise the token that is held stays.
  package var missingTokenFails = true
  /// An OAUTH2 update of Org2Org without a client id is refused.
  package var missingClientIDFails = true
  /// An OAUTH2 update of Office 365 without an administrator's name and password is refused.
  package var missingSettingsFails = false
  /// A scheme that the app does not know is refused; otherwise the update does nothing.
  package var unsupportedSchemeFails = true
  /// A TOKEN update without `baseUrl` leaves the address that was set before.
  package var keepsOmittedBaseURL = false
  /// An Org2Org app that was never updated shows the address from the app's own settings.
  package var freshAppShowsBaseURL = false
  /// `authScheme` and `clientId` also stand at the top level for Org2Org with OAUTH2, as a guide of
  /// Okta's shows. Strict clients stumble over it.
  package var showsTopLevelAuthSchemeForOAuth = false
  /// The link for consent stays after consent was given and the connection was enabled.
  package var showsAuthorizeLinkWhenEnabled = true
  /// An update of Org2Org changes `baseUrl`; otherwise its own answer alone repeats what was sent.
  package var storesBaseURLOfOrg2Org = true
  /// The status of an update that succeeds: 200, or 201 as older descriptions have it.
  package var updateStatus = 200
  /// The status of an activation of what is enabled, and of a deactivation of what is not: 204, 400
  /// or 409.
  package var repeatedLifecycleStatus = 204
  /// A connection shows its `profile`. In 2021 it did not, and the scheme stood at the top alone.
  package var showsProfile = true
  /// The status for the key set of a connection without keys: 200 with null, 400, 401 or 404.
  package var jwksWithoutKeysStatus = 404
  /// The key set can be read by those alone who have a credential.
  package var jwksNeedsCredential = true
  /// The key set is wrapped in `jwks`; otherwise it is bare, as RFC 7517 has it.
  package var jwksIsWrapped = true
  /// The status for a code or state that does not fit: 400, 403 or 404.
  package var verifyBadCodeStatus = 403
  /// The calls that a bucket of the rate limit takes per minute.
  package var callsPerMinute = 600
  /// Credentials that look like Okta's are taken beside the sandbox's own.
  package var acceptsWellFormedCredentials = true
  /// A credential may follow its scheme without a space, as the SDK for Python sends it.
  package var acceptsCredentialWithoutSpace = true
  /// The status of a request without `Authorization`: 401 or 403.
  package var missingAuthorizationStatus = 401
  /// The error code of a request without `Authorization`: E0000011 or E0000005.
  package var missingAuthorizationCode = "E0000011"
  /// Scheme and authority of all links, such as `https://org.okta.example`; when there is none, the
  /// host that the request names.
  package var fixedOrigin: String?

  package init() {}
}
