/// Days of the proleptic Gregorian calendar.
package enum CivilDay {
  /// Days since 1970-01-01 of a civil date: Howard Hinnant's `days_from_civil`, exact for all years;
  /// March-based years put the leap day last.
  package static func number(year: Int, month: Int, day: Int) -> Int {
    let y = month <= 2 ? year - 1 : year
    let era = (y >= 0 ? y : y - 399) / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}
