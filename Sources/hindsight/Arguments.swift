import ArgumentParser
import Connections

extension UUIDv7: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }
}
