// What a file of 500 providers adds to a run of the compiler: the same classes without providers are compiled beside it,
// in interleaved rounds. "With `any`" is the same file over functions whose parameters are `any`: what the compiler needs
// to read it at all. Both compilers run on an otherwise empty project, cold, as an editor or a build starts them.
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

/** The compilers by their versions. */
const compilers = Object.fromEntries(
  [new URL('../package.json', import.meta.url), path.join(repository, 'package.json')].map((from) => {
    const manifest = createRequire(from).resolve('typescript/package.json')
    const { version, bin } = JSON.parse(readFileSync(manifest, 'utf8'))
    return [version, path.join(path.dirname(manifest), bin.tsc)]
  }),
)

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1]

/** For each compiler and form how many seconds the providers add to their classes alone. */
export function types(rounds, size = 500) {
  const directory = mkdtempSync(path.join(tmpdir(), 'myfy-types-'))
  try {
    mkdirSync(path.join(directory, 'node_modules/@myfy'), { recursive: true })
    symlinkSync(path.join(repository, 'packages/di'), path.join(directory, 'node_modules/@myfy/di'))
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
    return Object.entries(compilers).map(([version, tsc]) => {
      const times = Object.fromEntries(Object.keys(files).map((form) => [form, []]))
      for (let round = 0; round < rounds; round++) {
        for (const [form, file] of Object.entries(files)) {
          const began = performance.now()
          const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', `${file}.json`], {
            cwd: directory,
            encoding: 'utf8',
          })
          if (status !== 0) throw new Error(`TypeScript ${version} refuses ${form}: ${stdout.slice(0, 500)}`)
          times[form].push(performance.now() - began)
        }
      }
      const alone = median(times.alone)
      const adds = Object.keys(forms).map((form) => [form, (median(times[form]) - alone) / 1000])
      return { version, alone: alone / 1000, adds: Object.fromEntries(adds) }
    })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
