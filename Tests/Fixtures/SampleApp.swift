package import Connections

/// The apps of the sandbox's samples, by short names.
package enum SampleApp {
  package static let org2Org = id("0oaORG2ORG0000000001")
  package static let zscaler = id("0oaZSCALER0000000001")
  package static let google = id("0oaGOOGLE00000000001")
  package static let office365 = id("0oaOFFICE36500000001")
  package static let slack = id("0oaSLACK000000000001")
  package static let bookmark = id("0oaBOOKMARK000000001")
  /// One that the sandbox does not know.
  package static let nowhere = id("0oaNOWHERE0000000001")

  package static func id(_ text: String) -> AppID {
    guard let id = AppID(text) else { preconditionFailure("not an app id: \(text)") }
    return id
  }
}

/// Bodies of updates as clients write them.
package enum SampleBody {
  package static func token(_ token: String, baseURL: String? = nil) -> String {
    let address = baseURL.map { #""baseUrl":"\#($0)","# } ?? ""
    return #"{\#(address)"profile":{"authScheme":"TOKEN","token":"\#(token)"}}"#
  }

  package static func client(_ id: String) -> String {
    #"{"profile":{"authScheme":"OAUTH2","clientId":"\#(id)"}}"#
  }

  package static let consent = #"{"profile":{"authScheme":"OAUTH2"}}"#

  package static func password(_ password: String) -> String {
    #"{"profile":{"authScheme":"OAUTH2","settings":{"adminUsername":"svc@corp.example","#
      + #""adminPassword":"\#(password)"}}}"#
  }
}
