"""The ground floor: locating quotes, canonical JSON, digests, ids, errors with a next step."""
