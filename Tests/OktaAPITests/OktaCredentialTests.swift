import Connections
import Testing

@testable import OktaAPI

@Suite struct `An Okta credential` {
  @Test(arguments: [
    ("SSWS 00abc", OktaCredential.Scheme.ssws, "00abc"), ("SSWS00abc", .ssws, "00abc"),
    ("ssws 00abc", .ssws, "00abc"), ("sSwS\t 00abc", .ssws, "00abc"),
    ("  SSWS 00abc", .ssws, "00abc"), ("Bearer eyJ.a.b", .bearer, "eyJ.a.b"),
    ("BearereyJ.a.b", .bearer, "eyJ.a.b"), ("BEARER eyJ.a.b", .bearer, "eyJ.a.b"),
    ("bearer  x", .bearer, "x"), ("DPoP eyJ.a.b", .dpop, "eyJ.a.b"),
    ("dpop eyJ.a.b", .dpop, "eyJ.a.b"), ("DPoPeyJ.a.b", .dpop, "eyJ.a.b"),
  ])
  func `is read as clients send it`(
    header: String, scheme: OktaCredential.Scheme, secret: String
  ) throws {
    let credential = try #require(OktaCredential(header: header))
    #expect(credential.scheme == scheme)
    #expect(credential.secret.text == secret)
    #expect(credential.header.text == header)
  }

  @Test(arguments: [
    "", " ", "SSWS", "SSWS ", "Bearer", "bearer\t", "DPoP ", "Basic dXNlcjpwYXNz", "00abc",
    "Token 00abc", "SSW 00abc", "Digest x",
  ])
  func `is not read from anything else`(header: String) {
    #expect(OktaCredential(header: header) == nil)
  }

  @Test func `is made of a token that Hindsight holds`() {
    let credential = OktaCredential(ssws: Secret("00abc"))
    #expect(credential.scheme == .ssws)
    #expect(credential.secret.text == "00abc")
    #expect(credential.header.text == "SSWS 00abc")
  }

  @Test func `describes itself with its scheme alone`() throws {
    let credential = try #require(OktaCredential(header: "Bearer eyJ-a-secret"))
    var text = ""
    dump(credential, to: &text)
    #expect("\(credential)" == "Bearer (secret)")
    #expect(String(reflecting: credential) == "Bearer (secret)")
    #expect(!text.contains("eyJ-a-secret"))
    #expect(Mirror(reflecting: credential).children.isEmpty)
  }
}

extension Secret {
  var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }
}
