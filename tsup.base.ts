// One build recipe for every package: ESM, declarations, source maps, Node 20.
import { readFile, writeFile } from 'node:fs/promises'
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
    plugins: [{ name: 'only-ascii', renderChunk: (code) => ({ code: onlyASCII(code) }) }],
    // tsup still sets baseUrl, which TypeScript 6 calls deprecated.
    dts: { compilerOptions: { ignoreDeprecations: '6.0', customConditions: [], stripInternal: true } },
    ...options,
  })

/**
 * Replaces what is not ASCII in comments: esbuild has escaped it everywhere else. V8 keeps a file with one such character in
 * two bytes for each.
 */
export function onlyASCII(code: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole range
  return code.replace(/[^\x00-\x7f]/g, '.')
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
  await writeFile(file, onlyASCII(await readFile(file, 'utf8')))
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
