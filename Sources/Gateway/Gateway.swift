import Assets
package import Commands
import Connections
package import Evidence
import HTTPTypes
package import Hummingbird
import Logging
import OktaAPI
package import Projections
package import Upstream

/// The doors: Okta's own routes at the root, the native API under `/hindsight/v1/`.
package struct Gateway: HTTPResponder {
  package typealias Context = GatewayContext

  let commands: CommandHandler
  let access: AccessRegistry
  let views: ConnectionViews
  let upstream: UpstreamClient
  let log: PublishedLog?
  let doorkeeper: Doorkeeper
  let errors: OktaErrors
  let environment: CommandEnvironment
  let limits: GatewayLimits
  /// The gateway's own address as clients see it; absent takes what each client names.
  let publicOrigin: String?
  let sessions: ConsoleSessions
  let verifications: Verifications?

  /// What the doors stand on.
  package struct Rooms: Sendable {
    package var commands: CommandHandler
    package var access: AccessRegistry
    package var views: ConnectionViews
    package var upstream: UpstreamClient
    /// The transparency log that is shown; absent where nothing signs.
    package var log: PublishedLog?
    /// Checks the whole journal on demand; absent where nothing can.
    package var verifications: Verifications?

    package init(
      commands: CommandHandler, access: AccessRegistry, views: ConnectionViews,
      upstream: UpstreamClient, log: PublishedLog? = nil
    ) {
      self.commands = commands
      self.access = access
      self.views = views
      self.upstream = upstream
      self.log = log
    }
  }

  /// How callers prove who they are.
  package struct Identity: Sendable {
    package var authentication: UpstreamAuthentication
    /// Addresses whose `X-Forwarded-For` is believed.
    package var trustedProxies: Set<String>

    package init(_ authentication: UpstreamAuthentication, trustedProxies: Set<String> = []) {
      self.authentication = authentication
      self.trustedProxies = trustedProxies
    }
  }

  /// - Parameters:
  ///   - publicOrigin: scheme and authority under which clients reach the gateway.
  ///   - limits: what one caller may do.
  package init(
    rooms: Rooms, identity: Identity, publicOrigin: String? = nil,
    limits: GatewayLimits = GatewayLimits(), environment: CommandEnvironment
  ) {
    commands = rooms.commands
    access = rooms.access
    views = rooms.views
    upstream = rooms.upstream
    log = rooms.log
    doorkeeper = Doorkeeper(
      identity: identity, access: rooms.access, commands: rooms.commands,
      budget: CallerBudget(perMinute: limits.requestsPerMinute), now: environment.now)
    self.limits = limits
    errors = OktaErrors(now: environment.now, random: environment.random)
    self.environment = environment
    self.publicOrigin = publicOrigin
    sessions = ConsoleSessions(random: environment.random)
    verifications = rooms.verifications
  }

  package func respond(to request: Request, context: GatewayContext) async throws -> Response {
    let request = GatewayRequest(request, context, sleep: environment.sleep)
    let route = Route(method: request.method, target: request.target)
    var response =
      if let fault = RequestFault(request) {
        await refuse(request, fault, route)
      } else {
        await respond(to: request, route)
      }
    if request.method == "HEAD" { response = response.createHeadResponse() }
    context.logger.debug(
      "answered",
      metadata: [
        "method": "\(request.method)", "path": "\(request.loggedPath)",
        "status": "\(response.status.code)",
      ])
    return response
  }

  private func refuse(
    _ request: GatewayRequest, _ fault: RequestFault, _ route: Route
  ) async -> Response {
    // Read to where it ends or breaks, so that the parser does not answer a second time.
    if fault != .lengthBeyondBounds { _ = try? await request.wholeBody() }
    var response: Response
    switch route {
    case .native, .log, .nativeNotFound, .openAPI:
      response = Response.problem(fault.status, "bad-input", fault.sentence + " Nothing was done.")
    default:
      response = errors.response(
        OktaError(
          status: fault.status, code: "E0000003", summary: "The request was not well-formed.",
          causes: [fault.sentence + " Nothing was sent to Okta."]))
    }
    if route.isChange { response.headers[.commandID] = environment.newID().description }
    return response
  }

  private func respond(to request: GatewayRequest, _ route: Route) async -> Response {
    switch route {
    case .okta(let route): return await respond(to: request, okta: route)
    case .forward(let needsCredential):
      return await forward(request, needsCredential: needsCredential)
    case .native(let route): return await respond(to: request, native: route)
    case .log(let route): return await respond(to: request, log: route)
    case .console(let route): return await respond(to: request, console: route)
    case .openAPI: return Response.json(200, Asset.openAPI)
    case .live: return Response.json(["status": "live"])
    case .ready: return await ready()
    case .notFound: return errors.response(.pathNotFound)
    case .nativeNotFound where request.wantsPage:
      return await respond(to: request, console: .missing)
    case .nativeNotFound:
      return Response.problem(
        404, "not-found",
        """
        Hindsight has no such path, or what stands in it as an id is none. \
        /hindsight/v1/openapi.json lists the paths. Nothing was done.
        """)
    case .methodNotAllowed(let allowed):
      return Response.problem(
        405, "method-not-allowed",
        "This path takes \(allowed.joined(separator: ", ")). Nothing was done."
      ).allowing(allowed)
    }
  }

  /// Ready means that the journal can be appended to, and that the views can be asked. When the
  /// cause of the contrary goes away, so does this.
  private func ready() async -> Response {
    if let fault = await commands.journalFault() {
      return Response.problem(
        503, "journal-not-writable",
        "Nothing can be recorded, so no change is sent to Okta: \(fault).")
    }
    do {
      let size = try await views.catchUp()
      guard let stopped = await views.stopped else {
        return Response.json(["status": "ready", "events": JSONValue(size)])
      }
      // Changes are recorded all the same; what is shown of them is stale, and says so.
      return Response.json([
        "status": "ready", "events": JSONValue(size), "stale": NativeJSON.stale(stopped),
      ])
    } catch {
      return Response.problem(
        503, "views-do-not-answer", "The views do not answer; see the log of the server.")
    }
  }
}
