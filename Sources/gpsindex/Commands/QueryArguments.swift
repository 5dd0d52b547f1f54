import PhotoModel

/// The arguments of `query`, `export` and `problems` with photos as output, independent of the parser.
struct QueryArguments: Equatable {
  var filters = FilterWords()
  var missing = false
  var count = false
  var failEmpty = false
  var output = PhotoOutputWords()
  var page = PageWords()
  var index: String?
  var isQuiet = false

  func run() throws {
    let listing = try PhotoListing(self)
    if count {
      try listing.printCount()
    } else {
      try listing.print()
    }
  }
}
