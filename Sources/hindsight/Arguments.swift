import ArgumentParser
import Connections

extension UUIDv7: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
