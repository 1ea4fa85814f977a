import Connections
import GRDB

/// For each field of a connection the index of the event since which it is as it is.
struct FieldOrigins: Hashable, Sendable {
  private var status: Int
  private var authScheme: Int
  private var baseURL: Int
  private var clientID: Int
  private var rotationMode: Int
  private var token: Int

  /// The columns, in the order in which `bind` writes and `init(_:from:)` reads them.
  static let columns = """
    status_set, scheme_set, base_url_set, client_id_set, rotation_set, token_set
    """

  /// All of them are so since one event.
  init(_ index: Int) {
    (status, authScheme, baseURL) = (index, index, index)
    (clientID, rotationMode, token) = (index, index, index)
  }

  /// Moves those that an event changed, each to the event that it goes back to. It runs for each
  /// version of a rebuild, and compares what the values are made of. That a secret is no longer
  /// certain, or is again, sets none.
  mutating func move(
    from old: ConnectionSnapshot, to new: ConnectionSnapshot, at cause: (ConnectionField) -> Int
  ) {
    if !old[.token].isSame(as: new[.token]) { token = cause(.token) }
    let wereUnknown = (old.state == nil) != (new.state == nil)
    let (was, isNow) = (old.state, new.state)
    if wereUnknown || was?.status != isNow?.status { status = cause(.status) }
    if wereUnknown || was?.authScheme != isNow?.authScheme { authScheme = cause(.authScheme) }
    if wereUnknown || was?.baseURL != isNow?.baseURL { baseURL = cause(.baseURL) }
    if wereUnknown || was?.clientID != isNow?.clientID { clientID = cause(.clientID) }
    if wereUnknown || was?.rotationMode != isNow?.rotationMode {
      rotationMode = cause(.rotationMode)
    }
  }

  subscript(field: ConnectionField) -> Int {
    get {
      switch field {
      case .status: status
      case .authScheme: authScheme
      case .baseURL: baseURL
      case .clientID: clientID
      case .rotationMode: rotationMode
      case .token: token
      }
    }
    set {
      switch field {
      case .status: status = newValue
      case .authScheme: authScheme = newValue
      case .baseURL: baseURL = newValue
      case .clientID: clientID = newValue
      case .rotationMode: rotationMode = newValue
      case .token: token = newValue
      }
    }
  }

  func bind(to row: inout BoundRow) {
    for index in [status, authScheme, baseURL, clientID, rotationMode, token] { row.bind(index) }
  }

  /// - Parameter start: the column at which they begin.
  init(_ row: Row, from start: Int) {
    status = row[start]
    authScheme = row[start + 1]
    baseURL = row[start + 2]
    clientID = row[start + 3]
    rotationMode = row[start + 4]
    token = row[start + 5]
  }
}
