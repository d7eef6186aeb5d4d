// The names of spans for statements. The examples are those of the semantic conventions for database clients
// (opentelemetry.io/docs/specs/semconv/database/database-spans, "Generating a summary of the query" and "Sanitization of
// db.query.text") and of the syntax in the manual of PostgreSQL, chapter 4.1.

import { describe, expect, test } from 'vitest'
import { recordedText, summarize } from '../../src/engine/statement-summary.ts'

describe('the summary', () => {
  test.each([
    ['SELECT * FROM wuser_table WHERE username = ?', 'SELECT wuser_table'],
    ['SELECT * FROM songs, artists', 'SELECT songs artists'],
    [
      'INSERT INTO shipping_details (order_id, address) SELECT order_id, address FROM orders WHERE order_id = ?',
      'INSERT shipping_details SELECT orders',
    ],
    [
      'SELECT order_date FROM (SELECT * FROM orders o JOIN customers c ON o.customer_id = c.customer_id)',
      'SELECT SELECT orders customers',
    ],
    ['select "id" from "users" where "id" = $1 for update', 'SELECT users'],
    ['select "id" from "audit"."users" for no key update skip locked', 'SELECT audit.users'],
    [
      'insert into "users" ("name") values ($1) on conflict ("name") do update set "name" = $2',
      'INSERT users',
    ],
    ['update only users set name = $1 where id = $2', 'UPDATE users'],
    ['delete from users using orders where true', 'DELETE users'],
    ['select extract(day from $1::date), a is distinct from b from t', 'SELECT t'],
    ['select * from generate_series($1, $2) n', 'SELECT'],
    ["select 'insert into secrets' as text from notes", 'SELECT notes'],
    ['begin isolation level serializable', 'BEGIN'],
    ['savepoint myfy_1', 'SAVEPOINT'],
    ['commit', 'COMMIT'],
  ])('of %s', (text, summary) => {
    expect(summarize(text)).toBe(summary)
  })
})

describe('the text', () => {
  test.each([
    [
      "SELECT * FROM t WHERE a = 'secret' AND b = 42 AND c = $1",
      'SELECT * FROM t WHERE a = ? AND b = ? AND c = $1',
    ],
    ["select 'it''s', e'a\\'b', E'x', 'C:\\', 'after'", 'select ?, ?, ?, ?, ?'],
    ['select $$a $1 b$$, $tag$ $$ $tag$ from t1', 'select ?, ? from t1'],
    [
      'select "col 1", t2.c3, 1.5 -- password is x\nfrom "a""b" /* y */',
      'select "col 1", t2.c3, ? from "a""b"',
    ],
    ["select 'never closed", 'select ?'],
    ["do $$ begin perform 'x'", 'do ?'],
  ])('of %s', (text, expected) => {
    expect(recordedText(text)).toBe(expected)
  })

  test('is bounded, and takes linear time for hostile statements', () => {
    const hostile = ["'", '$a', '"', '/*', "e'\\", 'from ', 'a,'].map((part) => part.repeat(200_000))
    for (const text of hostile) expect(recordedText(text).length).toBeLessThanOrEqual(4_000)
    for (const text of hostile) expect(summarize(text).length).toBeLessThanOrEqual(255)
  })
})
