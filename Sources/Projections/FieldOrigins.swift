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

  /// Moves those that an event changed.
  mutating func move(from old: ConnectionSnapshot, to new: ConnectionSnapshot, at index: Int) {
    if old[.token] != new[.token] { token = index }
    // Most versions are another token and no other state.
    guard old.state != new.state else { return }
    for field in ConnectionField.allCases where field != .token && old[field] != new[field] {
      self[field] = index
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
