import Commands
import Connections
import Hummingbird
import OktaAPI
import Projections

extension Gateway {
  /// A page, or what a form does. Nothing is shown to a stranger but the way to sign in.
  func respond(to request: GatewayRequest, console route: ConsoleRoute) async -> Response {
    if case .asset(let asset) = route { return Pages.response(asset) }
    var visitor = await visitor(of: request)
    var response: Response
    do {
      response = try await respond(to: request, console: route, &visitor)
    } catch let fault as ConsoleFault {
      response = notice(fault, visitor)
      if let rate = fault.rate { response.tell(rate) }
    } catch let input as InputFault {
      response = notice(.badInput(input.detail, status: input.status), visitor)
    } catch let stop as ViewsStop {
      response = notice(
        ConsoleFault(
          status: 500, title: "The journal cannot be read here",
          what: "This cannot be told: \(stop.sentence). Nothing was changed.",
          todo: "What follows it is not guessed. Run hindsight verify."), visitor)
    } catch {
      response = notice(
        ConsoleFault(
          status: 503, title: "The journal does not answer",
          what: "The journal or its views do not answer. Nothing was changed.",
          todo: "See the log of the server, and try again."), visitor)
    }
    if visitor.isNew { response.headers[values: .setCookie].append(visitCookie(visitor.csrf)) }
    return Pages.harden(response, isSecure: isSecure)
  }

  private func respond(
    to request: GatewayRequest, console route: ConsoleRoute, _ visitor: inout Visitor
  ) async throws -> Response {
    switch route {
    case .signInPage: return try await signInPage(request, visitor)
    case .signIn: return try await signIn(request, &visitor)
    case .theme: return try await changeTheme(request, visitor)
    default: break
    }
    if let rate = visitor.overBudget {
      throw ConsoleFault.overBudget(
        rate,
        "Your token has asked for too much in this minute. Nothing was done; you are signed in.")
    }
    guard let actor = visitor.actor else { return try await toSignIn(request, route, visitor) }
    let role = route.role ?? .reviewer
    guard visitor.may(role) else {
      await recordDenial(actor, route.deed, needed: role)
      throw ConsoleFault(
        status: 403, title: "Your role does not allow this",
        what: "This needs the role \(role.rawValue). Nothing was done.",
        todo: "Ask whoever gave you your token, or sign in with another one.")
    }
    if request.method != "POST" { try request.allowOnly(route.parameters) }
    let form = request.method == "POST" ? try await form(request, visitor) : FormFields([])
    do { return try await respond(to: request, console: route, form, visitor) } catch {
      throw Self.keeping(form["reason"], error)
    }
  }

  /// Whatever a form was refused for, what somebody wrote in it is not lost.
  private static func keeping(_ written: String?, _ error: any Error) -> any Error {
    guard let written else { return error }
    var fault: ConsoleFault
    switch error {
    case let told as ConsoleFault: fault = told
    case let input as InputFault: fault = .badInput(input.detail, status: input.status)
    default: return error
    }
    fault.written = written
    return fault
  }

  private func respond(
    to request: GatewayRequest, console route: ConsoleRoute, _ form: FormFields, _ visitor: Visitor
  ) async throws -> Response {
    switch route {
    case .signOut: return try await signOut(visitor)
    case .overview: return try await overview(request, visitor)
    case .reports: return try await reportsPage(request, visitor)
    case .takeReport: return try await takeReport(form, visitor)
    case .log: return try await logPage(request, visitor)
    case .verify: return verifyNow()
    case .proof(let index):
      guard let log else { throw ConsoleFault.noSuchPage }
      return try await proof(of: index, in: log)
    case .find: return try await find(request, visitor)
    case .connection(let app): return try await connectionPage(app, request, visitor)
    case .change(let id): return try await changePage(id, request, visitor)
    case .rule(let id): return try await ruling(on: id, form, visitor)
    case .rollbackPage(let app): return try await rollbackPage(app, request, visitor)
    case .rollBack(let app): return try await rollBack(app, form, visitor)
    case .rollback(let id): return try await rollbackResult(id, request, visitor)
    case .resume(let id): return try await continueRollback(id, abandoning: false, form, visitor)
    case .abandon(let id): return try await continueRollback(id, abandoning: true, form, visitor)
    default: throw ConsoleFault.noSuchPage
    }
  }

  // MARK: - Who looks

  private func visitor(of request: GatewayRequest) async -> Visitor {
    var visitor = Visitor(csrf: request.cookie(CookieName.visit) ?? "")
    if visitor.csrf.utf8.count != 64 {
      visitor.csrf = sessions.newName()
      visitor.isNew = true
    }
    if let theme = request.cookie(CookieName.theme).flatMap(Visitor.Theme.init(rawValue:)) {
      visitor.theme = theme
    }
    guard let name = request.cookie(CookieName.session) else { return visitor }
    let (found, hasEnded) = sessions.find(name, at: environment.now())
    visitor.hasEnded = hasEnded
    guard let session = found else { return visitor }
    do throws(Doorkeeper.Denial) {
      visitor.actor = try await doorkeeper.admit(session.tokenID, request)
      visitor.sessionName = name
      visitor.csrf = session.csrf
      visitor.isNew = false
    } catch {
      if case .overBudget(let rate) = error {
        visitor.overBudget = rate
        return visitor
      }
      // The token was revoked: its sessions are over.
      sessions.end(name)
      visitor.hasEnded = true
    }
    return visitor
  }

  /// Reads a form, and believes it only when this visitor was given it.
  func form(_ request: GatewayRequest, _ visitor: Visitor) async throws -> FormFields {
    let bytes: [UInt8]
    do throws(GatewayRequest.BodyFault) { bytes = try await request.wholeBody() } catch {
      throw InputFault(error)
    }
    let form = FormFields(bytes)
    guard request.comesFromOurPages(publicOrigin: publicOrigin),
      let csrf = form["csrf"], Self.isSame(csrf, visitor.csrf)
    else { throw ConsoleFault.forgedForm }
    return form
  }

  /// In a time that does not tell how much of it was right.
  private static func isSame(_ left: String, _ right: String) -> Bool {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  /// A page leads to the way in and from there back to itself; a form says that nothing was done.
  private func toSignIn(
    _ request: GatewayRequest, _ route: ConsoleRoute, _ visitor: Visitor
  ) async throws -> Response {
    guard request.method != "POST" else {
      var fault = ConsoleFault(
        status: 401, title: "Your session ended",
        what: "You are not signed in, or your session ended. Nothing was done.",
        todo: "Sign in, and you are back at the form.",
        link: "/hindsight/signin?then=" + Self.encoded(route.page), linkName: "Sign in")
      // What somebody wrote is not lost; another site cannot have it shown here.
      if request.comesFromOurPages(publicOrigin: publicOrigin),
        let bytes = try? await request.wholeBody()
      {
        fault.written = FormFields(bytes)["reason"]
      }
      throw fault
    }
    let ended = visitor.hasEnded ? "&ended=true" : ""
    return Self.redirect(to: "/hindsight/signin?then=" + Self.encoded(request.target) + ended)
  }

  // MARK: - Signing in and out

  private func signInPage(_ request: GatewayRequest, _ visitor: Visitor) async throws -> Response {
    let then = Self.ownPath(OktaRoute.parameters("then", in: request.query).first)
    if visitor.actor != nil { return Self.redirect(to: then) }
    var notice = Markup.nothing
    if OktaRoute.parameters("ended", in: request.query).first == "true" {
      notice = Pages.callout(
        "open", "age", "Your session ended.",
        "Nothing was lost. Sign in, and you are back at the page you were on.")
    }
    return signInPage(visitor, then: then, notice: notice)
  }

  private func signInPage(
    _ visitor: Visitor, then: String, notice: Markup, status: Int = 200
  ) -> Response {
    Pages.response(
      "signin",
      frame(nil, visitor, title: "Sign in", here: then).merging([
        "organisation": organisation, "then": then, "notice": notice,
      ]) { $1 }, status: status)
  }

  private func signIn(
    _ request: GatewayRequest, _ visitor: inout Visitor
  ) async throws -> Response {
    let form = try await form(request, visitor)
    let then = Self.ownPath(form["then"])
    guard let text = form["token"], let token = await access.find(Secret(text)) else {
      let notice = Pages.callout(
        "no", "refused", "This is no valid Hindsight token. Nobody was signed in.",
        "It may be mistyped or revoked. An Okta token does not work here.")
      return signInPage(visitor, then: then, notice: notice, status: 401)
    }
    let actor: ActorIdentity
    do throws(Doorkeeper.Denial) {
      actor = try await doorkeeper.admit(token.id, request)
    } catch {
      guard case .overBudget(let rate) = error else {
        throw ConsoleFault(
          status: 401, title: "Nobody was signed in", what: "This token was revoked just now.",
          todo: "Sign in with another one.", link: "/hindsight/signin", linkName: "Sign in")
      }
      throw ConsoleFault.overBudget(
        rate, "This token has asked for too much in this minute. Nobody was signed in.")
    }
    // Who looks leaves a trace before the first page; what cannot be recorded is not begun.
    try await access.record(
      .signedIn(tokenID: token.id), context: EventContext(actor: actor))
    let name = sessions.begin(token.id, at: environment.now())
    var response = Self.redirect(to: then)
    response.headers[values: .setCookie] = [
      cookie(CookieName.session, name, seconds: ConsoleSessions.lifeSeconds)
    ]
    visitor.isNew = false
    return response
  }

  private func signOut(_ visitor: Visitor) async throws -> Response {
    if let name = visitor.sessionName { sessions.end(name) }
    var response = Self.redirect(to: "/hindsight/signin")
    response.headers[values: .setCookie] = [cookie(CookieName.session, "", seconds: 0)]
    return response
  }

  private func changeTheme(_ request: GatewayRequest, _ visitor: Visitor) async throws -> Response {
    let form = try await form(request, visitor)
    guard let theme = form["theme"].flatMap(Visitor.Theme.init(rawValue:)) else {
      throw InputFault(detail: "The theme must be auto, light or dark.")
    }
    var response = Self.redirect(to: Self.ownPath(form["then"]))
    response.headers[values: .setCookie] = [
      cookie(CookieName.theme, theme.rawValue, seconds: 365 * 86_400)
    ]
    return response
  }

  // MARK: - Cookies and ways

  enum CookieName {
    static let session = "hindsight_session"
    static let visit = "hindsight_visit"
    static let theme = "hindsight_theme"
  }

  var isSecure: Bool { publicOrigin?.hasPrefix("https://") == true }

  /// Out of reach of scripts and of other sites, and for the console's own paths alone.
  private func cookie(_ name: String, _ value: String, seconds: Int64?) -> String {
    "\(name)=\(value); Path=/hindsight; HttpOnly; SameSite=Strict"
      + (seconds.map { "; Max-Age=\($0)" } ?? "") + (isSecure ? "; Secure" : "")
  }

  private func visitCookie(_ csrf: String) -> String {
    cookie(CookieName.visit, csrf, seconds: nil)
  }

  static func redirect(to path: String) -> Response {
    Response(status: .seeOther, headers: [.location: path])
  }

  /// Only our own pages: no one is sent elsewhere by a link that looks like ours.
  static func ownPath(_ path: String?) -> String {
    guard let path, path == "/hindsight" || path.hasPrefix("/hindsight/"),
      !path.hasPrefix("/hindsight/v1"), !path.contains(".."),
      path.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else { return "/hindsight/" }
    return path
  }

  /// Percent-encoded for a query.
  static func encoded(_ text: String) -> String {
    var out = ""
    for byte in text.utf8 {
      switch byte {
      case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        out.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        out += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
      }
    }
    return out
  }
}

/// Why a page is not what was asked for: what happened, and what to do.
struct ConsoleFault: Error {
  var status: Int
  var title: String
  var what: String
  var todo: String
  var link = "/hindsight/"
  var linkName = "To the overview"
  /// The figures of our own limit, when that is what said no.
  var rate: RateLimit?
  /// The reason in a form that was not taken.
  var written: String?

  static func overBudget(_ rate: RateLimit, _ what: String) -> ConsoleFault {
    let reset = Instant(microseconds: Int64(rate.resetEpochSeconds) * 1_000_000)
    return ConsoleFault(
      status: 429, title: "Too many requests", what: what,
      todo: "One caller may send \(rate.limit) a minute; go on after \(Signs.second(reset)).",
      rate: rate)
  }

  static let noSuchPage = ConsoleFault(
    status: 404, title: "There is no such page", what: "Hindsight has no page at this address.",
    todo: "It may have been cut when it was copied.")

  static let forgedForm = ConsoleFault(
    status: 403, title: "This form is not from this session",
    what: "The form was not one that this session was given. Nothing was done.",
    todo: "Open the page again and fill in its form; if you did not send one, somebody else did.")

  static func badInput(_ detail: String, status: Int) -> ConsoleFault {
    ConsoleFault(
      status: status, title: "This cannot be read", what: detail,
      todo: "Go back, put it right and send it again.")
  }
}
