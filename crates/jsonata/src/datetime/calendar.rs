//! The Gregorian calendar, without end on either side.

/// Milliseconds of a day.
pub(super) const DAY_MS: i64 = 86_400_000;

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: i64,
    /// 1 to 12.
    pub(super) month: i64,
    /// 1 to 31.
    pub(super) day: i64,
}

impl Date {
    /// Returns the day that is `days` after 1970-01-01.
    pub(super) fn from_days(days: i64) -> Self {
        // Years are counted from March, so that the leap day is a year's last.
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * march_month + 2) / 5 + 1,
        }
    }

    /// Returns the days from 1970-01-01; months and days may lie beyond their ranges.
    pub(super) fn days(self) -> i64 {
        let month = self.month - 1;
        let year = self.year + month.div_euclid(12);
        let month = month.rem_euclid(12) + 1;
        let year = if month <= 2 { year - 1 } else { year };
        let march_month = (month + 9) % 12;
        let day_of_year = (153 * march_month + 2) / 5;
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468 + self.day - 1
    }

    /// Returns the day's place in its year, from 1.
    pub(super) fn day_of_year(self) -> i64 {
        self.days() - Self { month: 1, day: 1, ..self }.days() + 1
    }

    /// Returns 1 for Monday to 7 for Sunday.
    pub(super) fn weekday(self) -> i64 {
        (self.days() + 3).rem_euclid(7) + 1
    }

    /// Returns the Thursday of the day's week, which decides what year and month the week is of.
    pub(super) fn thursday(self) -> Self {
        Self::from_days(self.days() + 4 - self.weekday())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_correspond() {
        for days in [-1_000_000, -719_468, -1, 0, 59, 60, 11_016, 19_782, 2_000_000] {
            assert_eq!(Date::from_days(days).days(), days);
        }
        assert_eq!(Date::from_days(19_782), Date { year: 2024, month: 2, day: 29 });
    }
}
