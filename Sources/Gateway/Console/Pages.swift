import Assets
import HTTPTypes
import Hummingbird
import Mustache
import NIOCore

/// The templates, the assets, and the headers under which all of them leave the house.
enum Pages {
  private static let library: MustacheLibrary = {
    var templates: [String: MustacheTemplate] = [:]
    for (name, bytes) in Asset.templates {
      do {
        templates[name] = try MustacheTemplate(string: String(decoding: bytes, as: UTF8.self))
      } catch { preconditionFailure("the template \(name) does not parse: \(error)") }
    }
    return MustacheLibrary(templates: templates)
  }()

  /// Every text is escaped here, so templates name all that they show in three braces.
  static func response(_ template: String, _ model: [String: Any], status: Int = 200) -> Response {
    let model = model.compactMapValues(escaped)
    let html = library.render(model, withTemplate: template) ?? ""
    return Response(
      status: .init(code: status), headers: [.contentType: "text/html; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
  }

  /// - Returns: `nil` for what is not there, which shows no section.
  private static func escaped(_ value: Any) -> Any? {
    switch value {
    case let maybe as any Absentable where maybe.isAbsent: nil
    case let text as String: Markup(text: text)
    case let members as [String: Any]: members.compactMapValues(escaped)
    case let elements as [Any]: elements.compactMap(escaped)
    default: value
    }
  }

  // MARK: - Assets

  /// Changes with the assets, so that a browser may keep them for as long as it likes.
  static let assetsVersion: String = {
    var sum: UInt64 = 0xcbf2_9ce4_8422_2325
    for asset in ConsoleRoute.Asset.allCases {
      for byte in asset.bytes { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    return String(sum, radix: 36)
  }()

  static func response(_ asset: ConsoleRoute.Asset) -> Response {
    harden(
      Response(
        status: .ok,
        headers: [
          .contentType: asset.type, .cacheControl: "public, max-age=31536000, immutable",
        ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: asset.bytes))), isSecure: false)
  }

  // MARK: - Headers

  /// Nothing is loaded from elsewhere, nothing runs that is not ours, nobody frames us.
  private static let policy = """
    default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'
    """

  private static let headers: [(HTTPField.Name?, String)] = [
    (.init("Content-Security-Policy"), policy), (.init("X-Content-Type-Options"), "nosniff"),
    (.init("X-Frame-Options"), "DENY"), (.init("Referrer-Policy"), "same-origin"),
    (.init("Cross-Origin-Opener-Policy"), "same-origin"),
    (.init("Cross-Origin-Resource-Policy"), "same-origin"),
    (.init("Permissions-Policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (.init("X-Robots-Tag"), "noindex"),
  ]

  static func harden(_ response: Response, isSecure: Bool) -> Response {
    var response = response
    for (name, value) in headers {
      if let name { response.headers[name] = value }
    }
    if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    if isSecure { response.headers[.strictTransportSecurity] = "max-age=31536000" }
    return response
  }

  /// A message that is no alarm.
  static func note(_ icon: Markup, _ what: String, _ more: Markup) -> Markup {
    """
    <div class="callout wide-gap"><svg aria-hidden="true"><use href="#i-\(icon)"/></svg>\
    <div><p><b>\(what)</b></p><p>\(more)</p></div></div>
    """
  }

  static func callout(
    _ kind: Markup, _ icon: Markup, _ what: String, _ todo: Markup
  ) -> Markup {
    """
    <div class="callout \(kind)" role="alert"><svg aria-hidden="true">\
    <use href="#i-\(icon)"/></svg>\
    <div><p><b>\(what)</b></p><p>\(todo)</p></div></div>
    """
  }
}

/// What can be absent in a model.
private protocol Absentable {
  var isAbsent: Bool { get }
}

extension Optional: Absentable {
  fileprivate var isAbsent: Bool {
    if case .none = self { true } else { false }
  }
}

extension ConsoleRoute.Asset {
  fileprivate var bytes: [UInt8] {
    switch self {
    case .style: Assets.Asset.style
    case .script: Assets.Asset.script
    case .icon: Assets.Asset.icon
    }
  }

  fileprivate var type: String {
    switch self {
    case .style: "text/css; charset=utf-8"
    case .script: "text/javascript; charset=utf-8"
    case .icon: "image/svg+xml"
    }
  }
}
