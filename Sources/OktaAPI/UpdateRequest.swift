package import Connections

/// The body of an update: its content by allow-list, and its secrets in clear beside it.
package struct UpdateRequest: Sendable {
  /// Without references: the secrets are not sealed yet.
  package var content: UpdateContent
  package var secrets: [SecretField: Secret]

  /// The longest text of a recorded field, in bytes; an event must stay below 65,535.
  package static let maximumFieldBytes = 4_096

  /// Reads what a client sent. Fields that are not known are sent on and recorded by name only.
  package init(parsing bytes: [UInt8], activate: Bool) throws(OktaError) {
    let value: JSONValue
    do throws(JSONFault) { value = try JSONValue(parsing: bytes) } catch {
      throw .malformedBody.because("\(error)")
    }
    guard let members = value.members else {
      throw .malformedBody.because("The body must be a JSON object.")
    }
    content = UpdateContent(activate: activate)
    secrets = [:]
    var reader = FieldReader()
    for member in members {
      switch (member.key, member.value) {
      case ("baseUrl", _): content.baseURL = try reader.text(member, "baseUrl")
      case ("profile", .object(let profile)): try read(profile: profile, &reader)
      default: reader.unknown(member.key)
      }
    }
    content.unknownFields = reader.unknownFields
  }

  private mutating func read(
    profile: [JSONValue.Member], _ reader: inout FieldReader
  ) throws(OktaError) {
    for member in profile {
      let path = "profile." + member.key
      switch (member.key, member.value) {
      case ("authScheme", _):
        guard let word = try reader.text(member, path) else { continue }
        // What is no constant of Okta's may be a secret in the wrong field.
        if word.wholeMatch(of: /[A-Z0-9_]{0,20}/) != nil {
          content.authScheme = word
        } else {
          reader.unknown(path)
        }
      case ("clientId", _): content.clientID = try reader.text(member, path)
      case ("token", _): secrets[.token] = try reader.secret(member, path)
      case ("signing", .object(let signing)):
        for member in signing {
          let path = path + "." + member.key
          if member.key == "rotationMode" {
            content.rotationMode = try reader.text(member, path)
          } else {
            reader.unknown(path)
          }
        }
      case ("settings", .object(let settings)):
        for member in settings {
          let path = path + "." + member.key
          switch member.key {
          case "adminUsername": content.adminUsername = try reader.text(member, path)
          case "adminPassword": secrets[.adminPassword] = try reader.secret(member, path)
          default: reader.unknown(path)
          }
        }
      default: reader.unknown(path)
      }
    }
  }

  /// The request that a recorded content stands for.
  package static func body(
    of content: UpdateContent, secrets: [SecretField: Secret]
  ) -> [UInt8] {
    func text(_ field: SecretField) -> JSONValue? {
      secrets[field].map { $0.withBytes { .string(String(decoding: $0, as: UTF8.self)) } }
    }
    func object(_ pairs: [(String, JSONValue?)]) -> JSONValue? {
      let members = pairs.compactMap { key, value in value.map { JSONValue.Member(key, $0) } }
      return members.isEmpty ? nil : .object(members)
    }
    let profile = object([
      ("authScheme", content.authScheme.map { .string($0) }),
      ("token", text(.token)),
      ("clientId", content.clientID.map { .string($0) }),
      (
        "settings",
        object([
          ("adminUsername", content.adminUsername.map { .string($0) }),
          ("adminPassword", text(.adminPassword)),
        ])
      ),
      ("signing", object([("rotationMode", content.rotationMode.map { .string($0) })])),
    ])
    return
      (object([
        ("baseUrl", content.baseURL.map { .string($0) }), ("profile", profile),
      ]) ?? .object([])).bytes
  }
}

private struct FieldReader {
  var unknownFields: [String] = []

  mutating func unknown(_ path: String) {
    guard unknownFields.count < 32 else { return }
    unknownFields.append(String(decoding: path.utf8.prefix(100), as: UTF8.self))
  }

  /// A text within bounds. Anything but a text is recorded by name, and Okta decides about it.
  mutating func text(_ member: JSONValue.Member, _ path: String) throws(OktaError) -> String? {
    guard let text = member.value.text else {
      unknown(path)
      return nil
    }
    guard text.utf8.count <= UpdateRequest.maximumFieldBytes else {
      throw .validation(
        path, cause: "\(path) is longer than \(UpdateRequest.maximumFieldBytes) bytes.")
    }
    guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
      throw .validation(path, cause: "\(path) holds a control character.")
    }
    return text
  }

  mutating func secret(_ member: JSONValue.Member, _ path: String) throws(OktaError) -> Secret? {
    if case .null = member.value { return nil }
    // What some servers would take as a text could be kept by nobody: it is not passed on.
    guard let text = member.value.text else {
      throw .validation(path, cause: "\(path) must be a text. Nothing was sent.")
    }
    return text.isEmpty ? nil : Secret(text)
  }
}
