// Forms from outside, on every way: what the test suites of busboy, undici and Hono send, and what is not valid. The
// expected values are those of RFC 7578, RFC 2046 and RFC 8187.

import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineRoutes, file, form } from '@myfy/web'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ways } from '../ways.ts'
import { end, headOf, image, malformedForms, multipart, part } from './malformed-forms.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'myfy-peers-forms-'))
  // What other tests leave in the common one must not be taken for a rest.
  process.env.TMPDIR = directory
})
afterAll(() => rm(directory, { recursive: true }))
const leftovers = async () => (await readdir(directory)).filter((name) => name.startsWith('myfy-upload-'))

const handled: string[] = []
const routes = defineRoutes('', (route) => {
  const title = z.string().min(1)
  const picture = { max: '64kb', types: ['image/*'] } as const
  route.post('/stored', { body: form({ title, picture: file(picture) }) }, () => void handled.push('stored'))
  route.post(
    '/streamed',
    { body: form({ title, picture: file({ ...picture, streamed: true }) }) },
    async ({ body }) => {
      for await (const _chunk of body.picture);
      handled.push('streamed')
    },
  )
  const text = z.union([z.string(), z.array(z.string())]).optional()
  const body = form({ text, foo: text, baz: text, upload: file({ many: 5, optional: true }) })
  route.post('/any', { body }, async ({ body }) => ({
    ...(body.text !== undefined && { text: body.text }),
    ...(body.foo !== undefined && { foo: body.foo }),
    ...(body.baz !== undefined && { baz: body.baz }),
    files: await Promise.all(
      body.upload.map(async (one) => `${one.name} ${one.type} ${(await one.bytes()).toString('latin1')}`),
    ),
  }))
})

const text = (value: string, head = 'Content-Disposition: form-data; name="text"') => part(head, value)
const upload = (filename: string, value = 'ABC') =>
  part(
    `Content-Disposition: form-data; name="upload"; ${filename}\r\nContent-Type: application/octet-stream`,
    value,
  )
const type = 'application/octet-stream'

const valid: Record<string, [body: string | Buffer, expected: object, headers?: Record<string, string>]> = {
  'a text and a file': [
    text('super alpha file') + upload('filename="1k_a.dat"', 'A'.repeat(1_023)) + end,
    { text: 'super alpha file', files: [`1k_a.dat ${type} ${'A'.repeat(1_023)}`] },
  ],
  'a name without quotes': [
    text('2', 'Content-Disposition: form-data; name=text') + end,
    { text: '2', files: [] },
  ],
  'headers in other cases, and white space around parameters': [
    text('2', 'CONTENT-DISPOSITION:   FORM-DATA ;NAME = "text"') + end,
    { text: '2', files: [] },
  ],
  'a header in several lines': [
    text('2', 'Content-Disposition:\r\n form-data;\r\n\tname="text"') + end,
    { text: '2', files: [] },
  ],
  'heads of 16 KiB': [
    text('2', headOf('Content-Disposition: form-data; name="text"', 16_384)) +
      part(headOf('Content-Disposition: form-data; name="upload"; filename="a"', 16_384), 'x') +
      end,
    { text: '2', files: [`a ${type} x`] },
  ],
  '100 headers, the one that counts last': [
    text('2', `${'X: 1\r\n'.repeat(99)}Content-Disposition: form-data; name="text"`) + end,
    { text: '2', files: [] },
  ],
  'a type before the disposition': [
    text('{}', 'Content-Type: application/json\r\nContent-Disposition: form-data; name="text"') + end,
    { text: '{}', files: [] },
  ],
  'a text before the first part and behind the last one (RFC 2046, 5.1.1)': [
    `This is the preamble.\r\n--X\r\n${text('2')}${end}This is the epilogue. --XX\r\n`,
    { text: '2', files: [] },
  ],
  'contents that look like a boundary': [
    `${text('x--XX\r\n-XX\n--XX--')}${upload('filename="a"', '\r\n--X\r\n--\r\n\r\n')}${end}`,
    { text: 'x--XX\r\n-XX\n--XX--', files: [`a ${type} \r\n--X\r\n--\r\n\r\n`] },
  ],
  'an empty text and an empty file with a name': [
    text('') + upload('filename="empty"', '') + end,
    { text: '', files: [`empty ${type} `] },
  ],
  'a file input without a file': [upload('filename=""', '') + end, { files: [] }],
  'several of one name, in their order': [
    text('1') + upload('filename="b"', '1') + text('2') + upload('filename="a"', '2') + end,
    { text: ['1', '2'], files: [`b ${type} 1`, `a ${type} 2`] },
  ],
  'file names with directories (RFC 7578, 4.2)': [
    upload('filename="/tmp/1k_a.dat"') +
      upload('filename="C:\\files\\1k_b.dat"') +
      upload('filename="relative/1k_c.dat"') +
      end,
    { files: ['a', 'b', 'c'].map((letter) => `1k_${letter}.dat ${type} ABC`) },
  ],
  'a file name in UTF-8': [upload('filename="näme €.txt"') + end, { files: [`näme €.txt ${type} ABC`] }],
  'an encoded file name (RFC 8187)': [
    upload(`filename*=utf-8''n%C3%A4me%20%e2%82%ac.txt`) + end,
    { files: [`näme €.txt ${type} ABC`] },
  ],
  'an encoded file name beside a plain one': [
    upload(`filename="name.txt"; filename*=UTF-8'en'n%C3%A4me.txt`) + end,
    { files: [`näme.txt ${type} ABC`] },
  ],
  'a quoted file name with quotes and semicolons': [
    upload('filename="a \\"quoted\\"; name=x.txt"') + end,
    { files: [`a "quoted"; name=x.txt ${type} ABC`] },
  ],
  'a file without a type': [
    part('Content-Disposition: form-data; name="upload"; filename="a"', 'x') + end,
    { files: [`a ${type} x`] },
  ],
  'a harmless transfer encoding': [
    text('2', 'Content-Disposition: form-data; name="text"\r\nContent-Transfer-Encoding: 8bit') +
      part(
        'Content-Disposition: form-data; name="upload"; filename="a"\r\nContent-Transfer-Encoding: BINARY',
        'x',
      ) +
      end,
    { text: '2', files: [`a ${type} x`] },
  ],
  'a text in another charset (RFC 7578, 4.5)': [
    Buffer.concat([
      Buffer.from(
        '--XX\r\nContent-Disposition: form-data; name="text"\r\nContent-Type: text/plain; charset="ISO-8859-1"\r\n\r\n',
      ),
      Buffer.from('Äpfel', 'latin1'),
      Buffer.from(`\r\n${end}`),
    ]),
    { text: 'Äpfel', files: [] },
  ],
  'a text of an undeclared field in an unknown charset': [
    text('x', 'Content-Disposition: form-data; name="other"\r\nContent-Type: text/plain; charset=klingon') +
      text('2') +
      end,
    { text: '2', files: [] },
  ],
  'a boundary of 70 characters, in quotes': [
    (text('2') + end).replaceAll('XX', `'()+_,-./:=? ${'b'.repeat(57)}`),
    { text: '2', files: [] },
    { 'content-type': `Multipart/Form-Data; charset=utf-8; Boundary="'()+_,-./:=? ${'b'.repeat(57)}"` },
  ],
  'a form whose last boundary has no line end': [(text('2') + end).trimEnd(), { text: '2', files: [] }],
}

const urlencoded: Record<string, object> = {
  foo: { foo: '' },
  'foo&baz=bla': { foo: '', baz: 'bla' },
  'foo=bar+baz%2Bquux&&': { foo: 'bar baz+quux' },
  'foo=%C3%A4%20%21&baz=a=b': { foo: 'ä !', baz: 'a=b' },
  'foo=1&foo=2': { foo: ['1', '2'] },
  '&': {},
  '=': {},
  '%66oo=1': { foo: '1' },
}

describe.each(Object.entries(ways))('by %s', (_way, open) => {
  test('a valid form is read', async () => {
    const { send, idle } = await open({ routes: [routes] })
    for (const [name, [body, expected, headers = multipart]] of Object.entries(valid)) {
      const answer = await send('/any', { method: 'POST', headers, body })
      expect([name, answer.status, JSON.parse(answer.body.toString())]).toEqual([name, 200, expected])
    }
    for (const [body, expected] of Object.entries(urlencoded)) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' }
      const answer = await send('/any', { method: 'POST', headers, body })
      const told = JSON.parse(answer.body.toString())
      expect([body, answer.status, told]).toEqual([body, 200, { ...expected, files: [] }])
    }
    await idle()
    expect(await leftovers()).toEqual([])
  })

  test.each(['/stored', '/streamed'])(
    'a malformed form is refused by %s, and nothing is left',
    async (path) => {
      handled.length = 0
      const { send, idle } = await open({ routes: [routes] })
      for (const [name, [headers, body, status]] of Object.entries(malformedForms)) {
        const answer = await send(path, { method: 'POST', headers, body })
        expect([name, answer.status]).toEqual([name, status])
        expect(answer.headers.get('content-type')).toBe('application/problem+json')
        expect(JSON.parse(answer.body.toString())).toMatchObject({ status })
      }
      await idle()
      expect([handled, await leftovers()]).toEqual([[], []])
      const body = text('Ada', 'Content-Disposition: form-data; name="title"') + image('a.png') + end
      expect((await send(path, { method: 'POST', headers: multipart, body })).status).toBe(204)
    },
  )
})
