-- Small functions that relations use; queries do not see them.

-- Naive UTC of a naive time in `zone`; NULL while the zone is not declared (never taken for UTC).
CREATE MACRO to_utc(local_time, zone) AS
    CASE WHEN zone IS NOT NULL THEN timezone('UTC', timezone(zone, local_time)) END;

-- Naive time in `zone` of a naive UTC time.
CREATE MACRO to_zone(utc_time, zone) AS timezone(zone, timezone('UTC', utc_time));
