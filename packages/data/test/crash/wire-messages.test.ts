import { expect, test } from 'vitest'
import { describeStatement, normalized, StatementCounter } from '../../src/crash/boundaries.ts'
import { MessageReader, sqlOf } from '../../src/crash/wire-messages.ts'

// The layouts are those of https://www.postgresql.org/docs/current/protocol-message-formats.html
const message = (type: string, body: Buffer) => {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(type), length, body])
}
const startup = message('', Buffer.concat([Buffer.from([0, 3, 0, 0]), Buffer.from('user\0postgres\0\0')]))
const query = message('Q', Buffer.from('select 1\0'))
const parse = message('P', Buffer.from('name\0insert into users values ($1)\0\0\0'))
const sync = message('S', Buffer.alloc(0))

test('messages are found at every division of the bytes', () => {
  const all = Buffer.concat([startup, query, parse, sync])
  for (let at = 0; at <= all.length; at++) {
    const reader = new MessageReader('client')
    const messages = [...reader.push(all.subarray(0, at)), ...reader.push(all.subarray(at))]
    expect(messages.map(({ type }) => type)).toEqual(['', 'Q', 'P', 'S'])
    expect(Buffer.concat(messages.map(({ bytes }) => bytes)).equals(all)).toBe(true)
    expect(messages.map(sqlOf)).toEqual([undefined, 'select 1', 'insert into users values ($1)', undefined])
  }
})

test('a client that asks for TLS begins anew when it is declined', () => {
  const request = message('', Buffer.from([4, 210, 22, 47]))
  const reader = new MessageReader('client')
  expect(
    [...reader.push(request), ...reader.push(startup), ...reader.push(query)].map(({ type }) => type),
  ).toEqual(['', '', 'Q'])
})

test('statements are counted by their text, without white space and numbers', () => {
  const counter = new StatementCounter(describeStatement)
  const first = counter.next('begin ; set local statement_timeout = 4990')
  const second = counter.next('begin ;\n  set local statement_timeout = 5000')
  expect(first('sent')).toEqual({
    name: 'begin ; set local statement_timeout = ? #1 sent',
    label: 'begin sent',
  })
  expect(second('acknowledged').label).toBe('begin (2) acknowledged')
  expect(normalized(' a  1\n')).toBe('a ?')
})

test.each([
  ['insert into "users" ("name") values ($1)', 'insert into users'],
  ['select "id", "name" from "users" where "id" > $1', 'select from users'],
  ['commit', 'commit'],
  ['rollback to savepoint myfy_?', 'rollback to savepoint myfy_?'],
])('%s is described as %s', (sql, label) => {
  expect(describeStatement(sql)).toBe(label)
})
