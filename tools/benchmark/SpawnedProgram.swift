import Foundation

/// A program of ours that runs beside this one. Its first line says where it listens.
final class SpawnedProgram {
  struct NotListening: Error {
    var arguments: [String]
  }

  let address: String
  private let process = Process()

  init(_ path: String, _ arguments: [String]) throws {
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardOutput = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    var said = Data()
    while !said.contains(UInt8(ascii: "\n")) {
      let part = output.fileHandleForReading.availableData
      guard !part.isEmpty else { throw NotListening(arguments: arguments) }
      said += part
    }
    let line = String(decoding: said, as: UTF8.self).prefix { $0 != "\n" }
    guard line.hasPrefix("listening on http://") else {
      process.terminate()
      throw NotListening(arguments: arguments)
    }
    address = String(line.dropFirst("listening on ".count))
    // Nobody reads what it says later, and it must not have to wait for a reader.
    output.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
  }

  deinit { process.terminate() }

  /// Resident memory, in MiB.
  var residentMegabytes: Double {
    let path = "/proc/\(process.processIdentifier)/status"
    let status = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line.flatMap { Double($0.filter(\.isNumber)) }.map { $0 / 1024 } ?? 0
  }

  /// Asks it to end, by SIGTERM.
  func terminate() { process.terminate() }

  /// Its exit code, once it has ended.
  func exitCode() async -> Int32 {
    await withCheckedContinuation { continuation in
      let process = process
      Thread.detachNewThread {
        process.waitUntilExit()
        continuation.resume(returning: process.terminationStatus)
      }
    }
  }

  /// Runs a program to its end.
  static func run(_ path: String, _ arguments: [String]) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }
}
