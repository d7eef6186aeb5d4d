// One build recipe for every package: ESM, declarations, source maps, Node 20.
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build as bundle } from 'esbuild'
import { defineConfig, type Options } from 'tsup'

/** The build of one package; `entry` names its public entry points. */
export const build = (entry: Options['entry'], options: Options = {}) =>
  defineConfig({
    entry,
    format: ['esm'],
    target: 'node20',
    platform: 'node',
    clean: true,
    sourcemap: true,
    splitting: true,
    treeshake: true,
    // tsup still sets baseUrl, which TypeScript 6 calls deprecated.
    plugins: [onlyASCII],
    dts: { compilerOptions: { ignoreDeprecations: '6.0', customConditions: [], stripInternal: true } },
    ...options,
  })

/**
 * Replaces what is not ASCII in comments: esbuild has escaped it everywhere else. V8 keeps a file with one such character in
 * two bytes for each.
 */
const onlyASCII: NonNullable<Options['plugins']>[number] = {
  name: 'only-ascii',
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole range
  renderChunk: (code) => ({ code: code.replace(/[^\x00-\x7f]/g, '.') }),
}

/** Builds one entry as CommonJS, too, for a program that Node starts without its loader of modules. */
export async function buildCommonJs(source: URL, file: URL): Promise<void> {
  await bundle({
    ...oneFile(source, file),
    format: 'cjs',
    define: { 'import.meta.url': 'moduleUrl' },
    banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href" },
  })
}

/** Builds the program of a process as one file: each further one costs a millisecond of its start. */
export async function buildProgram(source: URL, file: URL): Promise<void> {
  await bundle({ ...oneFile(source, file), format: 'esm', sourcemap: true })
}

const oneFile = (source: URL, file: URL): BuildOptions => ({
  entryPoints: [fileURLToPath(source)],
  outfile: fileURLToPath(file),
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
})
