import Connections
import Foundation
import Testing

@testable import Vault

@Suite struct `A master key` {
  static let bytes = [UInt8](0..<32)
  static let text = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

  @Test func `has a name that does not hold it`() throws {
    let key = try MasterKey(Secret(bytes: Self.bytes))
    #expect(key.id == "0fd5b5454ed41130")
  }

  @Test(arguments: [0, 1, 16, 31, 33, 64])
  func `has 256 bits`(count: Int) {
    #expect(throws: MasterKeyFault.malformed(source: "the given key")) {
      try MasterKey(Secret(bytes: [UInt8](repeating: 1, count: count)))
    }
  }

  @Test(arguments: [text, text + "\n", " \t\(text)\r\n\n", text.uppercased()])
  func `is read from 64 hexadecimal digits`(text: String) throws {
    let key = try MasterKey(text: text, source: "the environment")
    #expect(key.id == "0fd5b5454ed41130")
  }

  @Test(arguments: [
    "", "\n", String(text.dropLast()), text + "0", text + text, "0x" + text.dropLast(2),
    String(text.dropLast()) + "g", text.replacing("0102", with: "01 02"),
    String(text.dropLast(2)) + "\n1f",
  ])
  func `is not read from anything else`(text: String) {
    #expect(throws: MasterKeyFault.malformed(source: "the environment")) {
      try MasterKey(text: text, source: "the environment")
    }
  }
}

@Suite struct `The file of a master key` {
  let directory: ScratchDirectory
  var path: String { directory.path + "/master.key" }

  init() throws { directory = try ScratchDirectory() }

  @Test func `is made for its owner alone, and read back`() throws {
    let made = try MasterKey(creating: path, random: { [UInt8](repeating: 0xA7, count: $0) })
    #expect(try directory.mode(of: path) == 0o600)
    #expect(
      try String(contentsOfFile: path, encoding: .utf8)
        == String(repeating: "a7", count: 32) + "\n")
    #expect(try MasterKey(file: path).id == made.id)
  }

  @Test func `is never made over another`() throws {
    try directory.write("kept", to: path, mode: 0o600)
    #expect(throws: MasterKeyFault.cannotCreate(path: path, errno: EEXIST)) {
      try MasterKey(creating: path, random: { [UInt8](repeating: 1, count: $0) })
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "kept")
  }

  @Test func `is not made in a directory that does not exist`() {
    let nowhere = directory.path + "/nowhere/master.key"
    #expect(throws: MasterKeyFault.cannotCreate(path: nowhere, errno: ENOENT)) {
      try MasterKey(creating: nowhere, random: { [UInt8](repeating: 1, count: $0) })
    }
  }

  @Test(arguments: 1...2)
  func `leaves nothing behind when it cannot be synced`(failing: Int) throws {
    var calls = 0
    let fault = #expect(throws: MasterKeyFault.self) {
      try MasterKey(creating: path, random: { [UInt8](repeating: 1, count: $0) }) { _ in
        calls += 1
        errno = EIO
        return calls != failing
      }
    }
    #expect(fault == .cannotCreate(path: path, errno: EIO))
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    // So the next start can make it.
    _ = try MasterKey(creating: path, random: { [UInt8](repeating: 1, count: $0) })
  }

  @Test func `is made anew after a crash left a part of one`() throws {
    try directory.write("a7", to: path + ".new", mode: 0o600)
    let made = try MasterKey(creating: path, random: { [UInt8](repeating: 0xA7, count: $0) })
    #expect(try MasterKey(file: path).id == made.id)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["master.key"])
  }

  @Test(arguments: [0o600, 0o400])
  func `is read when nobody else can`(mode: Int) throws {
    try directory.write(`A master key`.text, to: path, mode: mode)
    #expect(try MasterKey(file: path).id == "0fd5b5454ed41130")
  }

  @Test(arguments: [0o644, 0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o666])
  func `is refused when others can reach it`(mode: Int) throws {
    try directory.write(`A master key`.text, to: path, mode: mode)
    #expect(throws: MasterKeyFault.readableByOthers(path: path, mode: mode)) {
      try MasterKey(file: path)
    }
  }

  @Test func `is missing when it is not there`() {
    #expect(throws: MasterKeyFault.missing(path: path)) { try MasterKey(file: path) }
  }

  @Test func `is unreadable when it is a directory`() throws {
    #expect(throws: MasterKeyFault.unreadable(path: directory.path)) {
      try MasterKey(file: directory.path)
    }
  }

  @Test(arguments: ["", "not a key", `A master key`.text + "00"])
  func `is malformed when it holds no key`(text: String) throws {
    try directory.write(text, to: path, mode: 0o600)
    #expect(throws: MasterKeyFault.malformed(source: path)) { try MasterKey(file: path) }
  }
}

/// A directory of its own for one test, gone with it.
final class ScratchDirectory: Sendable {
  let path: String

  init() throws {
    let directory = FileManager.default.temporaryDirectory
      .appending(component: "hindsight-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: directory, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    path = directory.path(percentEncoded: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, to path: String, mode: Int) throws {
    try Data(text.utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  func mode(of path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }
}
