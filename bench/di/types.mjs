// Compile time that a file of 500 providers adds. The same classes without providers are compiled in interleaved rounds.
// "With `any`" is the same file with functions whose parameters are `any`, which is the minimum time to read it. Both
// compilers run without a cache on an otherwise empty project.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const needsOf = (i) =>
  [i - 1, i >> 1, i - 7].filter(
    (need, at, all) => need >= 0 && need < i && all.indexOf(need) === at && (i % 3 > 0 || need % 3 === 0),
  )
const list = (size, line) => Array.from({ length: size }, (_, i) => line(i, needsOf(i))).join('\n')
const scope = (i) => (i % 3 ? 'request' : 'singleton')
const classes = (i, needs) =>
  `export class C${i} { readonly id${i} = ${i}; constructor(${needs.map((need, at) => `readonly a${at}: C${need}`).join(', ')}) {} }`
const names = (needs) => needs.map((need) => `p${need}`).join(', ')
const record = (i, needs) =>
  `export const p${i} = ${scope(i)}({ ${names(needs)} }, ({ ${names(needs)} }) => new C${i}(${names(needs)}))`
const tuple = (i, needs) =>
  `export const p${i} = ${scope(i)}([${names(needs)}], (${names(needs)}) => new C${i}(${names(needs)}))`
const construct = (i, needs) =>
  `export const p${i} = ${scope(i)}(C${i}${needs.length ? `, [${names(needs)}]` : ''})`
const ours = `import { request, singleton } from '@myfy/di'\nvoid [request, singleton]\n`
const any = `import '@myfy/di'
declare function provide(inject: object, factory: (...services: any) => unknown): object
const [request, singleton] = [provide, provide]
`
const forms = {
  'records, with `any`': [any, record],
  records: [ours, record],
  tuples: [ours, tuple],
  'classes by tuple': [ours, construct],
}

/** The same classes with typed peers, all singletons, as documented by each peer. */
const peers = {
  awilix: (size) =>
    `import { asClass, createContainer } from 'awilix'
${list(size, classes)}
export const container = createContainer()
container.register({ ${list(size, (i) => `t${i}: asClass(C${i}).singleton(),`)} })`,
  'needle-di': (size) =>
    `import { Container, inject } from '@needle-di/core'
${list(
  size,
  (i, needs) =>
    `export class C${i} { readonly id${i} = ${i}; constructor(${needs.map((need, at) => `readonly a${at} = inject(C${need})`).join(', ')}) {} }`,
)}
export const container = new Container()
${list(size, (i) => `container.bind(C${i})`)}`,
  Effect: (size) =>
    `import { Context, Effect, Layer } from 'effect'
${list(size, (i) => `export class C${i} extends Context.Tag('C${i}')<C${i}, { readonly id${i}: number }>() {}`)}
${list(
  size,
  (i, needs) =>
    `export const l${i} = Layer.effect(C${i}, Effect.map(Effect.all([${needs.map((need) => `C${need}`).join(', ')}]), () => ({ id${i}: ${i} })))`,
)}`,
  InferDI: (size) =>
    `import { Container } from '@inferdi/inferdi'
${list(size, classes)}
export const container = new Container()
${list(size, (i, needs) => `.registerClass('t${i}', C${i}, [${needs.map((need) => `'t${need}'`).join(', ')}])`)}`,
  'typed-inject': (size) =>
    `import { createInjector } from 'typed-inject'
${list(size, (i, needs) => classes(i, needs).replace('{', `{ static inject = [${needs.map((need) => `'t${need}'`).join(', ')}] as const;`))}
export const injector = createInjector()
${list(size, (i) => `.provideClass('t${i}', C${i})`)}`,
}
/** The time limit for one peer, in ms. */
const limit = 60_000

/** The compilers by their versions. */
const compilers = Object.fromEntries(
  [new URL('../package.json', import.meta.url), path.join(repository, 'package.json')].map((from) => {
    const manifest = createRequire(from).resolve('typescript/package.json')
    const { version, bin } = JSON.parse(readFileSync(manifest, 'utf8'))
    return [version, path.join(path.dirname(manifest), bin.tsc)]
  }),
)

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1]

/**
 * Returns, for each compiler and form, the seconds that providers add to their classes. Peers are measured fewer times;
 * `Infinity` means more than a minute.
 */
export function types(rounds, size = 500) {
  const directory = mkdtempSync(path.join(tmpdir(), 'myfy-types-'))
  try {
    mkdirSync(path.join(directory, 'node_modules/@myfy'), { recursive: true })
    symlinkSync(path.join(repository, 'packages/di'), path.join(directory, 'node_modules/@myfy/di'))
    const modules = fileURLToPath(new URL('../node_modules', import.meta.url))
    for (const name of ['awilix', '@needle-di', 'effect', '@inferdi', 'typed-inject'])
      symlinkSync(path.join(modules, name), path.join(directory, 'node_modules', name))
    writeFileSync(path.join(directory, 'package.json'), '{ "type": "module" }')
    const write = (name, text) => {
      const compilerOptions = {
        noEmit: true,
        strict: true,
        target: 'es2022',
        lib: ['es2023', 'esnext.disposable'],
        module: 'nodenext',
        types: [],
        skipLibCheck: true,
      }
      writeFileSync(path.join(directory, `${name}.ts`), text)
      writeFileSync(
        path.join(directory, `${name}.json`),
        JSON.stringify({ compilerOptions, files: [`${name}.ts`] }),
      )
    }
    write('alone', ours + list(size, classes))
    const files = { alone: 'alone' }
    for (const [i, [form, [head, line]]] of Object.entries(forms).entries()) {
      files[form] = `form${i}`
      write(`form${i}`, `${head}${list(size, classes)}\n${list(size, line)}`)
    }
    for (const [i, [name, text]] of Object.entries(peers).entries()) {
      files[name] = `peer${i}`
      write(`peer${i}`, text(size))
    }
    return Object.entries(compilers).map(([version, tsc]) => {
      const times = Object.fromEntries(Object.keys(files).map((form) => [form, []]))
      for (let round = 0; round < rounds; round++) {
        for (const [form, file] of Object.entries(files)) {
          // A peer is measured three times, a slow one once.
          if (form in peers && (round > 2 || times[form][0] > 5_000)) continue
          const began = performance.now()
          const { status, signal, stdout } = spawnSync(process.execPath, [tsc, '-p', `${file}.json`], {
            cwd: directory,
            encoding: 'utf8',
            ...(form in peers && { timeout: limit }),
          })
          if (status !== 0 && !signal)
            throw new Error(`TypeScript ${version} refuses ${form}: ${stdout.slice(0, 500)}`)
          times[form].push(signal ? Infinity : performance.now() - began)
        }
      }
      const alone = median(times.alone)
      const adds = (names) =>
        Object.fromEntries(Object.keys(names).map((form) => [form, (median(times[form]) - alone) / 1000]))
      return { version, alone: alone / 1000, adds: adds(forms), peers: adds(peers) }
    })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
