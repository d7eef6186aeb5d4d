// A spec with an inline function: the parameters of the function and every other option are inferred, by each compiler.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

/** Options with an inline function, in a route of the pattern `/x/:id`. */
const functions: Record<string, string> = {
  middleware: `middleware: [({ params }, next) => (same<{ readonly id: string }>()(params), next())]`,
  rateLimit: `rateLimit: { points: 1, per: '1m', key: ({ params }) => (same<string>()(params.id), params.id) }`,
  'rateLimit, a method': `rateLimit: { points: 1, per: '1m', key({ ip }) { return ip } }`,
  'rateLimit, a list': `rateLimit: [{ points: 1, per: '1m', key: ({ ip }) => ip }, { points: 2, per: '1h' }]`,
  cors: `cors: { origin: (origin) => origin.endsWith('.example') }`,
  'an option of a module': `audited: { by: (call) => call.id }`,
}
functions.all = ['middleware', 'rateLimit', 'cors', 'an option of a module']
  .map((name) => functions[name])
  .join(', ')

/** Options of every route, with a handler that has their types. */
const common: Record<string, readonly [option: string, handler: string]> = {
  inject: ['inject: { clock }', '({ clock }) => (same<Clock>()(clock), {})'],
  auth: ['auth: bearer', '({ identity }) => (same<User>()(identity), {})'],
  'auth, a list': ['auth: [bearer]', '({ identity }) => (same<User>()(identity), {})'],
  params: ['params: schema<{ id: number }>()', '({ params }) => (same<{ id: number }>()(params), {})'],
  query: ['query: schema<{ n: number }>()', '({ query }) => (same<{ n: number }>()(query), {})'],
  headers: ['headers: schema<{ n: number }>()', '({ headers }) => (same<{ n: number }>()(headers), {})'],
}
/** Options of a request, the last two with the values that a client receives. */
const ofRequest: Record<string, readonly [option: string, handler: string, output?: string]> = {
  ...common,
  response: ['response: schema<{ n: 1 }>()', '() => ({ n: 1 })', '{ readonly 200: { n: 1 } }'],
  'responses, status': [
    `responses: { 201: schema<{ kind: 'a' }>() }, status: 201`,
    `() => ({ kind: 'a' })`,
    `{ readonly 201: { kind: 'a' } }`,
  ],
  status: ['status: 202', `() => 'x'`, '{ readonly 202: string }'],
}
const body = ['body: schema<{ n: number }>()', '({ body }) => (same<{ n: number }>()(body), {})'] as const
const message = [
  'message: schema<{ n: number }>()',
  '() => ({ message: (_peer, data) => same<{ n: number }>()(data) })',
] as const

const methods: Record<string, typeof ofRequest> = {
  get: ofRequest,
  post: { ...ofRequest, body },
  websocket: { ...common, message },
}

const before =
  'before: { inject: { clock }, run: ({ clock, params }) => (same<Clock>()(clock), same<string>()(params.id), undefined) }'

/** Both orders of two options: the compiler reads them one after the other. */
const ordered = (one: string, other: string) => [`${one}, ${other}`, `${other}, ${one}`]

/** The routes of some methods. */
const routesOf = (names: readonly string[]) =>
  names.flatMap((method) =>
    Object.values(functions).flatMap((inline) =>
      Object.values(methods[method] ?? {}).flatMap(([option, handler, output]) =>
        ordered(inline, option).map((spec) => {
          const route = `route.${method}('/:id', { ${spec} }, ${handler})`
          return output ? `sends<${output}>(${route})` : route
        }),
      ),
    ),
  )
const groups = ["defineRoutes('/:id', ", "route.group('/:id', "].flatMap((declare) =>
  [...Object.values(functions), before, `${functions.all}, ${before}`].flatMap((inline) =>
    [common.inject, common.auth].flatMap(([option, handler] = ['', '']) =>
      ordered(inline, option).map(
        (spec) => `${declare}{ ${spec} }, (route) => [route.get('/', ${handler})])`,
      ),
    ),
  ),
)
const identity = `rateLimit: { points: 1, per: '1m', key: ({ identity }) => (same<User>()(identity), identity.name) }`
const identities = ordered(identity, 'auth: [bearer]').flatMap((spec) => [
  `route.get('/', { ${spec} }, ({ identity }) => same<User>()(identity))`,
  `defineRoutes('/', { auth: bearer }, (route) => route.get('/', { ${identity} }, () => 1))`,
])

/** Wrong specs with the option at which the error is. */
const wrong: ReadonlyArray<readonly [option: string, spec: string]> = [
  ['hiden', `hiden: true`],
  ['before', `before: { run: () => undefined }`],
  ['protocols', `protocols: ['mqtt']`],
  ['status', `status: '200'`],
  ['body', `inject: { body: Clock }`],
  ['responses', `responses: { 404: { description: 'none', scheme: 1 } }`],
  ['credential', `cors: { credential: true }`],
]
const refused = wrong.flatMap(([option, spec]) =>
  ['middleware', 'rateLimit', 'an option of a module'].flatMap((name) =>
    ordered(functions[name] ?? '', spec).map((both) => ({
      option,
      code: `route.get('/:id', { ${both} }, () => 1)`,
    })),
  ),
)
for (const [option, code] of [
  ['nmae', `{ rateLimit: { points: 1, per: '1m', key: ({ ip }) => ip, nmae: 'x' } }`],
  ['credential', `{ cors: { origin: (origin) => origin === 'x', credential: true } }`],
  ['form', `{ audited: { by: (call) => call.id, form: 1 } }`],
] as const)
  refused.push({ option, code: `route.get('/', ${code}, () => 1)` })

const prelude = `import type { HandlerCall, StandardSchema } from '@myfy/core'
import { singleton } from '@myfy/di'
import { defineAuth, defineRoutes, type TypedRoute } from '@myfy/web'
declare module '@myfy/core' {
  interface HandlerOptions { readonly audited?: boolean | { readonly by?: (call: HandlerCall) => string } }
}
interface User { readonly name: string }
class Clock { now() { return 1 } }
const clock = singleton(Clock)
const bearer = defineAuth({ scheme: 'bearer', authenticate: ({ token }): User => ({ name: token }) })
declare const schema: <T>() => StandardSchema<T>
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
declare const same: <A>() => <B>(value: B, ...wrong: Same<A, B> extends true ? [] : [A]) => void
declare const sends: <Output>(route: TypedRoute<'GET' | 'POST', string, unknown, Output>) => void
`

test.each([
  // The options of `get` are among those of `post`.
  ['typescript5', ['post', 'websocket']],
  ['typescript', ['post', 'websocket']],
  ['typescript7', ['get', 'post', 'websocket']],
])(
  '%s infers the options beside an inline function, and finds what is wrong with them',
  (compiler, names) => {
    // Below this folder, for the packages by their names.
    const directory = mkdtempSync(join(import.meta.dirname, 'inline-functions-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const lines = [...routesOf(names), ...groups, ...identities, ...refused.map(({ code }) => code)]
    const at = prelude.split('\n').length + 1
    const code = `${prelude}\ndefineRoutes('/x', (route) => {\n${lines.join('\n')}\n})\n`
    writeFileSync(join(directory, 'specs.ts'), code)
    writeFileSync(
      join(directory, 'tsconfig.json'),
      JSON.stringify({
        extends: '../../../../../tsconfig.base.json',
        compilerOptions: { noUnusedLocals: false },
        files: ['specs.ts'],
      }),
    )
    const manifest = createRequire(import.meta.url).resolve(`${compiler}/package.json`)
    const tsc = join(dirname(manifest), 'bin/tsc')
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', directory, '--pretty', 'false'], {
      encoding: 'utf8',
    })
    const source = code.split('\n')
    const errors = [...stdout.matchAll(/^.*specs\.ts\((\d+),(\d+)\): (.*)$/gm)].map(
      ([, line, column, text]) => {
        const rest = source[Number(line) - 1]?.slice(Number(column) - 1) ?? ''
        return { line: Number(line), option: /^\w+/.exec(rest)?.[0], text }
      },
    )
    const first = at + lines.length - refused.length + 1
    expect(
      errors.filter(({ line }) => line < first).map(({ line, text }) => [source[line - 1], text]),
    ).toEqual([])
    expect(errors.map(({ line, option }) => [source[line - 1], option])).toEqual(
      refused.map(({ code, option }) => [code, option]),
    )
    expect(
      stdout.split('\n').filter((line) => /^\S/.test(line)),
      stdout,
    ).toHaveLength(refused.length)
  },
  120_000,
)
