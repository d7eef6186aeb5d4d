import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { application, type Supervised, superviseProject } from '../supervised-process.ts'

const later = (text: string) => `export const later = '${text}'\n`
const good = `export const message: string = 'one'\n`
/** A content that fails unless a file of the name `ready` is there. */
const failing = `
import { existsSync } from 'node:fs'
if (!existsSync('ready')) throw new Error('not ready')
export const message: string = 'two'
`

/** An application with a handler that imports a file. */
const files = (port: number) => ({
  ...application(port),
  'app.ts': application(port)['app.ts']!.replace(
    `route.get('/pid'`,
    `route.get('/later', async () => ({ later: (await import('./later.ts')).later }))\n  route.get('/pid'`,
  ),
  'later.ts': later('now'),
})

const otherData = () => ({ 'data.ts': `${application(0)['data.ts']}// another version\n` })

/** Saves files and returns the names of those that the next reload was made for. */
async function save(app: Supervised, saved: Record<string, string>): Promise<readonly string[]> {
  app.project.replace(saved)
  const { files } = await app.next('ready')
  return files.map((file) => path.basename(file))
}

describe.each([
  ['events', {}],
  ['polling', { poll: 20 }],
] as const)('with %s', (_, options) => {
  test('the content of a failed save that was undone is not the one that serves', async () => {
    const app = await superviseProject(files, options)
    await app.next('ready')
    await app.until('now', '/later')
    app.project.replace({ 'message.ts': failing })
    await app.next('failed')
    app.project.replace({ 'message.ts': good })
    await app.next('recovered')
    // An unnecessary reload would come between these.
    expect(await save(app, otherData())).toEqual(['data.ts'])
    await app.until('now', '/later')
    expect(await save(app, { 'later.ts': later('after') })).toEqual(['later.ts'])
    app.project.write({ ready: '' })
    expect(await save(app, { 'message.ts': failing })).toEqual(['message.ts'])
    await app.until('two')
    expect(app.count('failed')).toBe(1)
  })

  test('a failed save that is undone and repeated fails again', async () => {
    const app = await superviseProject(files, options)
    await app.next('ready')
    for (const times of [1, 2, 3]) {
      app.project.replace({ 'message.ts': failing })
      await app.next('failed')
      expect(app.count('failed')).toBe(times)
      app.project.replace({ 'message.ts': good })
      await app.next('recovered')
    }
    app.project.replace({ ready: '', 'message.ts': failing })
    await app.until('two')
  })

  test('a save that fails does not count as recovered when a handler imports a file', async () => {
    const app = await superviseProject(files, options)
    await app.next('ready')
    app.project.replace({ 'message.ts': failing })
    await app.next('failed')
    expect((await app.get('/later')).body).toBe('{"later":"now"}')
    app.project.replace({ 'later.ts': later('after') })
    await app.next('failed')
    expect(app.count('recovered'), app.output()).toBe(0)
    app.project.replace({ ready: '', 'message.ts': `${failing}// repaired\n` })
    await app.until('two')
    await app.until('after', '/later')
  })
})

test('a save in another encoding is reloaded once', async () => {
  const app = await superviseProject()
  await app.next('ready')
  writeFileSync(app.project.file('message.ts'), `${good}// caf\xe9\n`, 'latin1')
  await app.next('ready')
  expect(await save(app, otherData())).toEqual(['data.ts'])
  expect(await save(app, { 'message.ts': good })).toEqual(['message.ts'])
})
