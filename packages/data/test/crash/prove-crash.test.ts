// The crash proof on a real server: it passes a sound application, and finds what another one does in two transactions.

import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certificate, defineCrashScenario, isProved, proveCrash, summary } from '../../src/testing/index.ts'
import { postgres } from '../databases.ts'

// MYFY_HEAVY=1 tries all points with all faults.
const heavy = process.env.MYFY_HEAVY === '1'
const cache = join(import.meta.dirname, '../../node_modules/.cache')

const order = defineCrashScenario({
  name: 'an order',
  run: (client) => client.request({ method: 'POST', path: '/orders', headers: { 'idempotency-key': 'one' } }),
})

describe.skipIf(!postgres.reachable)('a crash proof', { timeout: 600_000 }, () => {
  let directory: string
  beforeAll(async () => {
    mkdirSync(cache, { recursive: true })
    directory = mkdtempSync(join(cache, 'shop-'))
    await build({
      entryPoints: [join(import.meta.dirname, '../fixtures/shop.ts')],
      bundle: true,
      format: 'esm',
      platform: 'node',
      conditions: ['@myfy/source'],
      external: ['pg', 'kysely', '@electric-sql/*', 'fs-native-extensions'],
      banner: {
        js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url)",
      },
      outfile: join(directory, 'shop.mjs'),
    })
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  const prove = (env: Record<string, string>, some: (label: string) => boolean) =>
    proveCrash({
      url: postgres.url,
      scenario: order,
      lanes: heavy ? 4 : 1,
      ...(!heavy && { faults: ['SIGKILL', 'lost connection'] as const, only: some }),
      launch: ({ databaseUrl, port }) => ({
        command: process.execPath,
        args: [join(directory, 'shop.mjs')],
        env: { ...env, DATABASE_URL: databaseUrl, PORT: String(port) },
      }),
    })

  it('passes an application that stores everything in one transaction', async () => {
    const proof = await prove({}, (label) => label === 'commit acknowledged')
    expect(proof.problems).toEqual([])
    expect(isProved(proof)).toBe(true)
    expect(summary(proof)).toMatch(/^\d+ points? × \d faults?: 0 lost, 0 twice$/)
    const text = certificate(proof)
    expect(text).toContain('commit acknowledged')
    expect(text).toContain('## Not covered')
    if (heavy) {
      console.log(summary(proof), `${proof.ms} ms`)
      // Both moments of each statement, and three of the request.
      expect(proof.points).toEqual(
        expect.arrayContaining([
          'request 1 sent',
          'update stock sent',
          'update stock acknowledged',
          'commit sent',
          'request 1 last byte of the answer',
        ]),
      )
    }
  })

  // With MYFY_HEAVY=1: it waits for the limit of a start.
  it.skipIf(!heavy)(
    'leaves no process when one cannot be started, not even one that is stopped',
    async () => {
      const ports: number[] = []
      const proof = proveCrash({
        url: postgres.url,
        scenario: order,
        lanes: 1,
        faults: ['SIGSTOP'],
        only: (label) => label === 'commit acknowledged',
        launch: ({ databaseUrl, port }) => ({
          command: process.execPath,
          // The process that follows the stopped one ends at once.
          args: ports.push(port) === 1 ? [join(directory, 'shop.mjs')] : ['--eval', 'process.exit(1)'],
          env: { DATABASE_URL: databaseUrl, PORT: String(port) },
        }),
      })
      await expect(proof).rejects.toMatchObject({ code: 'MYFY_PROVE_START' })
      // The system accepts connections for a process that is stopped.
      const socket = connect(ports[0]!, '127.0.0.1')
      const [error] = await once(socket, 'error')
      expect(error).toMatchObject({ code: 'ECONNREFUSED' })
    },
  )

  it.skipIf(!heavy)('refuses a scenario that does nothing, and tells its answers', async () => {
    const proof = proveCrash({
      url: postgres.url,
      scenario: defineCrashScenario({
        name: 'nothing',
        run: (client) => client.request({ method: 'POST', path: '/nothing' }),
      }),
      launch: ({ databaseUrl, port }) => ({
        command: process.execPath,
        args: [join(directory, 'shop.mjs')],
        env: { DATABASE_URL: databaseUrl, PORT: String(port) },
      }),
    })
    await expect(proof).rejects.toThrow('it sends no statement; its requests are answered 404')
  })

  it.skipIf(!heavy)(
    'finds what a process does that was stopped, however long it takes to continue',
    async () => {
      const proof = await proveCrash({
        url: postgres.url,
        scenario: defineCrashScenario({
          name: 'an order that is repeated',
          run: (client) => client.request({ method: 'PUT', path: '/orders' }),
        }),
        lanes: 1,
        faults: ['SIGSTOP'],
        only: (label) => label === 'request 1 sent',
        launch: ({ databaseUrl, port }) => ({
          command: process.execPath,
          args: [join(directory, 'shop.mjs')],
          env: { DATABASE_URL: databaseUrl, PORT: String(port) },
        }),
      })
      expect(proof.problems).toEqual([
        expect.objectContaining({ lost: [], twice: [expect.stringMatching(/^orders .*tea/)] }),
      ])
    },
  )

  it('finds an order that is stored twice, because its transaction is not that of the request', async () => {
    const proof = await prove({ FAULTY: '1' }, (label) => label === 'update stock sent')
    expect(isProved(proof)).toBe(false)
    const [problem] = proof.problems.filter(({ point }) => point === 'update stock sent')
    expect(problem).toMatchObject({ lost: [], twice: [expect.stringMatching(/^orders .*tea/)] })
    expect(certificate(proof)).toMatch(
      /## Problems\n\n- (SIGKILL|lost connection) at .*\n {2}- twice: orders /,
    )
  })
})
