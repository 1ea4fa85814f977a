/// What the recorded word of a refused rollback says to people.
package enum RefusalPhrase {
  /// - Parameter word: such as `planIsVoid`. One that a later version recorded stands for itself.
  package static func of(_ word: String) -> String {
    switch word {
    case "connectionNotKnown", "nothingPicked", "notKnown": "nothing is recorded of it"
    case "targetNotFound": "the point to go back to was not found"
    case "targetStateUnknown": "nothing was known of the connection at that point"
    case "presentStateUnknown": "what the connection is now was not known"
    case "secretNeverRecorded": "the secret of that point was never recorded"
    case "secretCompromised": "the secret of that point is marked compromised"
    case "secretShredded": "the secret of that point was shredded"
    case "rollbackOpen": "another rollback of it had not ended"
    case "overtaken": "another command has changed the connection since"
    case "unsupportedApp": "the app has no provisioning"
    case "commandInFlight", "busy": "another change of it was still running"
    case "unreadable": "an event of its history cannot be read"
    case "planIsVoid": "the plan that was agreed to no longer fits"
    case "noCredential": "Hindsight has no credential of its own"
    case "notRead": "what Okta holds could not be read"
    case "secretDoesNotOpen": "the sealed secret does not open"
    case "notOpen": "it had ended"
    case "awaitsConsent": "a person's consent was awaited"
    default: word
    }
  }
}
