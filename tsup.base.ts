// One build recipe for every package: ESM, declarations, source maps, Node 20.
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
    dts: { compilerOptions: { ignoreDeprecations: '6.0', customConditions: [], stripInternal: true } },
    ...options,
  })
