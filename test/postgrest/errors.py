"""Errors as PostgREST answers them: a status, and a body with code, message, details and hint."""

from __future__ import annotations

import json


class Refused(Exception):
    """PostgREST's own refusal, before or instead of the database's."""

    def __init__(self, status: int, code: str, message: str, details: str | None = None):
        super().__init__(message)
        self.status, self.code, self.message, self.details = status, code, message, details


STATUS = {"P0001": 400, "23503": 409, "23505": 409, "25006": 405, "57014": 500, "42883": 404,
          "42P01": 404, "42P17": 500}
STATUS_OF_CLASS = {"08": 503, "09": 500, "0L": 403, "0P": 403, "25": 500, "28": 403, "2D": 500,
                   "38": 500, "39": 500, "3B": 500, "40": 500, "53": 503, "54": 500, "55": 500,
                   "57": 500, "58": 500, "F0": 500, "HV": 500, "P0": 500, "XX": 500}


def status_of(sqlstate: str, anonymous: bool) -> int:
    if sqlstate.startswith("PT") and sqlstate[2:].isdigit():
        return int(sqlstate[2:])
    if sqlstate == "42501":
        return 401 if anonymous else 403
    return STATUS.get(sqlstate) or STATUS_OF_CLASS.get(sqlstate[:2], 400)


def answer_of(error, anonymous: bool) -> tuple[int, dict]:
    if isinstance(error, Refused):
        return error.status, {"code": error.code, "message": error.message,
                              "details": error.details, "hint": None}
    code = error.pgcode
    if code is None:  # the connection, not a statement
        return 503, {"code": "PGRST001", "message": "Database client error", "details": str(error),
                     "hint": None}
    if code == "PGRST":
        said = json.loads(error.diag.message_primary)
        return json.loads(error.diag.message_detail)["status"], said
    return status_of(code, anonymous), {
        "code": code, "message": error.diag.message_primary, "details": error.diag.message_detail,
        "hint": error.diag.message_hint}
