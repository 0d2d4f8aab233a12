"""The words of cases for searching: pairs of neighbouring characters, and triggers that keep them.

Chinese has no blanks to split at, and trigrams do not serve words of two characters; pairs do, and
what was found by pairs is compared with the words themselves. See ADR 0601.
"""

from alembic import op

#: Pairs of each run of letters and signs between blanks and punctuation, and the last one alone, so
#: that a single character is found as the beginning of a pair. Independent of any locale.
_GRAMS = r"""
CREATE FUNCTION text_grams(words text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT coalesce(array_to_tsvector(array_agg(DISTINCT signs[i] || coalesce(signs[i + 1], ''))), '')
  FROM regexp_split_to_table(words,
    '[\s!-/:-@\[-`{-~，。；：？！、（）《》〈〉“”‘’…—·【】「」『』～]+') AS run
  CROSS JOIN LATERAL (SELECT string_to_array(run, NULL) AS signs) AS split
  CROSS JOIN LATERAL generate_series(1, cardinality(signs)) AS i
$$
"""
_KEEP = """
CREATE FUNCTION keep_case_words(ids bigint[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO case_texts (case_id, words)
  SELECT c.id, lower(concat_ws(E'\\n', c.description,
    (SELECT string_agg(p.text, E'\\n' ORDER BY p.id) FROM case_places p WHERE p.case_id = c.id)))
  FROM cases c WHERE c.id = ANY(ids)
  ON CONFLICT (case_id) DO UPDATE SET words = excluded.words
  WHERE case_texts.words <> excluded.words
$$
"""
_OF_CASES = """
CREATE FUNCTION keep_words_of_cases() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM keep_case_words(ARRAY[NEW.id]);
  RETURN NULL;
END $$
"""
_OF_PLACES = """
CREATE FUNCTION keep_words_of_places() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM keep_case_words(ARRAY[NEW.case_id]);
  RETURN NULL;
END $$
"""
_TRIGGERS = (
    """
CREATE TRIGGER cases_words_new AFTER INSERT ON cases
FOR EACH ROW EXECUTE FUNCTION keep_words_of_cases()
""",
    """
CREATE TRIGGER cases_words_changed AFTER UPDATE OF description ON cases
FOR EACH ROW WHEN (OLD.description IS DISTINCT FROM NEW.description)
EXECUTE FUNCTION keep_words_of_cases()
""",
    """
CREATE TRIGGER case_places_words AFTER INSERT ON case_places
FOR EACH ROW WHEN (NEW.text IS NOT NULL) EXECUTE FUNCTION keep_words_of_places()
""",
)
_FILL = """
INSERT INTO case_texts (case_id, words)
SELECT c.id, lower(concat_ws(E'\\n', c.description,
  (SELECT string_agg(p.text, E'\\n' ORDER BY p.id) FROM case_places p WHERE p.case_id = c.id)))
FROM cases c
"""


def create_grams() -> None:
    """The function that an index of the words is made with."""
    op.execute(_GRAMS)


def create() -> None:
    """Keep the words from now on, and take those of the cases that are there."""
    for statement in (_KEEP, _OF_CASES, _OF_PLACES, *_TRIGGERS, _FILL):
        op.execute(statement)


def drop() -> None:
    """Take the triggers and what they call away."""
    op.execute("DROP FUNCTION keep_words_of_cases() CASCADE")
    op.execute("DROP FUNCTION keep_words_of_places() CASCADE")
    op.execute("DROP FUNCTION keep_case_words(bigint[])")


def drop_grams() -> None:
    """Take the function away, after the table whose index uses it."""
    op.execute("DROP FUNCTION text_grams(text)")
