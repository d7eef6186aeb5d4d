import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openEmbedded } from '../../src/embedded/embedded-engine.ts'
import { quiet } from '../application.ts'

const directory = mkdtempSync(join(tmpdir(), 'myfy-embedded-'))
afterAll(() => rmSync(directory, { recursive: true }))

const { signal } = new AbortController()
const open = (lines: string[] = [], ending = signal) =>
  openEmbedded({ directory, statementTimeout: 200 }, ending, {
    ...quiet,
    info: (_, message) => void lines.push(message),
  })

test('a database in a directory is created once, keeps its data, and begins anew where its creation was cut off', async () => {
  const lines: string[] = []
  const first = await open(lines)
  await first.script('create table kept (id int); insert into kept values (1)')
  await expect(open()).rejects.toMatchObject({ code: 'MYFY_DATA_DIR_IN_USE' })
  await first.close()

  const second = await open(lines)
  expect((await second.execute('select id from kept')).rows).toEqual([{ id: 1 }])
  await second.close()
  expect(lines).toEqual([`creating the database in ${directory}`])

  // As a process leaves it that is killed while it unpacks the files.
  writeFileSync(join(directory, 'incomplete'), '')
  const third = await open(lines)
  await expect(third.execute('select id from kept')).rejects.toThrow('does not exist')
  await third.close()
  expect(lines).toHaveLength(2)
  expect(existsSync(join(directory, 'incomplete'))).toBe(false)
})

test('a start that is canceled releases the directory', async () => {
  const ending = new AbortController()
  ending.abort(new Error('stopped'))
  await expect(open([], ending.signal)).rejects.toThrow('stopped')
  await (await open()).close()
})

test('a database takes no more memory for its cache than a small application needs', async () => {
  const engine = await open()
  expect((await engine.execute('show shared_buffers')).rows).toEqual([{ shared_buffers: '32MB' }])
  await engine.close()
})

test('a transaction waits for the one before it, for a limited time', async () => {
  const engine = await open()
  const first = await engine.begin()
  await expect(engine.begin()).rejects.toMatchObject({ code: 'MYFY_DATABASE_BUSY' })
  await first.rollback()
  const next = await engine.begin()
  expect((await next.execute('select 1 as one')).rows).toEqual([{ one: 1 }])
  await next.commit()
  await engine.close()
})
