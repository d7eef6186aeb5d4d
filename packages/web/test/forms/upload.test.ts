// An upload of 2 GB, on a real process: its memory does not follow the size of what it passes on.

import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { Process } from '../process.ts'
import { RawConnection } from '../raw-client.ts'

const heavy = process.env.MYFY_HEAVY === '1'
const size = heavy ? 2 * 1024 ** 3 : 256 * 1024 ** 2

const head = '--XX\r\nContent-Disposition: form-data; name="archive"; filename="a.tar"\r\n\r\n'
const tail = '\r\n--XX--\r\n'
const type = 'Content-Type: multipart/form-data; boundary=XX'

/** Resident memory and its peak, in MB. */
function memoryOf(pid: number) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const of = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024
  return { now: of('VmRSS'), peak: of('VmHWM') }
}

async function upload(port: number, bytes: number): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))))
  socket.write(
    `POST /upload HTTP/1.1\r\nHost: a\r\n${type}\r\nContent-Length: ${head.length + bytes + tail.length}\r\n\r\n${head}`,
  )
  const chunk = Buffer.alloc(1024 ** 2, 'x')
  for (let sent = 0; sent < bytes; sent += chunk.length) if (!socket.write(chunk)) await once(socket, 'drain')
  socket.write(tail)
  const text = await answer
  socket.destroy()
  return text
}

test.runIf(existsSync('/proc/self/status'))(
  `an upload of ${size / 1024 ** 2} MB that is passed on takes a bounded amount of memory, and one over the limit a 413`,
  async () => {
    using app = new Process('upload.ts')
    const port = Number(/:(\d+)$/.exec(await app.line(/^ready /))![1])
    // The first one loads what forms need.
    expect(await upload(port, 1024 ** 2)).toContain('{"size":1048576}')
    const before = memoryOf(app.child.pid!).now
    expect(await upload(port, size)).toContain(`{"size":${size}}`)
    const { peak } = memoryOf(app.child.pid!)
    if (heavy) console.log(`2 GB: ${before.toFixed(0)} MB before, at most ${peak.toFixed(0)} MB`)
    // V8 collects the buffers of a socket late on a busy machine: node:http alone took 55 MB there.
    expect(peak - before).toBeLessThan(100)

    const connection = new RawConnection({ port })
    const began = performance.now()
    connection.send(`POST /small HTTP/1.1\r\nHost: a\r\n${type}\r\nContent-Length: ${size}\r\n\r\n${head}`)
    const response = await connection.response()
    const took = performance.now() - began
    if (heavy) console.log(`413 after ${took.toFixed(1)} ms`)
    expect(response.status).toBe(413)
    if (heavy) expect(took).toBeLessThan(100)
    connection.close()
  },
  300_000,
)

test.skipIf(process.platform === 'win32')(
  'an upload that the disk has no room for is never read in part, and is answered with 503',
  async () => {
    using app = new Process('full-disk.ts', {}, { fileBlocks: 2_048 })
    await app.line(/^done/)
    const answers = app.lines.filter((line) => line.startsWith('upload '))
    const room = 2_048 * 512
    for (const line of answers) {
      const size = Number(line.split(' ')[1])
      const expected = size <= room ? `200 null {"size":${size},"read":${size}}` : '503 60 '
      expect(line).toContain(`upload ${size} ${expected}`)
    }
    expect(answers.some((line) => line.includes(' 200 '))).toBe(true)
    expect(answers.some((line) => line.includes(' 503 '))).toBe(true)
    const report = `Cannot store the upload in ${tmpdir()}: the file is larger than the system allows (EFBIG). Free space there, or set TMPDIR to a folder with more.`
    expect(app.lines.join('\n')).toContain(report)
  },
  120_000,
)
