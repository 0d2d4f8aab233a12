"""The serial of the day for case numbers: drawn from a sequence, so that no report waits for another.

A counter row would be locked until the commit of whoever counted last is on disk, and the whole
city would report one by one. The sequence only ever goes up; a day's numbers start from where it
stood when the day's first report came. Numbers are unique; one may be missing where a report was
rolled back.
"""

from alembic import op

_FUNCTION = """
CREATE FUNCTION next_case_serial(of_day text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE start bigint;
BEGIN
  SELECT base INTO start FROM case_numbers WHERE day = of_day;
  IF NOT FOUND THEN
    INSERT INTO case_numbers (day, base) VALUES (of_day, nextval('case_serials'))
      ON CONFLICT DO NOTHING;
    SELECT base INTO STRICT start FROM case_numbers WHERE day = of_day;
  END IF;
  RETURN nextval('case_serials') - start;
END $$
"""


def create() -> None:
    """The sequence and the function that counts with it."""
    op.execute("CREATE SEQUENCE case_serials")
    op.execute(_FUNCTION)


def drop() -> None:
    """Take them away again."""
    op.execute("DROP FUNCTION next_case_serial(text)")
    op.execute("DROP SEQUENCE case_serials")
