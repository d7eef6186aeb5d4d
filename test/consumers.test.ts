// The transports of the guide lose nothing at a stop, under load.
import { randomBytes } from 'node:crypto'
import { connect as connectTcp, type Socket } from 'node:net'
import { join } from 'node:path'
import { type ChannelModel, connect } from 'amqplib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from './markdown.ts'
import { exampleProject } from './project.ts'
import { Program, writeExample } from './signaled-program.ts'

const project = exampleProject()

const broker = await connect('amqp://guest:guest@127.0.0.1:5672', { timeout: 2_000 }).catch(() => undefined)

describe.skipIf(!broker)(`the consumer of RabbitMQ${broker ? '' : ' (not reachable: skipped)'}`, () => {
  const connection = broker as ChannelModel
  const file = writeExample(project, 'docs/consumers.md', 'rabbitmq')
  const queue = `myfy-test-${randomBytes(4).toString('hex')}`
  const start = () => new Program(file, { AMQP_QUEUE: queue, AMQP_PREFETCH: '10' })
  const handled = ({ lines }: Program) =>
    lines.flatMap((line) => /^handled (\d+)$/.exec(line)?.[1] ?? []).map(Number)

  async function publish(from: number, to: number): Promise<void> {
    const channel = await connection.createConfirmChannel()
    await channel.assertQueue(queue, { durable: true })
    for (let n = from; n < to; n++) channel.sendToQueue(queue, Buffer.from(String(n)))
    await channel.waitForConfirms()
    await channel.close()
  }

  beforeAll(() => publish(0, 0))
  afterAll(async () => {
    const channel = await connection.createChannel()
    await channel.deleteQueue(queue)
    await connection.close()
  })

  test('handles every message once across ten stops under load', async () => {
    const total = 600
    await publish(0, total)
    const seen: number[] = []
    for (let round = 0; round < 10 && seen.length < total; round++) {
      const program = start()
      // A different number of messages in flight each time; none at all in the first round: a stop during the start.
      await program.prints(round === 0 ? /./ : /^handled/, round === 0 ? 1 : 5 * round)
      expect(await program.stop(), program.lines.join('\n')).toBe(0)
      seen.push(...handled(program))
    }
    const last = start()
    if (seen.length < total) await last.prints(/^handled/, total - seen.length)
    else await last.prints(/ready/)
    expect(await last.stop()).toBe(0)
    seen.push(...handled(last))
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: total }, (_, n) => n))
  }, 120_000)

  test('reconnects when the broker drops the connection, and continues', async () => {
    const program = start()
    await program.prints(/ready/)
    const channel = await connection.createChannel()
    // The broker cancels the consumer of a deleted queue; the example reconnects and declares the queue again.
    await channel.deleteQueue(queue)
    await program.prints(/reconnecting/)
    await publish(1_000, 1_003)
    await program.prints(/^handled/, 3)
    expect(await program.stop()).toBe(0)
    expect(handled(program)).toEqual([1_000, 1_001, 1_002])
  }, 60_000)
})

describe('the line protocol', () => {
  const file = writeExample(project, 'docs/custom-transport.md', 'line-transport')

  const myfy = join(root, 'packages/cli/bin/myfy.js')

  test.each([
    ['by itself', file, []],
    ['by myfy start', myfy, ['start', file]],
    ['by two workers', myfy, ['start', file, '--workers', '2']],
    ['by myfy run', myfy, ['run', file]],
  ])(
    'answers every line that a client has sent before it reads BYE, also of clients that connect during the stop, run %s',
    async (_, main, args) => {
      const program = new Program(main, {}, args, project)
      const port = Number(
        /tcp:\/\/127\.0\.0\.1:(\d+)/.exec(await program.prints(/tcp:\/\/127\.0\.0\.1:\d+/))?.[1],
      )
      await program.prints(/ready/)
      const clients = Array.from({ length: 30 }, () => client(port))
      await Promise.all(clients.map(({ first }) => first))
      const code = program.stop()
      // They arrive faster than the program takes them, until the socket is closed.
      let refused = false
      while (!refused) {
        const late = Array.from({ length: 50 }, () => client(port))
        clients.push(...late)
        refused = (await Promise.all(late.map(({ connected }) => connected))).includes(false)
      }
      expect(await code, program.lines.join('\n')).toBe(0)
      const outcomes = await Promise.all(clients.map(({ ended }) => ended))
      expect(outcomes.filter(({ lost, error }) => lost > 0 || (error && error !== 'ECONNREFUSED'))).toEqual(
        [],
      )
    },
    120_000,
  )

  /** Sends the next line when the last one is answered, until it reads BYE. */
  function client(port: number) {
    const socket: Socket = connectTcp(port, '127.0.0.1')
    let sent = 0
    let answered = 0
    let answeredFirst = () => {}
    const first = new Promise<void>((resolve) => {
      answeredFirst = resolve
    })
    const send = () => {
      sent++
      socket.write('hello\n')
    }
    let leaving = false
    let rest = ''
    let error: string | undefined
    const connected = new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('close', () => resolve(false))
    })
    socket.setEncoding('utf8').on('connect', send)
    socket.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()!
      for (const line of lines) {
        if (line === 'BYE') leaving = true
        else {
          answered++
          answeredFirst()
          if (!leaving) send()
        }
      }
      if (leaving && answered === sent) socket.end()
    })
    const ended = new Promise<{ lost: number; error: string | undefined }>((resolve) => {
      socket
        .on('error', ({ code }: NodeJS.ErrnoException) => {
          error = code
        })
        .once('close', () => resolve({ lost: sent - answered, error }))
    })
    return { first, connected, ended }
  }
})
