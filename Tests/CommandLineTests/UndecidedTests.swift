import Fixtures
import Foundation
import Testing

extension `The command line` {
  /// The syncs of a real server fail, by functions that stand before those of the C library.
  @Suite(.timeLimit(.minutes(2)), .enabled(if: Compiler.path != nil))
  struct `A server whose commit cannot be synced` {
    private static let source = """
      #define _GNU_SOURCE
      #include <dlfcn.h>
      #include <errno.h>
      #include <stdlib.h>
      #include <unistd.h>
      static int sync_by(const char *name, int file) {
        const char *sign = getenv("SYNCS_FAIL_WHERE");
        if (sign && access(sign, F_OK) == 0) { errno = EIO; return -1; }
        return ((int (*)(int))dlsym(RTLD_NEXT, name))(file);
      }
      int fsync(int file) { return sync_by("fsync", file); }
      int fdatasync(int file) { return sync_by("fdatasync", file); }
      """

    @Test func `ends itself with a sentence, and the next start reads what is`() async throws {
      let shim = try TemporaryDirectory()
      try shim.write(Array(Self.source.utf8), to: "syncs.c")
      let library = shim.file("syncs.so")
      let compiled = try await RunningProgram(
        ["-shared", "-fPIC", "-o", library, shim.file("syncs.c"), "-ldl"],
        executable: try #require(Compiler.path)
      ).whenEnded()
      #expect(compiled.exitCode == 0, "\(compiled.errors)")

      let directory = try TemporaryDirectory()
      let sign = shim.file("fail")
      let served = try await Served.start(
        on: directory, ["--log-level", "critical"],
        environment: ["LD_PRELOAD": library, "SYNCS_FAIL_WHERE": sign])
      #expect(try await served.update("one").status == 200)
      try shim.write([], to: "fail")
      // It may or may not come to an answer before it ends.
      let answer = try? await served.update("two")
      #expect(answer?.status != 200)
      let ended = await served.program.whenEnded()
      #expect(ended.exitCode == 1)
      #expect(ended.errors.contains("Hindsight ended itself: a commit could not be synced"))
      #expect(ended.errors.contains("the next start reads what is"))

      let again = try await Served.start(
        on: directory, ["--log-level", "critical"], token: served.token)
      #expect(try await again.update("three").status == 200)
      #expect(await again.stop().exitCode == 0)
      #expect(try await Program.run(["verify", "--data", directory.path]).exitCode == 0)
    }
  }
}

/// The C compiler of the machine, if it has one.
private enum Compiler {
  static let path = ["/usr/bin/cc", "/usr/bin/clang"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }
}
