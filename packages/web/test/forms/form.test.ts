// Forms: text and file fields, urlencoded and multipart, over a socket and in the test client, with every malformation.

import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { OptionError } from '@myfy/core'
import {
  defineRoutes,
  file,
  form,
  type OpenAPIDocument,
  type StreamedFile,
  type UploadedFile,
} from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { deferred, listening } from '../listening.ts'
import { RawConnection } from '../raw-client.ts'
import { boundary, image, multipart, title } from './malformed-forms.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'myfy-forms-'))
  // What other tests leave in the common one must not be taken for a rest.
  process.env.TMPDIR = directory
})
afterAll(() => rm(directory, { recursive: true }))
const leftovers = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('myfy-upload-'))

const seen: string[] = []

const routes = defineRoutes('', (route) => {
  const picture = form({
    title: z.string().min(1),
    tags: z.array(z.string()).default([]),
    picture: file({ max: '64kb', types: ['image/*'] }),
  })
  route.post('/stored', { body: picture }, async ({ body }) => {
    seen.push(body.picture.path)
    const { name, type, size } = body.picture
    return { title: body.title, tags: body.tags, name, type, size, text: await body.picture.text() }
  })
  const stream = form({ title: z.string(), upload: file({ max: '1mb', streamed: true }) })
  route.post('/streamed', { body: stream }, async ({ body }) => {
    let size = 0
    for await (const chunk of body.upload) size += chunk.byteLength
    return { title: body.title, name: body.upload.name, size }
  })
  route.post('/ignored', { body: stream }, ({ body }) => ({ name: body.upload.name }))
  route.post('/many', { body: form({ files: file({ many: 3 }) }) }, ({ body }) =>
    body.files.map(({ name }) => name),
  )
  route.post(
    '/each',
    { body: form({ files: file({ many: 3, streamed: true, optional: true }) }) },
    async ({ body }) => {
      const names: string[] = []
      for await (const one of body.files) names.push(one.name)
      return names
    },
  )
  route.post(
    '/texts',
    { body: form({ age: z.coerce.number(), name: z.string().optional() }) },
    ({ body }) => body,
  )
  route.post('/optional', { body: form({ cv: file({ optional: true }) }) }, ({ body }) => ({
    cv: body.cv?.name ?? null,
  }))
})

const formData = (fields: Record<string, string | Blob | readonly [Blob, string]>) => {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields))
    if (Array.isArray(value)) data.append(name, value[0] as Blob, value[1] as string)
    else data.append(name, value as string)
  return data
}
const png = (text: string) => new Blob([text], { type: 'image/png' })

describe('a form', () => {
  test('has validated texts, and files that are removed with the request', async () => {
    await using client = await createTestClient({ routes: [routes] })
    const data = formData({ title: 'Ada', picture: [png('pixels'), 'ä.png'] })
    data.append('tags', 'a')
    data.append('unknown', 'x')
    const response = await client.post('/stored', { body: data })
    expect([response.status, await response.json()]).toEqual([
      200,
      { title: 'Ada', tags: ['a'], name: 'ä.png', type: 'image/png', size: 6, text: 'pixels' },
    ])
    await client.app.inFlight.whenIdle()
    await expect(readFile(seen.at(-1)!)).rejects.toThrow('ENOENT')
    expect(await leftovers()).toEqual([])
  })

  test('passes a streamed file on while it arrives', async () => {
    await using client = await createTestClient({ routes: [routes] })
    const response = await client.post('/streamed', {
      body: formData({ title: 'Ada', upload: [new Blob(['x'.repeat(500_000)]), 'big.bin'] }),
    })
    expect(await response.json()).toEqual({ title: 'Ada', name: 'big.bin', size: 500_000 })
    const ignored = await client.post('/ignored', {
      body: formData({ title: 'Ada', upload: [new Blob(['x'.repeat(500_000)]), 'big.bin'] }),
    })
    expect(await ignored.json()).toEqual({ name: 'big.bin' })
  })

  test('refuses a part behind a streamed file that the handler could not receive', async () => {
    await using client = await createTestClient({ routes: [routes] })
    const response = await client.post('/streamed', {
      body: formData({ upload: [new Blob(['x']), 'a'], title: 'late' }),
    })
    expect([response.status, await response.text()]).toEqual([422, expect.stringContaining('"path":"title"')])
    const twice = formData({ title: 'Ada', upload: [new Blob(['x']), 'a'] })
    twice.append('title', 'again')
    const late = await client.post('/streamed', { body: twice })
    expect([late.status, await late.text()]).toEqual([
      400,
      expect.stringContaining("the part 'title' must come before the streamed file"),
    ])
  })

  test('takes several files of a name, up to a number', async () => {
    await using client = await createTestClient({ routes: [routes] })
    const names = (count: number) => {
      const data = new FormData()
      for (let i = 0; i < count; i++) data.append('files', new Blob([`${i}`]), `${i}.txt`)
      return data
    }
    for (const path of ['/many', '/each']) {
      const response = await client.post(path, { body: names(3) })
      expect([response.status, await response.json()], path).toEqual([200, ['0.txt', '1.txt', '2.txt']])
      const many = await client.post(path, { body: names(4) })
      expect([many.status, await many.text()], path).toEqual([
        422,
        expect.stringContaining('expected at most 3 files'),
      ])
    }
    expect(await (await client.post('/each', { body: formData({ x: '1' }) })).json()).toEqual([])
    expect((await client.post('/many', { body: formData({ x: '1' }) })).status).toBe(422)
  })

  test('is also urlencoded, and may be empty', async () => {
    await using client = await createTestClient({ routes: [routes] })
    const response = await client.post('/texts', { body: new URLSearchParams({ age: '36', name: 'A&B=ü' }) })
    expect(await response.json()).toEqual({ age: 36, name: 'A&B=ü' })
    expect((await client.post('/optional')).status).toBe(200)
    const empty = await client.post('/optional', { body: formData({ cv: [new Blob([]), ''] }) })
    expect(await empty.json()).toEqual({ cv: null })
    expect((await client.post('/texts', { body: new URLSearchParams({ __proto__: 'x' }) })).status).toBe(422)
  })

  test('has a problem for each field, without what the client sent', async () => {
    await using client = await createTestClient({ routes: [routes] })
    const response = await client.post('/stored', { body: formData({ title: '' }) })
    expect(response.status).toBe(422)
    const { errors } = (await response.json()) as { errors: unknown }
    expect(errors).toEqual([
      { in: 'body', path: 'title', detail: expect.any(String) },
      { in: 'body', path: 'picture', detail: 'expected a file' },
    ])
    const secret = await client.post('/texts', { body: new URLSearchParams({ age: 'hunter2' }) })
    expect([secret.status, await secret.text()]).toEqual([422, expect.not.stringContaining('hunter2')])
  })

  test('is refused by its type, and a file by its type and size', async () => {
    await using client = await createTestClient({ routes: [routes] })
    const json = await client.post('/stored', { json: { title: 'Ada' } })
    expect([json.status, json.headers.get('accept')]).toEqual([
      415,
      'multipart/form-data, application/x-www-form-urlencoded',
    ])
    const text = await client.post('/stored', {
      body: formData({ title: 'Ada', picture: [new Blob(['x'], { type: 'text/html' }), 'a.png'] }),
    })
    expect([text.status, await text.text()]).toEqual([
      415,
      expect.stringContaining("the file 'picture' must be of the type image/*"),
    ])
    const large = await client.post('/stored', {
      body: formData({ title: 'Ada', picture: [png('x'.repeat(65_537)), 'a.png'] }),
    })
    expect([large.status, await large.text()]).toEqual([
      413,
      expect.stringContaining("the file 'picture' exceeds the limit of 65536 bytes"),
    ])
    await client.app.inFlight.whenIdle()
    expect(await leftovers()).toEqual([])
  })
})

describe('over a socket', () => {
  test.each([
    ['more bytes than the form may have, before they arrive', { 'Content-Length': '2000000' }, title, 413],
    ['no bytes', {}, '', 422],
  ])('%s is refused, and nothing is left', async (_name, headers, body, status) => {
    const server = await listening({ web: { routes: [routes] } })
    const connection = new RawConnection({ port: server.port })
    const sent = connection.request('POST', '/stored', { ...multipart, ...headers }, body)
    expect((await sent.response()).status).toBe(status)
    connection.close()
    await server.app.inFlight.whenIdle()
    expect(await leftovers()).toEqual([])
  })

  test('a client that leaves leaves no file behind', async () => {
    const server = await listening({ web: { routes: [routes] } })
    const connection = new RawConnection({ port: server.port })
    connection.request(
      'POST',
      '/stored',
      { ...multipart, 'Content-Length': '50000' },
      title + image('a.png').slice(0, -6),
    )
    for (let i = 0; i < 1_000 && (await leftovers()).length === 0; i++) await new Promise(setImmediate)
    expect(await leftovers()).toHaveLength(1)
    connection.close()
    await server.app.inFlight.whenIdle()
    expect(await leftovers()).toEqual([])
  })

  test('a part is handled before the next byte of the form is sent, and a truncated stream is an error', async () => {
    const begun = deferred<StreamedFile>()
    const outcome = deferred<unknown>()
    const streaming = defineRoutes('', (route) => {
      route.post('/', { body: form({ a: file({ streamed: true }) }) }, async ({ body }) => {
        begun.resolve(body.a)
        try {
          for await (const _chunk of body.a);
        } catch (error) {
          outcome.resolve(error)
          throw error
        }
      })
    })
    const server = await listening({ web: { routes: [streaming] } })
    const connection = new RawConnection({ port: server.port })
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="a"; filename="a.bin"\r\n\r\nfirst bytes, and`
    connection.request('POST', '/', { ...multipart, 'Content-Length': '50000' }, head)
    expect((await begun.promise).name).toBe('a.bin')
    connection.close()
    expect(String(await outcome.promise)).toContain('ended before')
  })

  test('middleware that reads a clone leaves the form to the handler', async () => {
    const server = await listening({
      web: {
        routes: [routes],
        middleware: [
          async ({ request }, next) => {
            await request.clone().text()
            return next()
          },
        ],
      },
    })
    const response = await fetch(`${server.url}/stored`, {
      method: 'POST',
      body: formData({ title: 'Ada', picture: [png('x'), 'a.png'] }),
    })
    expect([response.status, ((await response.json()) as { size: number }).size]).toEqual([200, 1])
  })
})

test('requests at the same time share a directory, and each leaves nothing in it', async () => {
  const paths: string[] = []
  const both = deferred()
  const first = deferred()
  const sharing = defineRoutes('', (route) => {
    route.post('/:wait', { body: form({ a: file() }) }, async ({ body, params }) => {
      paths.push(body.a.path)
      await writeFile(`${body.a.path}.copy`, await body.a.bytes())
      if (paths.length === 2) both.resolve()
      await (params.wait === 'last' ? first.promise : both.promise)
      return body.a.text()
    })
  })
  await using client = await createTestClient({ routes: [sharing] })
  const send = (path: string, text: string) =>
    client.post(path, { body: formData({ a: [new Blob([text]), 'a'] }) })
  const last = send('/last', 'one')
  expect(await (await send('/first', 'two')).text()).toBe('two')
  await expect.poll(() => paths.filter(existsSync).length).toBe(1)
  expect(new Set(paths.map((path) => dirname(path))).size).toBe(1)
  first.resolve()
  expect(await (await last).text()).toBe('one')
  await client.app.inFlight.whenIdle()
  expect(await leftovers()).toEqual([])
})

test('a file can be moved, and then remains', async () => {
  const target = join(tmpdir(), `myfy-moved-${process.pid}`)
  const moving = defineRoutes('', (route) => {
    route.post('/', { body: form({ a: file() }) }, ({ body }) => body.a.moveTo(target))
  })
  await using client = await createTestClient({ routes: [moving] })
  await client.post('/', { body: formData({ a: [new Blob(['kept']), 'a'] }) })
  await client.app.inFlight.whenIdle()
  expect(await readFile(target, 'utf8')).toBe('kept')
  await rm(target)
  await writeFile(target, '').then(() => rm(target))
})

test('the description has the fields, the files and their types', async () => {
  await using client = await createTestClient({ routes: [routes] })
  const { paths } = (await (await client.get('/openapi.json')).json()) as OpenAPIDocument
  const bodyOf = (path: string) => (paths[path]!.post as { requestBody: { content: object } }).requestBody
  expect(bodyOf('/stored')).toEqual({
    required: true,
    content: {
      'multipart/form-data': {
        schema: {
          type: 'object',
          properties: {
            title: { type: 'string', minLength: 1 },
            tags: { type: 'array', items: { type: 'string' }, default: [] },
            picture: { type: 'string', format: 'binary' },
          },
          required: ['title', 'picture'],
        },
        encoding: { picture: { contentType: 'image/*' } },
      },
    },
  })
  expect(Object.keys(bodyOf('/texts').content)).toEqual([
    'application/x-www-form-urlencoded',
    'multipart/form-data',
  ])
})

test('the types of a body follow its fields', () => {
  defineRoutes('', (route) => {
    const body = form({
      age: z.coerce.number(),
      one: file(),
      maybe: file({ optional: true }),
      list: file({ many: 2 }),
      stream: file({ streamed: true }),
    })
    route.post('/', { body }, ({ body }) => {
      expectTypeOf(body.age).toBeNumber()
      expectTypeOf(body.one).toEqualTypeOf<UploadedFile>()
      expectTypeOf(body.maybe).toEqualTypeOf<UploadedFile | undefined>()
      expectTypeOf(body.list).toEqualTypeOf<readonly UploadedFile[]>()
      expectTypeOf(body.stream).toEqualTypeOf<StreamedFile>()
    })
  })
})

describe('a declaration is refused when', () => {
  test.each([
    [() => file({ max: '5 mib' as never }), 'Cannot use "5 mib" as file.max: it is not a size.'],
    [() => file({ max: -1 }), 'Cannot use -1 as file.max: it is not a size.'],
    [() => file({ types: ['png'] }), 'Cannot use ["png"] as file.types: it is not a list of media types.'],
    [
      () => form({}, { maxParts: Number.NaN }),
      'Cannot use NaN as maxParts: it is not a number of parts. Write the largest number, such as 100.',
    ],
    [() => form({}, { maxParts: '5' as never }), 'Cannot use 5 as maxParts: it is not a number'],
    [() => file({ many: 0 }), 'Cannot use 0 as file.many: it is not a number of files.'],
    [
      () => form({ a: 'x' as never }),
      "Cannot declare the form field 'a': it is neither a schema nor a file.",
    ],
    [
      () => form({ a: file({ streamed: true }), b: file({ streamed: true }) }),
      "Cannot declare the form fields 'a' and 'b': only one field can be streamed.",
    ],
  ])('%s', (declare, message) => {
    expect(declare).toThrow(OptionError)
    expect(declare).toThrow(message)
  })
})
